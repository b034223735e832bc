"""Effective access without a test: what the access lists of share and root folder grant to any principal."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import AccountRights
from krbcheck.site.expected_access import FOLDER_NEEDED, NEEDED, Expected
from krbcheck.site.stated import Access, Site
from krbcheck.views.backup_rights import holders, lists_holders, rights_of
from krbcheck.views.descriptor_pairs import DescriptorPair, DescriptorPairs
from krbcheck.views.memberships import Chain, GroupStanding
from krbcheck.views.observed_access import NO_ACCESS, Judged, Outcome, Wall, both_words
from krbcheck.views.view import View
from krbcheck.windows.access_check import ALL, DATA, OWNER_RIGHTS, Granted, maximum
from krbcheck.windows.access_masks import access_word
from krbcheck.windows.descriptor import Descriptor


@dataclass(frozen=True)
class Computed:
    """`access` is what share and root folder both grant, as a MaximalAccess; 0 if the share denies access.

    `folder_access` is None if the folder's descriptor is not known: then the share permissions alone count. `why` names
    the deciding entry and the chain of groups to it; `doubt` is why the access may be different. `rights` are the
    principal's backup and restore rights on the storage, None if they are not known.
    """

    access: int
    share_access: int
    folder_access: int | None
    why: str
    doubt: str = ""
    rights: tuple[str, ...] | None = None

    @property
    def held(self) -> str:
        """The access as text."""
        if self.doubt:
            return f"not determined: {self.doubt}"
        return both_words(self.share_access, self.folder_access) if self.share_access else "refused"

    @property
    def word(self) -> str:
        """The short name of the access, empty if it is in doubt."""
        if self.doubt:
            return ""
        return access_word(self.share_access) if self.share_access else NO_ACCESS

    @property
    def summary(self) -> str:
        """The access as text, with its reason."""
        return self.held if self.doubt else f"{self.held}: {self.why}"


class ComputedAccess(View):
    """Computes the access of any principal to any share when it is requested, because a large site has many cells."""

    def __init__(self, site: Site, groups: GroupStanding, lists: DescriptorPairs, rights: AccountRights) -> None:
        self.groups, self._lists = groups, lists
        self._holders = {storage.name: _holders(rights, storage.name) for storage in site.storages}

    def at(self, principal: str, storage: str, share: str) -> Computed | None:
        """Returns None if it is not known: no access list was read, or the principal's SIDs are not known."""
        return self.by(principal, storage, self._lists.of(storage, share))

    def by(self, principal: str, storage: str, lists: DescriptorPair) -> Computed | None:
        """Returns the access that these descriptors give, as `at`."""
        if lists.share is None:
            return None
        standing = self.groups.standing(principal, storage)
        if not standing.sids:
            return None
        found = computed(lists, standing.sids, self.groups, storage)
        if standing.why_not:
            return replace(found, doubt=found.doubt or standing.why_not)
        held = self._holders.get(storage)
        if held is None:
            return found
        rights = tuple(dict.fromkeys(right for sid in standing.sids for right in held.get(sid, ())))
        if not rights and self.groups.unread_groups(held, storage):
            return found
        return replace(found, rights=rights)


def _holders(rights: AccountRights, storage: str) -> Mapping[str, tuple[str, ...]] | None:
    """Returns the rights by SID; None if the storage did not list all holders."""
    seen = rights_of(rights, storage)
    return holders(seen.value) if isinstance(seen, Observed) and lists_holders(seen.value) else None


def judged_by_lists(stated: Expected, found: Computed) -> Judged:
    """Judges the access of a principal without a test session, as `judged` does for a test session."""
    says = f"computed, not tested: {found.held}"
    opens = bool(found.share_access & DATA)
    if found.doubt:
        return Judged(Outcome.UNKNOWN, says=says)
    if stated is Expected.ANY:
        return Judged(Outcome.AS_EXPECTED, says=says)
    if stated is Expected.REFUSED:
        return _of_others(found, says, opens=opens)
    needed = Access(stated)
    if not opens and found.rights:
        return Judged(Outcome.UNKNOWN, says=f"{says}, but {' and '.join(found.rights)} may grant access")
    if not opens:
        return Judged(Outcome.LOCKED_OUT, wall=Wall.SHARE, says=says)
    if found.share_access & NEEDED[needed] != NEEDED[needed]:
        return Judged(Outcome.LESS, wall=Wall.SHARE, says=says)
    if found.folder_access is None:
        return Judged(Outcome.UNKNOWN, says=f"{says}; the root folder's access list was not read")
    if found.folder_access & FOLDER_NEEDED[needed] != FOLDER_NEEDED[needed]:
        return Judged(Outcome.LESS, wall=Wall.FOLDER, says=says)
    return Judged(Outcome.AS_EXPECTED, says=says)


