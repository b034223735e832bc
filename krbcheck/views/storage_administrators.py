"""The accounts of the administrators that the site file states for each storage, and their computed access."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from krbcheck.facts.share_access import ACCOUNT
from krbcheck.site.stated import Site
from krbcheck.views.computed_access import Computed, computed
from krbcheck.views.descriptor_pairs import DescriptorPairs
from krbcheck.views.memberships import GroupStanding
from krbcheck.views.view import View


@dataclass(frozen=True)
class StorageAdministrator:
    """`name` is the account, `stated` the name in the site file: of the account, or of a group that contains it.

    `sid` is empty and `why` states the reason if it is not known whom the name is for, or who else is in the group.
    """

    name: str
    stated: str
    sid: str = ""
    why: str = ""


class StorageAdministrators(View):
    def __init__(self, site: Site, groups: GroupStanding, lists: DescriptorPairs) -> None:
        self._site, self._groups, self._lists = site, groups, lists

    def at(self, storage: str) -> list[StorageAdministrator]:
        """Each account once, in the order of the site file; a name that is not resolved, or has no accounts, once."""
        found = {
            administrator.sid or administrator.name: administrator
            for name in reversed(self._site.storage(storage).administrators)
            for administrator in reversed(list(self._of(name)))
        }
        return list(reversed(found.values()))

    def access(self, administrator: StorageAdministrator, storage: str, share: str) -> Computed | None:
        """The access that the access lists give; None if they, or the account, are not known."""
        lists = self._lists.of(storage, share)
        if lists.share is None or not administrator.sid:
            return None
        return computed(lists, self._groups.over(administrator.sid, storage), self._groups, storage)

    def _of(self, name: str) -> Iterator[StorageAdministrator]:
        sids = self._groups.sids_named(name)
        if not sids:
            yield StorageAdministrator(name, name, why=self._groups.unresolved(name) or f"no directory contains {name}")
        accounts = [
            sid
            for group in sids
            for sid in (group, *self._groups.below(group))
            if sid in self._groups.known and self._groups.known[sid].kind == ACCOUNT
        ]
        for sid in dict.fromkeys(accounts):
            yield StorageAdministrator(self._groups.name(sid), name, sid)
        unread = self._groups.unread_sids(sid for group in sids for sid in self._groups.below(group))
        if sids and (unread or not accounts):
            lacks = f"members of {name} are not known: {unread}" if unread else f"no account of {name} was read"
            yield StorageAdministrator(name, name, why=lacks)
