"""How domain controllers are found: the SRV records of each domain at each of its name servers, and their hosts."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from krbcheck.collect import Answer, Ask, Asking
from krbcheck.collectors.name_servers import SECONDS, domain_servers
from krbcheck.facts.names import LOCATOR_SERVICES, HostAnswer, LocatorAnswer, LocatorAnswers
from krbcheck.model import Observed
from krbcheck.place import Place
from krbcheck.probes import dns
from krbcheck.site import Site


def locator_answers(site: Site, place: Place) -> Asking[LocatorAnswers]:
    servers = yield from domain_servers(site.domains)
    asked = [
        (domain.name, service, server)
        for domain in site.domains
        for server in servers[domain.name].servers
        for service in LOCATOR_SERVICES
    ]
    answers = yield [_ask(f"{service}.{domain}", "SRV", server, place.host) for domain, service, server in asked]
    services = tuple(LocatorAnswer(*question, seen) for question, seen in zip(asked, answers, strict=True))
    hosts = list(dict.fromkeys(_hosts(services)))
    addresses = yield from _addresses(hosts, "A", place.host)
    # A controller's IPv6 address is asked for only where it has no other: most of us have no way to it.
    known = {one.host for one in addresses if isinstance(one.seen, Observed) and one.seen.value.addresses}
    rest = [one for one in hosts if one[1] not in known]
    addresses += yield from _addresses(rest, "AAAA", place.host)
    return LocatorAnswers(tuple(servers.values()), services, tuple(addresses))


def _hosts(services: tuple[LocatorAnswer, ...]) -> Iterator[tuple[str, str, str]]:
    for one in services:
        if isinstance(one.seen, Observed):
            named = (target.host for target in one.seen.value.targets)
            yield from ((one.domain, host, one.server) for host in named if host)


def _addresses(
    hosts: Sequence[tuple[str, str, str]], kind: str, vantage: str
) -> Generator[Sequence[Ask], list[Answer], list[HostAnswer]]:
    answers = yield [_ask(host, kind, server, vantage) for _, host, server in hosts]
    return [
        HostAnswer(domain, host, kind, server, seen)
        for (domain, host, server), seen in zip(hosts, answers, strict=True)
    ]


def _ask(name: str, kind: str, server: str, vantage: str) -> Ask:
    asked = f"{name} {kind} of {server}"
    return Ask(dns.ask, (name, kind, server, "", SECONDS), asked, server, "dns", vantage, SECONDS)
