"""The pairs of domains that need a trust: each storage's domain must trust the domains of its hosts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from krbcheck.facts.directory import Directories, Trust, Trusts, first_seen
from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.site.stated import Site
from krbcheck.views.view import View

INBOUND, OUTBOUND = 1, 2
"""trustDirection (MS-ADTS 6.1.6.7.12): who is trusted, who trusts."""
DIRECTIONS = {0: "disabled", 1: "inbound", 2: "outbound", 3: "both directions"}
FOREST_TRANSITIVE, WITHIN_FOREST = 0x8, 0x20
"""trustAttributes (MS-ADTS 6.1.6.7.9)."""


@dataclass(frozen=True)
class DomainPair:
    """`hosts` is the domain of the hosts, which has to be trusted; `storage` the one that trusts."""

    hosts: str
    storage: str

    def __str__(self) -> str:
        return f"{self.storage} trusts {self.hosts}"


@dataclass(frozen=True)
class TrustSide:
    """One domain's trustedDomain object for `partner`, as its directory returns it; `trust` is None if no controller
    returned one. `silent` are the queries that a controller did not answer.
    """

    domain: str
    partner: str
    seen: Observation[Trusts] | None
    trust: Trust | None
    silent: tuple[Unobserved, ...] = ()

    @property
    def known(self) -> bool:
        return isinstance(self.seen, Observed)

    @property
    def lacks(self) -> bool:
        """Whether every controller of the domain answered and none has the object."""
        return self.known and self.trust is None and not self.silent

    @property
    def unread(self) -> bool:
        """Whether a controller that did not answer can have the object."""
        return self.trust is None and not self.lacks


class TrustSides(View):
    """Both sides of every trust that some tenant's hosts need."""

    def __init__(self, site: Site, directories: Directories) -> None:
        self._answers = grouped(directories.trusts, lambda answer: answer.domain)
        self._identities = grouped(directories.identities, lambda answer: answer.domain)
        needed = (
            DomainPair(principal.realm.lower(), site.storage(path.storage).domain)
            for tenant in site.tenants
            for principal in tenant.principals
            for path in tenant.data_paths
        )
        self.pairs = list(dict.fromkeys(pair for pair in needed if pair.hosts != pair.storage))
        """Every pair of different domains."""

    def of(self, pair: DomainPair) -> tuple[TrustSide, TrustSide]:
        """The hosts' side, then the storage's, of the trust that a ticket crosses: `crossed`."""
        return self._sides(self.crossed(pair))

    def crossed(self, pair: DomainPair) -> DomainPair:
        """The two domains between which tickets leave the hosts' forest: the domains themselves if one of them has an
        object for the other, else the roots of their forests (MS-KILE 3.3.5.7.5).

        Within a forest each domain trusts its parent and each root the others, so a forest trust between two roots
        serves all domains of both forests; a trust that is not forest-transitive serves the two domains alone.
        """
        if any(side.trust is not None for side in self._sides(pair)):
            return pair
        roots = DomainPair(self._root(pair.hosts, pair.storage), self._root(pair.storage, pair.hosts))
        if roots == pair or roots.hosts == roots.storage:
            return pair
        sides = self._sides(roots)
        transitive = any(side.trust.attributes & FOREST_TRANSITIVE for side in sides if side.trust is not None)
        return roots if transitive or all(side.unread for side in sides) else pair

    def _sides(self, pair: DomainPair) -> tuple[TrustSide, TrustSide]:
        return self._side(pair.hosts, pair.storage), self._side(pair.storage, pair.hosts)

    def _root(self, domain: str, other: str) -> str:
        """The root of a domain's forest. Without the domain's identity it is a domain above it with which the other
        side has a forest trust, else the domain itself.
        """
        if forest := self._forest(domain):
            return forest
        trusted = (
            trust.partner
            for record in self._answers.get(other, ())
            for trust in (record.seen.value.found if isinstance(record.seen, Observed) else ())
            if trust.attributes & FOREST_TRANSITIVE
        )
        return next((partner for partner in trusted if domain.endswith(f".{partner}")), domain)

    def _side(self, domain: str, partner: str) -> TrustSide:
        """A controller that has the object counts before one that has not: trust.ticket reports those that differ."""
        records = self._answers.get(domain, ())
        answered = {record.controller for record in records if isinstance(record.seen, Observed)}
        silent = tuple(
            record.seen
            for record in records
            if isinstance(record.seen, Unobserved) and record.controller not in answered
        )
        answers = [record.seen for record in records]
        for seen in answers:
            for trust in seen.value.found if isinstance(seen, Observed) else ():
                if trust.partner == partner:
                    return TrustSide(domain, partner, seen, trust, silent)
        return TrustSide(domain, partner, first_seen(answers), None, silent)

    def one_forest(self, pair: DomainPair) -> bool:
        """Whether the domains trust each other by being of one forest."""
        forest = self._forest(pair.hosts)
        return bool(forest) and forest == self._forest(pair.storage)

    def _forest(self, domain: str) -> str:
        seen = first_seen(identity.seen for identity in self._identities.get(domain, ()))
        return seen.value.forest if isinstance(seen, Observed) else ""


def wrong_directions(hosts: TrustSide, storage: TrustSide) -> str:
    """Returns the direction of each side that lacks the direction it needs."""
    return "; ".join(
        f"{DIRECTIONS.get(side.trust.direction, str(side.trust.direction))} at {side.domain}"
        for side, bit in ((hosts, INBOUND), (storage, OUTBOUND))
        if side.trust is not None and not side.trust.direction & bit
    )


def why_none(hosts: TrustSide, storage: TrustSide) -> str:
    """Returns why no trust allows tickets, as far as the directories returned it; empty if there is such a trust."""
    both = (hosts, storage)
    lacking = [f"{side.domain} has no trust with {side.partner}" for side in both if side.lacks]
    return "; ".join(lacking) or wrong_directions(hosts, storage)


def grounds_of(*both: TrustSide) -> Iterator[Observation[Trusts]]:
    return (seen for side in both for seen in (side.seen, *(side.silent if side.unread else ())) if seen is not None)
