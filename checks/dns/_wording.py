"""Words that several dns checks share: the grounds of a verdict, answers by server, and where a record is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address

from krbcheck.facts.names import DnsAnswer
from krbcheck.facts.observation import Observation
from krbcheck.site.stated import Site
from krbcheck.views.server_answers import ServerAnswers


def grounds(iterable: Iterable[ServerAnswers]) -> Iterator[Observation[DnsAnswer]]:
    return (seen for answers in iterable for seen in answers.grounds)


def by_answer(iterable: Iterable[ServerAnswers], say: Callable[[ServerAnswers], str]) -> str:
    """The different answers in the words of `say`, each with the servers that gave it."""
    servers: defaultdict[str, list[str]] = defaultdict(list)
    for answers in iterable:
        servers[say(answers)].append(answers.server)
    return "; ".join(f"{answer} at {', '.join(those)}" for answer, those in servers.items())


def addresses(answers: ServerAnswers) -> str:
    return ", ".join(answers.addresses)


def zone_of(site: Site, name: str) -> tuple[str, str]:
    """The zone that a name is most likely in, and the name of its record there."""
    domains = [domain.name for domain in site.domains if name.endswith(f".{domain.name}")]
    zone = max(domains, key=len, default=name.partition(".")[2] or name)
    return zone, name.removesuffix(f".{zone}")


def server_for_fix(site: Site, zone: str, servers: Iterable[str]) -> str:
    """Where a record is changed: a name server of the zone among those that are at fault, else the first of them."""
    at_fault = list(servers)
    domain = site.domain(zone)
    own = domain.name_servers if domain else ()
    return next((name for name in at_fault if name in own), at_fault[0])


def record_type(address: str) -> str:
    return "A" if ip_address(address).version == 4 else "AAAA"