def _of_others(found: Computed, says: str, *, opens: bool) -> Judged:
    if opens:
        return Judged(Outcome.BREACH, wall=Wall.SHARE, says=says)
    if found.rights is None:
        return Judged(Outcome.UNKNOWN, says=f"{says}; the holders of backup rights are not determined")
    if found.rights:
        words = "computed, not tested: denied by the access lists, granted by"
        return Judged(Outcome.BREACH, wall=Wall.SHARE, says=f"{words} {' and '.join(found.rights)}")
    return Judged(Outcome.AS_EXPECTED, says=says)


def both(lists: DescriptorPair, sids: Collection[str]) -> tuple[Granted, Granted | None, int]:
    """What the share grants, what the folder does (None: not known), and what both do."""
    share = maximum(lists.share, sids) if lists.share else Granted(0)
    folder = maximum(lists.folder, sids) if lists.folder else None
    access = share.mask & (folder.mask if folder else ALL) if share.opens else 0
    return share, folder, access


def computed(
    lists: DescriptorPair, sids: Mapping[str, Chain], groups: GroupStanding, storage: str, apart: Collection[str] = ()
) -> Computed:
    """Returns the access of `sids`. The SIDs of `apart` are accounts, not groups whose members are not known."""
    share, folder, access = both(lists, sids)
    why = reasoned(share, lists.share, sids, groups, storage, "the share")
    if folder is not None and (folder.mask & share.mask) != share.mask:
        why += f"; {reasoned(folder, lists.folder, sids, groups, storage, 'its root folder')}"
    doubt = doubtful(lists, sids, groups, storage, apart)
    return Computed(access, share.mask, folder.mask if folder else None, why, doubt)


def doubtful(
    lists: DescriptorPair, sids: Collection[str], groups: GroupStanding, storage: str, apart: Collection[str] = ()
) -> str:
    """Returns why the effective access is not determined: an entry applies only under a condition (MS-DTYP 2.4.4.17),
    or is for a group whose members the storage does not return and that is not one of `apart`.
    """
    for what, found in (("the share", lists.share), ("its root folder", lists.folder)):
        if found is not None and maximum(found, sids).doubtful:
            entry = next(ace.sid for ace in found.dacl or () if ace.conditional and ace.sid in (*sids, OWNER_RIGHTS))
            return f"{what} has a conditional entry for {groups.name(entry, storage)}, which krbcheck does not evaluate"
    return _hidden(lists, sids, groups, storage, apart)


def _hidden(
    lists: DescriptorPair, sids: Collection[str], groups: GroupStanding, storage: str, apart: Collection[str]
) -> str:
    """The folder counts where the share opens. If any set of groups changes what is granted, one alone does."""
    opens = lists.share is not None and maximum(lists.share, sids).opens
    for what, found in (("the share", lists.share), ("its root folder", lists.folder if opens else None)):
        if found is None:
            continue
        certain = maximum(found, sids).mask
        named = (ace.sid for ace in found.dacl or () if ace.sid not in sids and ace.sid not in apart)
        for sid in groups.unread_groups(named, storage):
            if maximum(found, {*sids, sid}).mask != certain:
                name = groups.name(sid, storage)
                return f"{what} has an entry for {name}, and {groups.members_unread(storage, name)}"
    return ""


def reasoned(
    granted: Granted,
    found: Descriptor | None,
    sids: Mapping[str, Chain],
    groups: GroupStanding,
    storage: str,
    what: str,
) -> str:
    """Returns one line: the entries that grant or deny access, and the memberships through which they apply."""
    if found is None or found.dacl is None:
        return f"{what} has no access list, so Everyone has full control"
    if not found.dacl:
        return f"{what} has an empty access list, so no account has access"
    said = [f"{what} denies 0x{ace.mask:X} to {_led(ace.sid, sids, groups, storage)}" for ace in granted.denied]
    said += [f"{what} grants 0x{ace.mask:X} to {_led(ace.sid, sids, groups, storage)}" for ace in granted.allowed]
    if granted.owner:
        said.append(f"{what} is owned by {_led(found.owner, sids, groups, storage)}")
    return "; ".join(said) or f"no entry of {what} applies to the account or to one of its groups"


def _led(sid: str, sids: Mapping[str, Chain], groups: GroupStanding, storage: str) -> str:
    chain = sids.get(sid, ())
    name = groups.name(sid, storage)
    return f"{name} ({' → '.join(chain)})" if len(chain) > 1 else name
