"""The pairs of domains that need a trust: each storage's domain must trust the domains of its hosts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from krbcheck.facts.directory import Directories, Trust, Trusts, first_seen
from krbcheck.facts.observation import Observation, Observed
from krbcheck.site.stated import Site

INBOUND, OUTBOUND = 1, 2
"""trustDirection (MS-ADTS 6.1.6.7.12): who is trusted, who trusts."""
DIRECTIONS = {0: "disabled", 1: "inbound", 2: "outbound", 3: "both directions"}
FOREST_TRANSITIVE, WITHIN_FOREST = 0x8, 0x20
"""trustAttributes (MS-ADTS 6.1.6.7.9)."""


@dataclass(frozen=True)
class Pair:
    """`hosts` is the domain of the hosts, which has to be trusted; `storage` the one that trusts."""

    hosts: str
    storage: str

    def __str__(self) -> str:
        return f"{self.storage} trusts {self.hosts}"


@dataclass(frozen=True)
class Side:
    """One domain's trustedDomain object for `partner`, as its directory tells; `trust` is None where it has none."""

    domain: str
    partner: str
    seen: Observation[Trusts] | None
    trust: Trust | None

    @property
    def known(self) -> bool:
        return isinstance(self.seen, Observed)


def pairs(site: Site) -> list[Pair]:
    """Every pair of different domains that some tenant's hosts need."""
    found = (
        Pair(principal.realm.lower(), site.storage(path.storage).domain)
        for tenant in site.tenants
        for principal in tenant.principals
        for path in tenant.data_paths
    )
    return list(dict.fromkeys(pair for pair in found if pair.hosts != pair.storage))


def side(directories: Directories, domain: str, partner: str) -> Side:
    """A controller that has the object counts before one that has not: trust.ticket tells of those that differ."""
    answers = [one.seen for one in directories.trusts if one.domain == domain]
    for seen in answers:
        for trust in seen.value.found if isinstance(seen, Observed) else ():
            if trust.partner == partner:
                return Side(domain, partner, seen, trust)
    return Side(domain, partner, first_seen(answers), None)


def sides(directories: Directories, pair: Pair) -> tuple[Side, Side]:
    """The hosts' domain's side, then the storage's."""
    return side(directories, pair.hosts, pair.storage), side(directories, pair.storage, pair.hosts)


def wrong_directions(hosts: Side, storage: Side) -> str:
    """What each side says, where it lacks the direction that it needs."""
    return "; ".join(
        f"{DIRECTIONS.get(one.trust.direction, str(one.trust.direction))} at {one.domain}"
        for one, bit in ((hosts, INBOUND), (storage, OUTBOUND))
        if one.trust is not None and not one.trust.direction & bit
    )


def why_none(hosts: Side, storage: Side) -> str:
    """Why there is no trust that could give tickets, as far as the directories tell; empty where they tell of one."""
    both = (hosts, storage)
    lacking = [f"{one.domain} has no trust with {one.partner}" for one in both if one.known and not one.trust]
    return "; ".join(lacking) or wrong_directions(hosts, storage)


def forest_of(directories: Directories, domain: str) -> str:
    seen = first_seen(one.seen for one in directories.identities if one.domain == domain)
    return seen.value.forest if isinstance(seen, Observed) else ""


def one_forest(directories: Directories, pair: Pair) -> bool:
    """Whether the domains trust each other by being of one forest."""
    forest = forest_of(directories, pair.hosts)
    return bool(forest) and forest == forest_of(directories, pair.storage)


def grounds_of(*both: Side) -> Iterator[Observation[Trusts]]:
    return (one.seen for one in both if one.seen is not None)
