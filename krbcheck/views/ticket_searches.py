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
    one that the host reads its policy from.
    """

    lines: tuple[Reason, ...] = ()
    lacking: str = ""
    unread: str = ""
    listed: bool = False
    better: str = ""
    worse: str = ""


NO_EFFECT = PolicyEffect()


@dataclass(frozen=True)
class TicketSearch:
    """`way` is the sequence of hops that decided; `error` is the KRB-ERROR of the last KDC, if any."""

    kdc: str
    result: SearchResult
    way: TicketPath
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
        return self.way.hops[-1].seen

    @property
    def route(self) -> str:
        """The realms, with the KDC that answered for each."""
        return route(self.way)


def route(way: TicketPath) -> str:
    spoke = [f"{hop.realm} ({hop.host.partition('.')[0] or 'no KDC'})" for hop in way.hops if _answered(hop.seen)]
    return " -> ".join(dict.fromkeys(spoke)) or way.principal.rpartition("@")[2]


def _answered(seen: Observation[object]) -> bool:
    return isinstance(seen, Observed)


def realms(way: TicketPath) -> list[str]:
    return list(dict.fromkeys(hop.realm for hop in way.hops))


def stated_order(site: Site, principal: str) -> tuple[str, ...]:
    domain = site.domain(realm_of(principal))
    return (domain.forest_search_order if domain else None) or ()


class TicketSearches(View):
    """The searches of every principal for every service, one from each of the principal's own KDCs."""

    def __init__(self, site: Site, tickets: ServiceTickets) -> None:
        self._site = site
        followed = (way for way in tickets.ways if way.hops)
        self._ways = grouped(followed, lambda way: (way.tenant, way.principal, way.service))
        self._of_services = grouped(tickets.ways, lambda way: (way.tenant, way.service))
        self._known: dict[tuple[str, str, str], Sequence[TicketSearch]] = {}

    def of(self, tenant: str, principal: str, service: str) -> Sequence[TicketSearch]:
        """Where the same was requested twice, an answer is preferred to a silence."""
        key = tenant, principal, service
        if key not in self._known:
            self._known[key] = self._searches(self._ways.get(key, ()))
        return self._known[key]

    def ways(self, tenant: str, service: str) -> Sequence[TicketPath]:
        """All exchanges for a service, of every principal of the tenant."""
        return self._of_services.get((tenant, service), ())

    def _searches(self, ways: Sequence[TicketPath]) -> Sequence[TicketSearch]:
        kept: dict[str, TicketSearch] = {}
        for kdc, of_kdc in grouped(ways, lambda way: way.kdc).items():
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
        forest = search.way.forest
        client, kdc = self._hosts.of(principal), self._kdcs.of(realm_of(principal).lower(), search.kdc)
        lines = (client.reason(), kdc.reason())
        of_host = client.forests if client.is_host else (forest,)
        if search.result is SearchResult.UNSTATED:
            listed = forest in (of_host or ()) and forest in (kdc.own or ())
            return replace(search, policy=PolicyEffect(lines, listed=listed))
        lacking = [policy for policy, forests in ((client, client.forests), (kdc, kdc.own)) if _lacks(forests, forest)]
        if lacking:
            effect = PolicyEffect(lines, _words(client, kdc, lacking))
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


def _ends(site: Site, ways: Sequence[TicketPath], kdc: str) -> Iterator[TicketSearch]:
    searched = _telling([way for way in ways if way.forest])
    order = stated_order(site, ways[0].principal)
    for direct in (way for way in ways if not way.forest):
        if direct.ticket is not None:
            yield TicketSearch(kdc, SearchResult.ITSELF, direct)
        elif direct.loop:
            yield TicketSearch(kdc, SearchResult.LOOP, direct)
        elif isinstance(direct.hops[-1].seen, Unobserved):
            yield TicketSearch(kdc, SearchResult.SILENT, direct)
        else:
            yield _searched(kdc, direct, searched, order)


def _telling(ways: list[TicketPath]) -> list[TicketPath]:
    """Returns one sequence of hops for each forest: a ticket before an error, an error before no response."""
    ranked = sorted(ways, key=lambda way: (way.ticket is None, isinstance(way.hops[-1].seen, Unobserved)))
    best: dict[str, TicketPath] = {}
    for way in ranked:
        best.setdefault(way.forest, way)
    return list(best.values())


def _searched(kdc: str, direct: TicketPath, searched: list[TicketPath], order: tuple[str, ...]) -> TicketSearch:
    """Returns the result after the own domain rejects the request: the stated forests first, then the others."""
    listed = [entry for name in order for entry in searched if entry.forest == name]
    for way in listed:
        if way.ticket is not None:
            return TicketSearch(kdc, SearchResult.SEARCHED, way, searched=True)
    silent = [way for way in (*listed, *searched) if isinstance(way.hops[-1].seen, Unobserved)]
    for way in silent:
        if way.forest in order:
            return TicketSearch(kdc, SearchResult.SILENT, way, searched=True)
    for way in searched:
        if way.ticket is not None and way.forest not in order:
            return TicketSearch(kdc, SearchResult.UNSTATED, way, error=_error(direct), searched=bool(searched))
    for way in listed:
        if way.loop:
            return TicketSearch(kdc, SearchResult.LOOP, way, searched=True)
    if silent:
        return TicketSearch(kdc, SearchResult.SILENT, silent[0], searched=True)
    telling = [entry for entry in listed if (error := _error(entry)) and error.code != S_PRINCIPAL_UNKNOWN]
    last = (telling or listed or [direct])[0]
    return TicketSearch(kdc, SearchResult.REFUSED, last, error=_error(last), searched=bool(searched))


def _error(way: TicketPath) -> KrbError | None:
    seen = way.hops[-1].seen
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
