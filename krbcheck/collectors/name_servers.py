"""Which name servers are asked about a domain."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence

from krbcheck.collect import Answer, Ask
from krbcheck.facts.names import DomainServers
from krbcheck.model import Unobserved
from krbcheck.probes import dns
from krbcheck.site import Domain

SECONDS = 2.0
"""How long one question may take: a resolver whose first forwarder is dead needs more than one."""


def domain_servers(
    domains: Iterable[Domain],
) -> Generator[Sequence[Ask], list[Answer], dict[str, DomainServers]]:
    """By domain: the servers that the site states, or those of this host, which are looked up only if needed."""
    stated = {one.name: DomainServers(one.name, one.name_servers, stated=True) for one in domains}
    if all(one.servers for one in stated.values()):
        return stated
    (own,) = yield [Ask(dns.system_name_servers, (), "this host's name servers")]
    why = own.detail if isinstance(own, Unobserved) else ""
    servers = () if isinstance(own, Unobserved) else tuple(own.value)
    return {
        name: one if one.servers else DomainServers(name, servers, stated=False, why=why)
        for name, one in stated.items()
    }
