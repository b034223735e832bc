"""What a share's access lists let through, entry by entry, and what sessions showed beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.reasons import Ground
from krbcheck.facts.share_access import ShareAccess, StorageLists
from krbcheck.site.stated import Share, Site, Storage
from krbcheck.views.computed_access import both, doubtful
from krbcheck.views.descriptor_pairs import DescriptorPair, DescriptorPairs
from krbcheck.views.memberships import AUTHENTICATED, EVERYONE, NETWORK, THIS_ORGANIZATION, GroupStanding
from krbcheck.views.rejected_readers import rejected
from krbcheck.views.rest_acls import RestAcls
from krbcheck.views.storage_people import is_common, is_wide
from krbcheck.views.view import View
from krbcheck.windows.access_check import DATA
from krbcheck.windows.descriptor import Ace
from krbcheck.windows.ntstatus import STATUS_SUCCESS, ntstatus_name

NO_SUCH_SHARE = 2310
"""NERR_NetNameNotFound (MS-SRVS 2.2.2.9)."""
EVERY_SESSION = (EVERYONE, AUTHENTICATED, NETWORK, THIS_ORGANIZATION)


@dataclass(frozen=True)
class ShareLists:
    """One share of a storage with its descriptors; `why_not` is the reason why the share's is not known."""

    storage: Storage
    share: Share
    lists: DescriptorPair
    groups: GroupStanding
    ground: Ground
    why_not: str = ""

    @property
    def subject(self) -> str:
        return f"{self.share.name} on {self.storage.name}"

    @property
    def allowed(self) -> tuple[Ace, ...]:
        """The entries of the share that grant access."""
        found = self.lists.share
        return tuple(ace for ace in (found.dacl or () if found else ()) if ace.allow and not ace.inherit_only)

    def access(self, sids: Iterable[str]) -> int:
        """Returns what share and root folder both grant to a session with these SIDs."""
        named = self._relevant(sids)
        if named not in self._access:
            self._access[named] = both(self.lists, {*EVERY_SESSION, *named})[2]
        return self._access[named]

    def doubt(self, sids: Iterable[str], apart: frozenset[str] = frozenset()) -> str:
        """Returns why the access of a session with these SIDs is not determined, except for membership in one of
        `apart`.
        """
        key = self._relevant(sids), apart
        if key not in self._doubts:
            held = {*EVERY_SESSION, *key[0]}
            self._doubts[key] = doubtful(self.lists, held, self.groups, self.storage.name, apart)
        return self._doubts[key]

    def _relevant(self, sids: Iterable[str]) -> frozenset[str]:
        """Those that the descriptors name: others change nothing, so that few sets are evaluated."""
        return self.lists.named.intersection(sids)

    @cached_property
    def _access(self) -> dict[frozenset[str], int]:
        return {}

    @cached_property
    def _doubts(self) -> dict[tuple[frozenset[str], frozenset[str]], str]:
        return {}

    def open_to(self) -> list[str]:
        """The wide SIDs through which anyone gets in. Without the root folder's list none is known to."""
        if self.lists.folder is None:
            return []
        wide = list(dict.fromkeys(ace.sid for ace in self.allowed if is_wide(ace.sid)))
        if self.lists.share and self.lists.share.dacl is None:
            wide = [EVERYONE]
        if self.access(wide) & DATA:
            return wide
        below = [ace.sid for ace in self.lists.folder.dacl or () if ace.allow and is_wide(ace.sid)]
        pairs = ((name, other) for name in wide for other in below if is_common(name, other))
        return wide if any(self.access(pair) & DATA for pair in pairs) else []


class AccessLists(View):
    """The shares of each storage with their access lists."""

    def __init__(
        self, site: Site, groups: GroupStanding, access: ShareAccess, pairs: DescriptorPairs, rest: RestAcls
    ) -> None:
        self._site, self._groups, self._access, self._pairs, self._rest = site, groups, access, pairs, rest

    def of(self, storage: Storage) -> Iterator[ShareLists]:
        """Each share once, however many tenants state it."""
        shares = {
            share.name.lower(): share
            for tenant in reversed(self._site.tenants)
            for share in tenant.shares_of(storage.name)
        }
        for share in reversed(shares.values()):
            ground, why_not = _reply(self._access, storage, share)
            pair = self._pairs.of(storage.name, share.name)
            acl = self._rest.of(storage.name, share.name)
            if pair.is_rest and pair.share is not None and acl is not None and acl.ground is not None:
                ground, why_not = acl.ground, ""
            yield ShareLists(storage, share, pair, self._groups, ground, why_not)


def _reply(access: ShareAccess, storage: Storage, share: Share) -> tuple[Ground, str]:
    """Returns what the reader was given, and why that is not the share's access list."""
    answers = [entry for entry in access.storages if entry.storage == storage.name]
    known = [answer for answer in answers if isinstance(answer.seen, Observed) and not answer.seen.value.refused]
    if not known:
        first = next(iter(answers), None)
        if first is None:
            return f"the access lists of {storage.name} were not queried", ""
        if isinstance(first.seen, Unobserved):
            return first.seen, ""
        return first.seen, rejected(storage.name, first.seen.value)
    entry = known[0]
    assert isinstance(entry.seen, Observed)
    return entry.seen, _why_not(entry.seen.value, entry.account, storage, share)


def _why_not(answers: StorageLists, account: str, storage: Storage, share: Share) -> str:
    found = next((reply for reply in answers.shares if reply.share.lower() == share.name.lower()), None)
    if found is None:
        return f"the access list of {share.name} was not queried"
    if found.descriptor is not None:
        return ""
    if found.status == NO_SUCH_SHARE:
        return f"share {share.name} does not exist (see smb.share)"
    says = "" if found.status == STATUS_SUCCESS else f" ({ntstatus_name(found.status)})"
    return (
        f"{storage.name} does not return the access list of {share.name} to {account}, which is no administrator{says}"
    )
