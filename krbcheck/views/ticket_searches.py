"""The result of the referrals for one principal, service and KDC, as a Windows host gets it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from krbcheck.facts.grouping import grouped
from krbcheck.facts.kerberos import KrbError, ServiceTickets, TicketPath
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.facts.reasons import Reason
from krbcheck.site.stated import Site, Tenant, realm_of
from krbcheck.views.search_order.policies import HostSearchOrders, KdcSearchOrders, SearchOrderPolicy
from krbcheck.views.view import View

S_PRINCIPAL_UNKNOWN = 7


class SearchResult(StrEnum):
    """How a ticket request ends, at one of the principal's own KDCs."""

    ITSELF = "issued by KDC referral"
    SEARCHED = "issued after forest search"
    UNSTATED = "needs a forest search order that the site file does not state"
    LACKING = "needs a forest search order, which the policies do not contain"
    UNSURE = "issued after forest search, if the policies contain it"
    DEPENDS = "issued after forest search only if the controller that provides the policy has it"
    REFUSED = "rejected"
    LOOP = "referral loop"
    SILENT = "no response"


@dataclass(frozen=True)
class PolicyEffect:
    """The effect of the policies on a forest search: both policies as evidence, and what is missing.

    `lacking` describes the policies without the forest, `unread` is why a policy is not known; `listed` is whether
    both policies are known to contain the forest. `better` and `worse` are controllers where the result depends on the
    one that the host reads its policy from. `without` are the accounts whose policy is known to lack the forest.
    """

    lines: tuple[Reason, ...] = ()
    lacking: str = ""
    unread: str = ""
    listed: bool = False
    better: str = ""
    worse: str = ""
    without: tuple[str, ...] = ()


NO_EFFECT = PolicyEffect()


@dataclass(frozen=True)
class TicketSearch:
    """`path` is the sequence of hops that decided; `error` is the KRB-ERROR of the last KDC, if any."""

    kdc: str
    result: SearchResult
    path: TicketPath
    error: KrbError | None = None
    searched: bool = False
    policy: PolicyEffect = NO_EFFECT

    @property
    def works(self) -> bool:
        """Whether a host whose policy is the search order of the site file gets the ticket here."""
        return self.result in (SearchResult.ITSELF, SearchResult.SEARCHED)

    @property
    def open(self) -> bool:
        """Whether the result is not determined: a KDC did not respond, or a policy was not read."""
        return self.result in (SearchResult.SILENT, SearchResult.UNSURE)

    @property
    def seen(self) -> Observation[object]:
        return self.path.hops[-1].seen

    @property
    def route(self) -> str:
        """The realms, with the KDC that answered for each."""
        return route(self.path)


def route(path: TicketPath) -> str:
    spoke = [f"{hop.realm} ({hop.host.partition('.')[0] or 'no KDC'})" for hop in path.hops if _answered(hop.seen)]
    return " -> ".join(dict.fromkeys(spoke)) or path.principal.rpartition("@")[2]


def _answered(seen: Observation[object]) -> bool:
    return isinstance(seen, Observed)


def realms(path: TicketPath) -> list[str]:
    return list(dict.fromkeys(hop.realm for hop in path.hops))


def stated_order(site: Site, principal: str) -> tuple[str, ...]:
    domain = site.domain(realm_of(principal))
    return (domain.forest_search_order if domain else None) or ()


class TicketSearches(View):
    """The searches of every principal for every service, one from each of the principal's own KDCs."""

    def __init__(self, site: Site, tickets: ServiceTickets) -> None:
        self._site = site
        followed = (path for path in tickets.paths if path.hops)
        self._paths = grouped(followed, lambda path: (path.tenant, path.principal, path.service))
        self._of_services = grouped(tickets.paths, lambda path: (path.tenant, path.service))
        self._known: dict[tuple[str, str, str], Sequence[TicketSearch]] = {}

    def of(self, tenant: str, principal: str, service: str) -> Sequence[TicketSearch]:
        """Where the same was requested twice, an answer is preferred to a silence."""
        key = tenant, principal, service
        if key not in self._known:
            self._known[key] = self._searches(self._paths.get(key, ()))
        return self._known[key]

    def paths(self, tenant: str, service: str) -> Sequence[TicketPath]:
        """All exchanges for a service, of every principal of the tenant."""
        return self._of_services.get((tenant, service), ())

    def _searches(self, paths: Sequence[TicketPath]) -> Sequence[TicketSearch]:
        kept: dict[str, TicketSearch] = {}
        for kdc, of_kdc in grouped(paths, lambda path: path.kdc).items():
            for search in _ends(self._site, of_kdc, kdc):
                if kdc not in kept or kept[kdc].result is SearchResult.SILENT:
                    kept[kdc] = search
        return tuple(kept.values())


