"""The security descriptors of every share and of its root folder, as far as they were read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from krbcheck.facts.observation import Observed
from krbcheck.facts.share_access import ShareAccess
from krbcheck.views.memberships import GroupStanding
from krbcheck.views.rest_acls import RestAcls
from krbcheck.views.view import View
from krbcheck.windows.descriptor import Descriptor


@dataclass(frozen=True)
class DescriptorPair:
    """The descriptors of a share and of its root folder, None where they are not known. `is_rest` if the share's is the
    ACL of a REST API.
    """

    share: Descriptor | None
    folder: Descriptor | None
    is_rest: bool = False

    @cached_property
    def named(self) -> frozenset[str]:
        """Every SID on which it depends what the descriptors grant: owners, and trustees of entries."""
        both = [descriptor for descriptor in (self.share, self.folder) if descriptor is not None]
        return frozenset(descriptor.owner for descriptor in both) | {
            entry.sid for descriptor in both for entry in descriptor.dacl or ()
        }


class DescriptorPairs(View):
    """By storage and share, letter case ignored. Where RPC returns no descriptor of a share, the ACL of the REST API
    counts, if the site states it.
    """

    def __init__(self, groups: GroupStanding, access: ShareAccess, rest: RestAcls) -> None:
        self._groups, self._rest = groups, rest
        self._shares: dict[str, dict[str, Descriptor]] = {}
        self._folders: dict[tuple[str, str], Descriptor] = {}
        for listing in access.listings:
            for folder in listing.seen.value.folders if isinstance(listing.seen, Observed) else ():
                if folder.descriptor:
                    self._folders.setdefault((listing.storage, folder.share.lower()), folder.descriptor)

    def of(self, storage: str, share: str) -> DescriptorPair:
        """The first descriptor of each that was returned."""
        name = share.lower()
        folder = self._folders.get((storage, name))
        if (found := self._of_shares(storage).get(name)) is not None:
            return DescriptorPair(found, folder)
        acl = self._rest.of(storage, share)
        return DescriptorPair(acl.descriptor if acl else None, folder, is_rest=acl is not None)

    def _of_shares(self, storage: str) -> dict[str, Descriptor]:
        if storage not in self._shares:
            answers = self._groups.lists_of(storage)
            listed = answers.shares if answers else ()
            self._shares[storage] = {
                reply.share.lower(): reply.descriptor for reply in reversed(listed) if reply.descriptor
            }
        return self._shares[storage]
