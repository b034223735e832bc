"""Why a principal has no TGT, for the checks that need one."""

from __future__ import annotations

from krbcheck.facts.kerberos import Reply, TicketFacts, TicketGrant, TicketGrants
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved, reason
from krbcheck.facts.vantages import Vantages
from krbcheck.site.stated import Tenant


def grants_of(grants: TicketGrants, tenant: str, principal: str) -> list[TicketGrant]:
    """Returns one grant for each KDC; an answer replaces a missing answer of another collection."""
    kept: dict[str, TicketGrant] = {}
    for one in grants.grants:
        if (one.tenant, one.principal) != (tenant, principal):
            continue
        if one.host not in kept or isinstance(kept[one.host].seen, Unobserved):
            kept[one.host] = one
    return list(kept.values())


def granted(one: TicketGrant) -> bool:
    return isinstance(one.seen, Observed) and isinstance(one.seen.value, TicketFacts)


def no_tgt(grants: TicketGrants, tenant: str, principal: str) -> list[Observation[Reply]]:
    """Why there is none, the most telling answer first; empty where there is a TGT, or nobody was asked."""
    asked = grants_of(grants, tenant, principal)
    if any(granted(one) for one in asked):
        return []
    seen = [one.seen for one in asked]
    return sorted(seen, key=lambda answer: isinstance(answer, Unobserved) and answer.gap is Gap.NOT_ALLOWED)


def why_no_tgt(grants: TicketGrants, vantages: Vantages, tenant: Tenant, principal: str) -> str:
    """Returns the reason in one line; empty where there is a TGT."""
    asked = grants_of(grants, tenant.name, principal)
    if not asked:
        return vantages.why_not(tenant.name)
    seen = next(iter(no_tgt(grants, tenant.name, principal)), None)
    match seen:
        case None:
            return ""
        case Unobserved(gap=Gap.NO_CREDENTIALS):
            return seen.detail
        case Unobserved():
            return f"no TGT: {seen.detail}"
        case _:
            return f"no TGT: {reason(seen)}"
