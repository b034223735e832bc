"""Which principals have a TGT of which KDC, and why one has none."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from krbcheck.facts.grouping import grouped
from krbcheck.facts.kerberos import AsReply, TicketFacts, TicketGrant, TicketGrants
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved, reason
from krbcheck.facts.vantages import Vantages
from krbcheck.views.view import View


class TgtGrants(View):
    """What each principal's KDCs returned when they were queried for a TGT."""

    def __init__(self, grants: TicketGrants, vantages: Vantages) -> None:
        self._vantages = vantages
        self._grants = grouped(grants.grants, lambda grant: (grant.tenant, grant.principal))

    def of(self, tenant: str, principal: str) -> Sequence[TicketGrant]:
        """One for each KDC; an answer is preferred to a silence of another collection."""
        kept: dict[str, TicketGrant] = {}
        for grant in self._grants.get((tenant, principal), ()):
            if grant.host not in kept or isinstance(kept[grant.host].seen, Unobserved):
                kept[grant.host] = grant
        return list(kept.values())

    def why_none(self, tenant: str, principal: str) -> str:
        """Why there is no TGT, in one line; empty where there is one."""
        if not self.of(tenant, principal):
            return self._vantages.why_not(tenant)
        match next(iter(self.failures(tenant, principal)), None):
            case None:
                return ""
            case Unobserved(gap=Gap.NO_CREDENTIALS) as seen:
                return seen.detail
            case Unobserved() as seen:
                return f"no TGT: {seen.detail}"
            case seen:
                return f"no TGT: {reason(seen)}"

    def failures(self, tenant: str, principal: str) -> list[Observation[AsReply]]:
        """Why there is no TGT, the most telling answer first; empty where there is one, or no KDC was queried."""
        asked = self.of(tenant, principal)
        if any(granted(grant) for grant in asked):
            return []
        seen = [grant.seen for grant in asked]
        return sorted(seen, key=lambda answer: isinstance(answer, Unobserved) and answer.gap is Gap.NOT_ALLOWED)

    def without(self, tenant: str, principal: str, kdcs: Collection[str]) -> list[TicketGrant]:
        """Returns what the KDCs beside `kdcs` returned that issued no TGT: no service ticket can be requested there."""
        return [grant for grant in self.of(tenant, principal) if grant.host not in kdcs and not granted(grant)]


def granted(grant: TicketGrant) -> bool:
    return isinstance(grant.seen, Observed) and isinstance(grant.seen.value, TicketFacts)
