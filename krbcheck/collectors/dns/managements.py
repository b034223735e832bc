"""Where administrators reach the storages: the stated address, or what the name servers of the storage's domain say."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence

from krbcheck.asking.scheduler import Answer, Ask
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.dns.name_servers import Question, domain_servers, told
from krbcheck.collectors.kerberos.grants import nobody
from krbcheck.facts.names import DnsAnswer, DomainServers
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.site.stated import Site, Storage

MAX_ADDRESSES = 4
"""Of one name: a name server may claim thousands."""

Managements = Mapping[str, tuple[str, ...] | Unobserved]
"""By storage: its management addresses, or why a stated name leads to none."""


def management_addresses(site: Site, this_host: ThisHost) -> Generator[Sequence[Ask], list[Answer], Managements]:
    """Of the storages whose management the site states. A tenant's name servers need not know the name."""
    found: dict[str, tuple[str, ...] | Unobserved] = {}
    named = [one for one in site.storages if one.management and not one.management_address]
    domains = [one for one in site.domains if one.name in {storage.domain for storage in named}]
    servers = yield from domain_servers(domains)
    asked = {one.name: list(_questions(this_host, one, servers)) for one in named}
    seen = yield from told(question for questions in asked.values() for question in questions)
    for one in site.storages:
        if one.management_address:
            found[one.name] = (one.management_address,)
        elif one.management:
            found[one.name] = _addresses(seen[question] for question in asked[one.name])
    lacking = [name for name, addresses in found.items() if not addresses]
    silences = yield [_ask(site.storage(name)) for name in lacking]
    return found | {name: one for name, one in zip(lacking, silences, strict=True) if isinstance(one, Unobserved)}


def _questions(this_host: ThisHost, storage: Storage, servers: Mapping[str, DomainServers]) -> Iterator[Question]:
    for server in servers[storage.domain].servers:
        for kind in ("A", "AAAA"):
            yield Question(this_host.name, "", server, storage.management, kind)


def _addresses(answers: Iterator[Observation[DnsAnswer]]) -> tuple[str, ...]:
    held = (address for one in answers if isinstance(one, Observed) for address in one.value.addresses)
    return tuple(dict.fromkeys(held))[:MAX_ADDRESSES]


def _ask(storage: Storage) -> Ask:
    says = f"no name server of {storage.domain} gives an address for {storage.management}"
    return Ask(nobody, (says,), f"address of {storage.management}")
