"""Which global catalogs contain an SPN: a KDC that searches another forest queries any one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from krbcheck.facts.directory import CATALOGUE, Accounts, Directories
from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Observed, Unobserved, reason
from krbcheck.views.ticket_searches import SearchResult, TicketSearch, realms
from krbcheck.views.trust_sides import FOREST_TRANSITIVE, DomainPair, TrustSides
from krbcheck.views.view import View


@dataclass(frozen=True)
class CatalogAnswers:
    """The global catalogs of one forest that contain an SPN, and those that lack it, by host.

    A catalog that did not answer is in neither. `unknown` is why another one may lack the SPN; it is empty if every
    catalog of the forest answered. `silent` are the answers that are missing,
    `unread` the domains whose forest is not known.
    """

    knowing: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    unknown: str = ""
    seen: tuple[Observed[Accounts], ...] = ()
    silent: tuple[Unobserved, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def differ(self) -> bool:
        return bool(self.knowing and self.lacking)


class GlobalCatalogs(View):
    """Which global catalogs contain an SPN."""

    def __init__(self, directories: Directories) -> None:
        self._forests = {
            identity.domain: identity.seen.value.forest
            for identity in directories.identities
            if isinstance(identity.seen, Observed) and identity.seen.value.forest
        }
        self._identities = grouped(directories.identities, lambda identity: identity.domain)
        self._members = {
            identity.domain: frozenset(name.lower() for name in identity.seen.value.domains)
            for identity in directories.identities
            if isinstance(identity.seen, Observed)
        }
        self._answers = grouped(
            (spn for spn in directories.spns if spn.by_catalogue), lambda answer: answer.spn.lower()
        )

    def of(self, spn: str, domain: str) -> CatalogAnswers:
        """Those of the domain's forest. HOST/ of the same name stands for the SPN (sPNMappings). A catalog that was
        queried twice lacks what it never had.
        """
        forest = self._forests.get(domain, domain)
        forms = (spn.lower(), f"host/{spn.partition('/')[2].lower()}")
        has: dict[str, bool] = {}
        silent: dict[tuple[str, str], Unobserved] = {}
        answered: set[tuple[str, str]] = set()
        seen = []
        unread = [] if domain in self._forests else [domain]
        for answer in self._answers.get(forms[0], ()):
            if answer.form.lower() not in forms:
                continue
            if answer.domain not in self._forests and self._may_belong(answer.domain, domain):
                unread.append(answer.domain)
            if self._forests.get(answer.domain, answer.domain) != forest:
                continue
            host = answer.controller.removesuffix(CATALOGUE)
            if isinstance(answer.seen, Unobserved):
                silent[host, answer.form] = answer.seen
                continue
            answered.add((host, answer.form))
            has[host] = has.get(host, False) or bool(answer.seen.value.found)
            if answer.form.lower() == forms[0]:
                seen.append(answer.seen)
        gaps = {host: gap for (host, form), gap in silent.items() if (host, form) not in answered and not has.get(host)}
        knowing, lacking = (
            [host for host in has if has[host] is there and host not in gaps] for there in (True, False)
        )
        why = next((reason(gap) for gap in gaps.values()), "")
        if unread:
            why = why or f"the forest of {unread[0]} is not known"
        if not (why or has):
            why = f"no global catalog of {forest} was queried for {spn}"
        return CatalogAnswers(
            tuple(knowing), tuple(lacking), why, tuple(seen), self._silent(gaps, unread), tuple(unread)
        )

    def _silent(self, gaps: Mapping[str, Unobserved], unread: Iterable[str]) -> tuple[Unobserved, ...]:
        """The missing answers: of catalogs, and of the controllers of domains whose forest is not known."""
        identities = (entry.seen for domain in unread for entry in self._identities.get(domain, ()))
        return (*gaps.values(), *(seen for seen in identities if isinstance(seen, Unobserved)))

    def _may_belong(self, other: str, domain: str) -> bool:
        """Whether a domain whose identity was not read can be in the forest of `domain`, which lists its domains."""
        members = self._members.get(domain)
        return not members or other in members


def uses_catalogs(pair: DomainPair, trusts: TrustSides, searches: Sequence[TicketSearch]) -> bool:
    """Whether a KDC finds the domain of the SPN in a global catalog: in a forest search, or in another forest whose
    domain is not the one to which the name suffixes of a forest trust lead.
    """
    if pair.hosts == pair.storage:
        return False
    trust = trusts.of(pair)[0].trust
    if trust is None or not trust.attributes & FOREST_TRANSITIVE:
        return True
    both = {pair.hosts.upper(), pair.storage.upper()}
    return any(
        search.result is not SearchResult.ITSELF or not both.issuperset(realms(search.path)) for search in searches
    )