class EffectiveTicketSearches(View):
    """The same searches, judged by the policies that reach the host and its KDCs.

    Where a policy is known to lack the forest, a host gets no ticket by search order. Where a policy is not known, the
    result is not either. A principal that is no computer account uses the policy of the host on which it logs on: only
    the KDC's counts for it.
    """

    def __init__(self, searches: TicketSearches, hosts: HostSearchOrders, kdcs: KdcSearchOrders) -> None:
        self._searches, self._hosts, self._kdcs = searches, hosts, kdcs
        self._known: dict[tuple[str, str, str], Sequence[TicketSearch]] = {}

    def of(self, tenant: str, principal: str, service: str) -> Sequence[TicketSearch]:
        key = tenant, principal, service
        if key not in self._known:
            self._known[key] = tuple(self._effective(principal, search) for search in self._searches.of(*key))
        return self._known[key]

    def _effective(self, principal: str, search: TicketSearch) -> TicketSearch:
        if search.result not in (SearchResult.SEARCHED, SearchResult.UNSTATED):
            return search
        forest = search.path.forest
        client, kdc = self._hosts.of(principal), self._kdcs.of(realm_of(principal).lower(), search.kdc)
        lines = (client.reason(), kdc.reason())
        of_host = client.forests if client.is_host else (forest,)
        if search.result is SearchResult.UNSTATED:
            listed = forest in (of_host or ()) and forest in (kdc.own or ())
            return replace(search, policy=PolicyEffect(lines, listed=listed))
        lacking = [policy for policy, forests in ((client, client.forests), (kdc, kdc.own)) if _lacks(forests, forest)]
        if lacking:
            without = tuple(policy.account for policy in lacking)
            effect = PolicyEffect(lines, _words(client, kdc, lacking), without=without)
            return replace(search, result=SearchResult.LACKING, policy=effect)
        better, worse = client.with_and_without(forest)
        if better and worse:
            effect = PolicyEffect(lines, client.summary(), better=better[0], worse=worse[0])
            return replace(search, result=SearchResult.DEPENDS, policy=effect)
        unread = [policy for policy, forests in ((client, of_host), (kdc, kdc.own)) if forests is None]
        if unread:
            effect = PolicyEffect(lines, unread=unread[0].unknown())
            return replace(search, result=SearchResult.UNSURE, policy=effect)
        return replace(search, policy=PolicyEffect(lines))


def _ends(site: Site, paths: Sequence[TicketPath], kdc: str) -> Iterator[TicketSearch]:
    searched = _telling([path for path in paths if path.forest])
    order = stated_order(site, paths[0].principal)
    for direct in (path for path in paths if not path.forest):
        if direct.ticket is not None:
            yield TicketSearch(kdc, SearchResult.ITSELF, direct)
        elif direct.loop:
            yield TicketSearch(kdc, SearchResult.LOOP, direct)
        elif isinstance(direct.hops[-1].seen, Unobserved):
            yield TicketSearch(kdc, SearchResult.SILENT, direct)
        else:
            yield _searched(kdc, direct, searched, order)


def _telling(paths: list[TicketPath]) -> list[TicketPath]:
    """Returns one sequence of hops for each forest: a ticket before an error, an error before no response."""
    ranked = sorted(paths, key=lambda path: (path.ticket is None, isinstance(path.hops[-1].seen, Unobserved)))
    best: dict[str, TicketPath] = {}
    for path in ranked:
        best.setdefault(path.forest, path)
    return list(best.values())


def _searched(kdc: str, direct: TicketPath, searched: list[TicketPath], order: tuple[str, ...]) -> TicketSearch:
    """Returns the result after the own domain rejects the request: the stated forests first, then the others."""
    listed = [entry for name in order for entry in searched if entry.forest == name]
    for path in listed:
        if path.ticket is not None:
            return TicketSearch(kdc, SearchResult.SEARCHED, path, searched=True)
    silent = [path for path in (*listed, *searched) if isinstance(path.hops[-1].seen, Unobserved)]
    for path in silent:
        if path.forest in order:
            return TicketSearch(kdc, SearchResult.SILENT, path, searched=True)
    for path in searched:
        if path.ticket is not None and path.forest not in order:
            return TicketSearch(kdc, SearchResult.UNSTATED, path, error=_error(direct), searched=bool(searched))
    for path in listed:
        if path.loop:
            return TicketSearch(kdc, SearchResult.LOOP, path, searched=True)
    if silent:
        return TicketSearch(kdc, SearchResult.SILENT, silent[0], searched=True)
    telling = [entry for entry in listed if (error := _error(entry)) and error.code != S_PRINCIPAL_UNKNOWN]
    last = (telling or listed or [direct])[0]
    return TicketSearch(kdc, SearchResult.REFUSED, last, error=_error(last), searched=bool(searched))


def _error(path: TicketPath) -> KrbError | None:
    seen = path.hops[-1].seen
    return seen.value if isinstance(seen, Observed) and isinstance(seen.value, KrbError) else None


def _lacks(forests: tuple[str, ...] | None, forest: str) -> bool:
    return forests is not None and forest not in forests


def _words(client: SearchOrderPolicy, kdc: SearchOrderPolicy, lacking: list[SearchOrderPolicy]) -> str:
    """Describes the policies that lack the forest, and what the other policy still does."""
    said = "; ".join(policy.summary() for policy in lacking)
    if lacking == [client]:
        return f"{said}; the {kdc.summary()}" if kdc.own else said
    if lacking == [kdc]:
        return f"{said}; the {client.summary()}, so hosts search the forest themselves" if client.forests else said
    return said


def subject_of(principal: str, service: str) -> str:
    """Returns the subject of the checks of service tickets."""
    return f"{principal} for {service}"


def expected_tickets(site: Site) -> Iterator[tuple[Tenant, str, str]]:
    """Yields every tenant, principal and SPN for which a ticket must be issued."""
    for tenant in site.tenants:
        for principal in tenant.principals:
            for path in tenant.data_paths:
                if not path.is_address:
                    yield tenant, principal.name, path.spn
