"""What each name server answered for a data path's name, as seen from one tenant's vantage point."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from krbcheck.facts.names import DnsAnswer, NameAnswers
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.facts.vantages import Vantages
from krbcheck.site.stated import Site


@dataclass
class Told:
    """One name server's answers about one name, by kind (A, AAAA)."""

    server: str
    answers: dict[str, Observation[DnsAnswer]] = field(default_factory=dict)

    @property
    def said(self) -> list[DnsAnswer]:
        return [one.value for one in self.answers.values() if isinstance(one, Observed)]

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(address for one in self.said for address in one.addresses)

    @property
    def aliases(self) -> tuple[str, ...]:
        return next((one.aliases for one in self.said if one.aliases), ())

    @property
    def silent(self) -> bool:
        """Whether it did not say if there is an address: IPv4 counts, where there is no other."""
        return not self.addresses and not isinstance(self.answers.get("A"), Observed)

    @property
    def rcode(self) -> str:
        """NXDOMAIN if it says so to either question, else what it says to the first; empty for silence."""
        codes = [one.rcode for one in self.said]
        return "NXDOMAIN" if "NXDOMAIN" in codes else next(iter(codes), "")

    @property
    def grounds(self) -> list[Observation[DnsAnswer]]:
        """The answers that hold something; the first if none does."""
        held = [one for one in self.answers.values() if isinstance(one, Observed) and one.value.addresses]
        return [*held] or list(self.answers.values())[:1]


def told_of(names: NameAnswers, tenant: str, name: str) -> list[Told]:
    """One a server, in the order asked. Where a question was asked twice, the first answer counts."""
    servers: dict[str, Told] = {}
    for one in names.of(tenant, name):
        answers = servers.setdefault(one.server, Told(one.server)).answers
        before = answers.get(one.kind)
        if before is None or (isinstance(before, Unobserved) and isinstance(one.seen, Observed)):
            answers[one.kind] = one.seen
    return list(servers.values())


def grounds(told: Iterable[Told]) -> Iterator[Observation[DnsAnswer]]:
    return (seen for one in told for seen in one.grounds)


def by_answer(told: Iterable[Told], say: Callable[[Told], str]) -> str:
    """The different answers in the words of `say`, each with the servers that gave it."""
    servers: defaultdict[str, list[str]] = defaultdict(list)
    for one in told:
        servers[say(one)].append(one.server)
    return "; ".join(f"{answer} at {', '.join(those)}" for answer, those in servers.items())


def addresses(told: Told) -> str:
    return ", ".join(told.addresses)


def not_asked(vantages: Vantages, tenant: str) -> str:
    """Why no name server said anything to a tenant."""
    if vantages.asked(tenant):
        return f"the site states no name server for {tenant} or its domains, and this host has none configured"
    return vantages.why_not(tenant)


def zone_of(site: Site, name: str) -> tuple[str, str]:
    """The zone that a name is most likely in, and the name of its record there."""
    domains = [one.name for one in site.domains if name.endswith(f".{one.name}")]
    zone = max(domains, key=len, default=name.partition(".")[2] or name)
    return zone, name.removesuffix(f".{zone}")


def mending_server(site: Site, zone: str, servers: Iterable[str]) -> str:
    """Where a record is changed: a name server of the zone among those that are at fault, else the first of them."""
    at_fault = list(servers)
    domain = site.domain(zone)
    own = domain.name_servers if domain else ()
    return next((one for one in at_fault if one in own), at_fault[0])


def record_type(address: str) -> str:
    return "A" if ip_address(address).version == 4 else "AAAA"
