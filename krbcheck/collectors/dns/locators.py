"""Locates domain controllers: the SRV records of each domain at each of its name servers, and their hosts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.asking.ask import Asking
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.dns.name_servers import Question, domain_servers, resolve
from krbcheck.facts.names import LOCATOR_SERVICES, HostAnswer, LocatorAnswer, LocatorAnswers
from krbcheck.facts.observation import Observed
from krbcheck.site.exclusions import Exclusions
from krbcheck.site.stated import Site

Host = tuple[str, str, str]
"""A domain, a host in its records, and the name server that returned them."""


def locator_answers(site: Site, this_host: ThisHost) -> Asking[LocatorAnswers]:
    servers = yield from domain_servers(site.domains)
    asked = {
        (domain.name, service, server): Question(this_host.name, "", server, f"{service}.{domain.name}", "SRV")
        for domain in site.domains
        for server in servers[domain.name].servers
        for service in LOCATOR_SERVICES
    }
    seen = yield from resolve(asked.values())
    services = tuple(LocatorAnswer(*row, seen[question]) for row, question in asked.items())
    hosts = list(dict.fromkeys(_hosts(services)))
    addresses = yield from _addresses(hosts, "A", this_host.name, site.excluded)
    # AAAA is queried only for a controller without an A record: few management networks route IPv6.
    known = {
        address.host for address in addresses if isinstance(address.seen, Observed) and address.seen.value.addresses
    }
    rest = [host for host in hosts if host[1] not in known]
    addresses += yield from _addresses(rest, "AAAA", this_host.name, site.excluded)
    return LocatorAnswers(tuple(servers.values()), services, tuple(addresses))


def _hosts(services: tuple[LocatorAnswer, ...]) -> Iterator[Host]:
    for service in services:
        if isinstance(service.seen, Observed):
            named = (target.host for target in service.seen.value.targets)
            yield from ((service.domain, host, service.server) for host in named if host)


def _addresses(hosts: Sequence[Host], kind: str, vantage: str, excluded: Exclusions) -> Asking[list[HostAnswer]]:
    asked = {row: Question(vantage, "", row[2], row[1], kind) for row in hosts}
    seen = yield from resolve(asked.values(), excluded)
    return [
        HostAnswer(domain, host, kind, server, seen[question]) for (domain, host, server), question in asked.items()
    ]
