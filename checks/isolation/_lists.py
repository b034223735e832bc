"""What a share's access lists let through, entry by entry, and what sessions showed beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.reasons import Ground
from krbcheck.facts.share_access import ShareAccess, StorageTold
from krbcheck.facts.smb import SmbSessions
from krbcheck.site.stated import SecretKind, Share, Site, Storage
from krbcheck.views.computed_access import Lists, both, doubtful
from krbcheck.views.memberships import AUTHENTICATED, EVERYONE, NETWORK, THIS_ORGANIZATION, Groups
from krbcheck.windows.access_check import DATA
from krbcheck.windows.access_masks import ACCESS_SYSTEM_SECURITY
from krbcheck.windows.descriptor import Ace
from krbcheck.windows.ntstatus import STATUS_ACCESS_DENIED, STATUS_NETWORK_ACCESS_DENIED, STATUS_SUCCESS, ntstatus_name

from ._people import is_common, is_wide

NO_SUCH_SHARE = 2310
"""NERR_NetNameNotFound (MS-SRVS 2.2.2.9)."""
EVERY_SESSION = (EVERYONE, AUTHENTICATED, NETWORK, THIS_ORGANIZATION)
DENIED = (STATUS_ACCESS_DENIED, STATUS_NETWORK_ACCESS_DENIED)


@dataclass(frozen=True)
class ShareLists:
    """One share of a storage with its descriptors; `why_not` says why the share's is not known."""

    storage: Storage
    share: Share
    lists: Lists
    ground: Ground
    why_not: str = ""

    @property
    def subject(self) -> str:
        return f"{self.share.name} on {self.storage.name}"

    @property
    def allowed(self) -> tuple[Ace, ...]:
        """The share's entries that let in."""
        found = self.lists.share
        return tuple(one for one in (found.dacl or () if found else ()) if one.allow and not one.inherit_only)

    def access(self, sids: Iterable[str]) -> int:
        """What share and root folder both grant to a session with these SIDs."""
        return both(self.lists, {*EVERY_SESSION, *sids})[2]

    def doubt(self, sids: Iterable[str], groups: Groups, apart: Collection[str] = ()) -> str:
        """Why it is not known what a session with these SIDs may do, but for being in one of `apart`."""
        return doubtful(self.lists, {*EVERY_SESSION, *sids}, groups, self.storage.name, apart)

    def open_to(self) -> list[str]:
        """The wide SIDs through which anyone gets in."""
        wide = list(dict.fromkeys(one.sid for one in self.allowed if is_wide(one.sid)))
        if self.lists.share and self.lists.share.dacl is None:
            wide = [EVERYONE]
        if self.access(wide) & DATA:
            return wide
        folder = self.lists.folder
        below = [one.sid for one in (folder.dacl or () if folder else ()) if one.allow and is_wide(one.sid)]
        pairs = ((one, other) for one in wide for other in below if is_common(one, other))
        return wide if any(self.access(pair) & DATA for pair in pairs) else []


def all_lists(site: Site, storage: Storage, groups: Groups, access: ShareAccess) -> Iterator[ShareLists]:
    """Each share once, however many tenants state it."""
    shares = {
        share.name.lower(): share for tenant in reversed(site.tenants) for share in tenant.shares_of(storage.name)
    }
    for share in reversed(shares.values()):
        ground, why_not = _told(access, storage, share)
        yield ShareLists(storage, share, Lists.of(groups, storage.name, share.name), ground, why_not)


def _told(access: ShareAccess, storage: Storage, share: Share) -> tuple[Ground, str]:
    """What the reader was told, and why that is not the share's access list."""
    answers = [one for one in access.storages if one.storage == storage.name]
    known = [one for one in answers if isinstance(one.seen, Observed) and not one.seen.value.refused]
    if not known:
        first = next(iter(answers), None)
        if first is None:
            return f"{storage.name} was not asked for its access lists", ""
        if isinstance(first.seen, Unobserved):
            return first.seen, ""
        return first.seen, f"{first.account} is refused: {first.seen.value.told()}"
    one = known[0]
    assert isinstance(one.seen, Observed)
    return one.seen, _why_not(one.seen.value, one.account, storage, share)


def _why_not(told: StorageTold, account: str, storage: Storage, share: Share) -> str:
    found = next((one for one in told.shares if one.share.lower() == share.name.lower()), None)
    if found is None:
        return f"{share.name} was not asked for"
    if found.descriptor is not None:
        return ""
    if found.status == NO_SUCH_SHARE:
        return f"there is no share {share.name} (see smb.share)"
    says = "nothing" if found.status == STATUS_SUCCESS else ntstatus_name(found.status)
    return f"{storage.name} tells {account}, who is no administrator, {says} when asked for {share.name}'s access list"


def tried(site: Site, sessions: SmbSessions, storage: str, share: str) -> dict[str, int]:
    """By principal, what TREE_CONNECT granted: 0 where it was refused. Left out are guests and those whom backup rights
    let in: there the access list did not decide; and whose tickets came from a cache: their groups are of its day.
    """
    found: dict[str, int] = {}
    old = {one.name for _, one in site.principals() if one.secret and one.secret.kind is SecretKind.CCACHE}
    for one in sessions.sessions:
        if one.storage != storage or one.principal in ("", *old):
            continue
        if not isinstance(one.seen, Observed) or one.seen.value.guest:
            continue
        tree = one.seen.value.tree(share)
        if tree is None:
            continue
        if tree.status in DENIED:
            found.setdefault(one.principal, 0)
        elif tree.status == STATUS_SUCCESS and not tree.maximal_access & ACCESS_SYSTEM_SECURITY:
            found.setdefault(one.principal, tree.maximal_access)
    return found
