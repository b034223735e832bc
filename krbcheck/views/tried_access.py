"""What the principals' sessions showed of the shares."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec

from krbcheck.facts.directory import first_seen
from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved, why
from krbcheck.facts.reasons import Ground, reason_of
from krbcheck.facts.smb import SmbSession, SmbSessions, SmbSetUp, TreeReply
from krbcheck.facts.vantages import Vantages
from krbcheck.site.expected_access import Expected, expected_elsewhere
from krbcheck.site.stated import DataPath, Principal, SecretKind, Share, Site, Tenant
from krbcheck.views.observed_access import DENIED, Judged, Outcome, Wall, judged
from krbcheck.views.view import View
from krbcheck.windows.access_masks import ACCESS_SYSTEM_SECURITY
from krbcheck.windows.ntstatus import STATUS_SUCCESS

WITHOUT_TICKET = frozenset((Gap.NO_CREDENTIALS, Gap.NOT_ALLOWED, Gap.NOT_HERE, Gap.NEEDS_OTHER, Gap.LEFT_OUT))
"""The gaps of a session that was not sent, because this host has no ticket for it."""
UNTRIED = Judged(Outcome.UNKNOWN)


@dataclass(frozen=True)
class PrincipalSession:
    """A principal's session at a data path, with the access that it is to have at other tenants' shares.

    `ground` is the session as evidence, made once for all shares; `untried` has the reason if there is no answer.
    """

    principal: Principal
    seen: Observation[SmbSetUp] | None
    ground: Ground
    elsewhere: Expected
    untried: Judged = UNTRIED


class TriedShare(msgspec.Struct, frozen=True):
    """One principal at one share: its session, and what that shows; where nothing was seen `seen` may be None."""

    principal: Principal
    path: str
    share: str
    judged: Judged
    ground: Ground
    seen: Observation[SmbSetUp] | None = None
    tree: TreeReply | None = None

    @property
    def subject(self) -> str:
        return f"{self.principal.name} on \\\\{self.path}\\{self.share}"

    @property
    def unknown(self) -> bool:
        """Nothing is known, or it is the session's matter (smb.session)."""
        return self.judged.outcome is Outcome.UNKNOWN or self.judged.wall is Wall.SESSION


class TriedShares(View):
    """Each principal at each share, by its own tenant's data path."""

    def __init__(self, site: Site, sessions: SmbSessions, vantages: Vantages) -> None:
        self._site, self._sessions, self._vantages = site, sessions, vantages
        self._known: dict[tuple[str, str], Sequence[PrincipalSession]] = {}

    def of(self, tenant: Tenant, path: DataPath, owner: Tenant, share: Share) -> Iterator[TriedShare]:
        """One for each principal of the tenant, at a share of `owner`'s."""
        own = owner.name == tenant.name
        for session in self._sessions_at(tenant, path):
            if isinstance(session.seen, Observed):
                stated = Expected(share.access) if own else session.elsewhere
                result = judged(stated, session.seen.value, share.name)
                tree = session.seen.value.proved_tree(share.name)
                yield TriedShare(session.principal, path.name, share.name, result, session.ground, session.seen, tree)
            else:
                yield TriedShare(
                    session.principal, path.name, share.name, session.untried, session.ground, session.seen
                )

    def _sessions_at(self, tenant: Tenant, path: DataPath) -> Sequence[PrincipalSession]:
        key = tenant.name, path.name
        if key not in self._known:
            self._known[key] = [self._session(tenant, principal, path) for principal in tenant.principals]
        return self._known[key]

    def _session(self, tenant: Tenant, principal: Principal, path: DataPath) -> PrincipalSession:
        elsewhere = expected_elsewhere(principal, self._site.storage(path.storage))
        seen = first_seen(session.seen for session in self._sessions.kerberos(tenant.name, path.name, principal.name))
        if isinstance(seen, Observed):
            return PrincipalSession(principal, seen, reason_of(seen), elsewhere)
        says = why_not_asked(self._vantages, tenant, principal, path) if seen is None else why(seen)
        ground = says if seen is None else reason_of(seen)
        return PrincipalSession(principal, seen, ground, elsewhere, Judged(Outcome.UNKNOWN, says=says))


def why_not_asked(vantages: Vantages, tenant: Tenant, principal: Principal, path: DataPath) -> str:
    if principal.secret is None:
        return f"the site file contains no secret for {principal.name}"
    if path.is_address:
        return f"{path.name} is an IP address, so no KDC issues a ticket for it (see backup.path)"
    return vantages.why_not(tenant.name)


