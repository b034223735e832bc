"""The result of the referrals for one principal, service and KDC, as a Windows host gets it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from krbcheck.facts.kerberos import KrbError, ServiceTickets, TicketFacts, Way
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.facts.reasons import Reason
from krbcheck.site.stated import Site, Tenant, realm_of

S_PRINCIPAL_UNKNOWN = 7


class End(StrEnum):
    """How a ticket request ends, at one of the principal's own KDCs."""

    ITSELF = "issued by KDC referral"
    SEARCHED = "issued after forest search"
    UNSTATED = "needs a forest search order that the site file does not state"
    LACKING = "needs a forest search order, which the policies do not contain"
    DEPENDS = "issued after forest search only if the controller that provides the policy has it"
    REFUSED = "rejected"
    LOOP = "referral loop"
    SILENT = "no response"


@dataclass(frozen=True)
class Resting:
    """The effect of the policies on a forest search: both policies as evidence, and what is missing.

    `better` and `worse` are controllers where the result depends on the one that the host reads its policy from.
    """

    told: tuple[Reason, ...] = ()
    lacking: str = ""
    better: str = ""
    worse: str = ""


@dataclass(frozen=True)
class Found:
    """`way` is the sequence of hops that decided; `error` is the KRB-ERROR of the last KDC, if any."""

    kdc: str
    end: End
    way: Way
    error: KrbError | None = None
    searched: bool = False
    policy: Resting = Resting()

    @property
    def works(self) -> bool:
        """Whether a host whose policy is the search order of the site file gets the ticket here."""
        return self.end in (End.ITSELF, End.SEARCHED)

    @property
    def seen(self) -> Observation[object]:
        return self.way.hops[-1].seen

    @property
    def route(self) -> str:
        """The realms, with the KDC that answered for each."""
        return route(self.way)


def route(way: Way) -> str:
    spoke = [f"{hop.realm} ({hop.host.partition('.')[0] or 'no KDC'})" for hop in way.hops if _answered(hop.seen)]
    return " -> ".join(dict.fromkeys(spoke)) or way.principal.rpartition("@")[2]


def _answered(seen: Observation[object]) -> bool:
    return isinstance(seen, Observed)


def realms(way: Way) -> list[str]:
    return list(dict.fromkeys(hop.realm for hop in way.hops))


def stated_order(site: Site, principal: str) -> tuple[str, ...]:
    domain = site.domain(realm_of(principal))
    return (domain.forest_search_order if domain else None) or ()


def found(site: Site, tickets: ServiceTickets, tenant: Tenant, principal: str, service: str) -> list[Found]:
    """Returns one result for each of the principal's KDCs; where a request was sent twice, the answer."""
    ways = [
        one
        for one in tickets.ways
        if (one.tenant, one.principal, one.service) == (tenant.name, principal, service) and one.hops
    ]
    ends: dict[str, Found] = {}
    for kdc in dict.fromkeys(one.kdc for one in ways):
        for end in _ends(site, [one for one in ways if one.kdc == kdc], kdc):
            if kdc not in ends or ends[kdc].end is End.SILENT:
                ends[kdc] = end
    return list(ends.values())


def _ends(site: Site, ways: list[Way], kdc: str) -> Iterator[Found]:
    searched = _telling([one for one in ways if one.forest])
    order = stated_order(site, ways[0].principal)
    for direct in (one for one in ways if not one.forest):
        if direct.ticket is not None:
            yield Found(kdc, End.ITSELF, direct)
        elif direct.loop:
            yield Found(kdc, End.LOOP, direct)
        elif isinstance(direct.hops[-1].seen, Unobserved):
            yield Found(kdc, End.SILENT, direct)
        else:
            yield _searched(kdc, direct, searched, order)


def _telling(ways: list[Way]) -> list[Way]:
    """Returns one sequence of hops for each forest: a ticket before an error, an error before no response."""
    ranked = sorted(ways, key=lambda one: (one.ticket is None, isinstance(one.hops[-1].seen, Unobserved)))
    best: dict[str, Way] = {}
    for one in ranked:
        best.setdefault(one.forest, one)
    return list(best.values())


def _searched(kdc: str, direct: Way, searched: list[Way], order: tuple[str, ...]) -> Found:
    """Returns the result after the own domain rejects the request: the stated forests first, then the others."""
    listed = [one for name in order for one in searched if one.forest == name]
    for way in listed:
        if way.ticket is not None:
            return Found(kdc, End.SEARCHED, way, searched=True)
    for way in searched:
        if way.ticket is not None and way.forest not in order:
            return Found(kdc, End.UNSTATED, way, error=_error(direct), searched=bool(searched))
    for way in listed or searched:
        if way.loop and way.forest in order:
            return Found(kdc, End.LOOP, way, searched=True)
        if isinstance(way.hops[-1].seen, Unobserved):
            return Found(kdc, End.SILENT, way, searched=True)
    telling = [one for one in listed if (error := _error(one)) and error.code != S_PRINCIPAL_UNKNOWN]
    last = (telling or listed or [direct])[0]
    return Found(kdc, End.REFUSED, last, error=_error(last), searched=bool(searched))


def _error(way: Way) -> KrbError | None:
    seen = way.hops[-1].seen
    return seen.value if isinstance(seen, Observed) and isinstance(seen.value, KrbError) else None


def ticket_of(one: Found) -> TicketFacts | None:
    return one.way.ticket


def subject_of(principal: str, service: str) -> str:
    """Returns the subject of the checks of service tickets."""
    return f"{principal} for {service}"


def asked(site: Site) -> Iterator[tuple[Tenant, str, str]]:
    """Yields every tenant, principal and SPN for which a ticket must be issued."""
    for tenant in site.tenants:
        for principal in tenant.principals:
            for path in tenant.data_paths:
                if not path.is_address:
                    yield tenant, principal.name, path.spn
