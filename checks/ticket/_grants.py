"""Why a principal has no TGT, for the checks that rest on one."""

from __future__ import annotations

from krbcheck.facts.kerberos import TicketFacts, TicketGrant, TicketGrants
from krbcheck.facts.observation import Gap, Observed, Unobserved, reason
from krbcheck.facts.vantages import Vantages
from krbcheck.site.stated import Tenant


def grants_of(grants: TicketGrants, tenant: str, principal: str) -> list[TicketGrant]:
    """One for each KDC; an answer is preferred to a silence of another collection."""
    kept: dict[str, TicketGrant] = {}
    for one in grants.grants:
        if (one.tenant, one.principal) != (tenant, principal):
            continue
        if one.host not in kept or isinstance(kept[one.host].seen, Unobserved):
            kept[one.host] = one
    return list(kept.values())


def granted(one: TicketGrant) -> bool:
    return isinstance(one.seen, Observed) and isinstance(one.seen.value, TicketFacts)


def why_no_tgt(grants: TicketGrants, vantages: Vantages, tenant: Tenant, principal: str) -> str:
    """One line; empty where there is a TGT."""
    asked = grants_of(grants, tenant.name, principal)
    if not asked:
        return vantages.why_not(tenant.name)
    if any(granted(one) for one in asked):
        return ""
    telling = [one for one in asked if not (isinstance(one.seen, Unobserved) and one.seen.gap is Gap.NOT_ALLOWED)]
    seen = (telling or asked)[0].seen
    if isinstance(seen, Unobserved):
        return seen.detail if seen.gap is Gap.NO_CREDENTIALS else f"no TGT: {seen.detail}"
    return f"no TGT: {reason(seen)}"