class TriedAccess(View):
    """What TREE_CONNECT granted, whatever tenant's data path it was sent to."""

    def __init__(self, site: Site, sessions: SmbSessions) -> None:
        self._cached = frozenset(
            principal.name
            for _, principal in site.principals()
            if principal.secret and principal.secret.kind is SecretKind.CCACHE
        )
        self._sessions = sessions

    def granted(self, storage: str, share: str) -> dict[str, int]:
        """By principal; 0 where it was denied.

        Left out are guests and principals that backup rights let in, because the access list did not decide, and
        principals whose tickets came from a cache, because their groups are as old as the tickets.
        """
        found: dict[str, int] = {}
        for principal, reply in self._of_storages.get(storage, ()):
            tree = reply.proved_tree(share)
            if tree is None:
                continue
            if tree.status in DENIED:
                found.setdefault(principal, 0)
            elif tree.status == STATUS_SUCCESS and not tree.maximal_access & ACCESS_SYSTEM_SECURITY:
                found.setdefault(principal, tree.maximal_access)
        return found

    @cached_property
    def _of_storages(self) -> Mapping[str, Sequence[tuple[str, SmbSetUp]]]:
        """By storage the sessions in which access lists decided, each with its principal."""
        found: dict[str, list[tuple[str, SmbSetUp]]] = {}
        for session in self._sessions.sessions:
            if not session.principal or session.principal in self._cached:
                continue
            if isinstance(session.seen, Observed):
                found.setdefault(session.storage, []).append((session.principal, session.seen.value))
        return found

    def unanswered(self, storage: str, principals: Collection[str], shares: Iterable[str] = ()) -> str:
        """Why a session of one of the principals was sent to the storage and showed nothing of one of the shares; empty
        if each session that was sent was answered.

        A principal without a secret or a ticket has no session, and a rejected session is an answer.
        """
        wanted = {share.lower(): share for share in shares}
        for name in principals:
            sessions = [session.seen for session in self._of_principals.get((storage, name), ())]
            replies = [seen.value for seen in sessions if isinstance(seen, Observed)]
            silent = (seen for seen in sessions if isinstance(seen, Unobserved) and seen.gap not in WITHOUT_TICKET)
            if not replies and (seen := next(silent, None)):
                return reason_of(seen).line
            shown = {tree.share.lower() for reply in replies for tree in reply.proved_trees}
            unseen = [wanted[share] for share in wanted if share not in shown]
            if replies and unseen and all(reply.accepted for reply in replies):
                why_not = next((reply.cut for reply in replies if reply.cut), replies[0].summary())
                return f"the session of {name} shows nothing of {unseen[0]}: {why_not}"
        return ""

    def silences(self, storage: str, tenant: str = "") -> Sequence[Unobserved]:
        """The sessions that were sent to the storage without an answer, of a tenant's principals or of all."""
        return [seen for of, seen in self._silences.get(storage, ()) if tenant in ("", of)]

    @cached_property
    def _silences(self) -> Mapping[str, Sequence[tuple[str, Unobserved]]]:
        """By storage the tenants with the missing answers; once for each server of a tenant."""
        found: dict[str, dict[tuple[str, str], Unobserved]] = {}
        for session in self._sessions.sessions:
            if isinstance(session.seen, Unobserved) and session.seen.of:
                found.setdefault(session.storage, {}).setdefault((session.tenant, session.seen.of), session.seen)
        return {name: [(tenant, seen) for (tenant, _), seen in those.items()] for name, those in found.items()}

    def of_principal(self, storage: str, principal: str) -> Mapping[str, int | None]:
        """By share in lower case: the MaximalAccess of its sessions' TREE_CONNECT, None where that was refused."""
        found: dict[str, int | None] = {}
        for of_principal in self._of_principals.get((storage, principal), ()):
            if isinstance(of_principal.seen, Observed):
                for tree in of_principal.seen.value.proved_trees:
                    granted = tree.maximal_access if tree.status == STATUS_SUCCESS else None
                    found.setdefault(tree.share.lower(), granted)
        return found

    @cached_property
    def _of_principals(self) -> Mapping[tuple[str, str], Sequence[SmbSession]]:
        return grouped(self._sessions.sessions, lambda session: (session.storage, session.principal))


def shows_rights(access: int | None) -> bool:
    """Whether a MaximalAccess shows a backup or restore right."""
    return bool(access and access & ACCESS_SYSTEM_SECURITY)
