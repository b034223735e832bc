"""What each principal's sessions showed of the shares, and the words for access masks and for who has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from krbcheck.facts.directory import first_seen
from krbcheck.facts.observation import Observation, Observed, why
from krbcheck.facts.smb import SmbSessions, SmbSetUp, TreeReply
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.verdict import Unknown, unknown
from krbcheck.site.expected_access import Expected, expected
from krbcheck.site.stated import DataPath, Principal, Share, Site, Tenant
from krbcheck.views.observed_access import Judged, Outcome, Wall, judged

MOST_NAMED = 4
"""Accounts that a remedy names one by one; more are a group's matter."""


@dataclass(frozen=True)
class Looked:
    """One principal at one share: its session, and what that says; where nothing was said `seen` may be None."""

    principal: Principal
    subject: str
    judged: Judged
    seen: Observation[SmbSetUp] | None = None
    tree: TreeReply | None = None

    @property
    def unknown(self) -> bool:
        """Nothing is known, or it is the session's matter (smb.session)."""
        return self.judged.outcome is Outcome.UNKNOWN or self.judged.wall is Wall.SESSION

    def in_the_dark(self, tenant: Tenant) -> Unknown:
        grounds = () if self.seen is None else (self.seen,)
        return unknown(self.subject, *grounds, tenant=tenant.name, says=self.judged.says)


def all_looked(
    site: Site, sessions: SmbSessions, vantages: Vantages, tenant: Tenant, path: DataPath, owner: Tenant, share: Share
) -> list[Looked]:
    """One for each principal of the tenant, at a share of `owner`'s."""
    storage = site.storage(path.storage)
    return [
        _looked(sessions, vantages, tenant, one, path, share, expected(one, tenant, owner, share, storage))
        for one in tenant.principals
    ]


def _looked(
    sessions: SmbSessions,
    vantages: Vantages,
    tenant: Tenant,
    principal: Principal,
    path: DataPath,
    share: Share,
    stated: Expected,
) -> Looked:
    subject = f"{principal.name} on \\\\{path.name}\\{share.name}"
    seen = first_seen(one.seen for one in sessions.kerberos(tenant.name, path.name, principal.name))
    if not isinstance(seen, Observed):
        says = _not_asked(vantages, tenant, principal, path) if seen is None else why(seen)
        return Looked(principal, subject, Judged(Outcome.UNKNOWN, says=says), seen)
    return Looked(principal, subject, judged(stated, seen.value, share.name), seen, seen.value.tree(share.name))


def _not_asked(vantages: Vantages, tenant: Tenant, principal: Principal, path: DataPath) -> str:
    if principal.secret is None:
        return f"the site names no secret for {principal.name}"
    if path.is_address:
        return f"{path.name} is an address: there is no Kerberos ticket for it (see backup.path)"
    return vantages.why_not(tenant.name)


def accounts_of(tenant: Tenant, principals: Sequence[Principal]) -> list[str]:
    """As access lists take them: the same words for all who share a fault, so that a report folds it."""
    if len(principals) > MOST_NAMED:
        return [f"GROUP-OF-{tenant.name.upper()}-HOSTS"]
    return [f"{one.realm}\\{one.account}" for one in principals]
