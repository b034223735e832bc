"""The folders of a storage's shares, as far as the storage states them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec

from krbcheck.facts.directory import first_seen
from krbcheck.facts.listed_shares import ListedShares, ShareList, StorageShares, listed_at, unstated
from krbcheck.facts.observation import Observed, Unobserved, why
from krbcheck.facts.reasons import Ground
from krbcheck.facts.share_access import ShareAccess
from krbcheck.site.stated import Site
from krbcheck.views.platforms import Platforms
from krbcheck.views.rejected_readers import rejected
from krbcheck.views.unstated_shares import is_administrative
from krbcheck.views.view import View
from krbcheck.windows.ntstatus import STATUS_SUCCESS, ntstatus_name
from krbcheck.windows.remedy import Platform

NO_SUCH_SHARE = (2310, 123)
"""NERR_NetNameNotFound, which Windows returns, and ERROR_INVALID_NAME, which Samba does (MS-ERREF 2.2); smb.share
reports it.
"""


class FolderOf(msgspec.Struct, frozen=True):
    """The folder of a share; `path` is empty if it is not known, `why` is then the reason. `parts` are compared."""

    share: str
    stated: bool
    path: str = ""
    why: str = ""
    parts: tuple[str, ...] = ()

    @property
    def comparable(self) -> bool:
        return bool(self.parts)

    def within(self, other: FolderOf) -> bool:
        """Whether it lies within the other, or is the same folder."""
        return self.parts[: len(other.parts)] == other.parts


class ShareFolders(View):
    """By storage the folder of each stated share, and of each other share in its list; none of administrative shares.

    Letter case of paths counts on Samba alone, which shows every path as one of a drive C:.
    """

    def __init__(self, site: Site, access: ShareAccess, listed: ListedShares, platforms: Platforms) -> None:
        self._site, self._access, self._listed, self._platforms = site, access, listed, platforms

    def at(self, storage: str) -> Sequence[FolderOf]:
        return self._folders[storage]

    def grounds(self, storage: str) -> list[Ground]:
        return [answer.seen for answer in self._of(storage)]

    def unread(self, storage: str) -> tuple[str, Sequence[Unobserved]]:
        """Returns why some folder is not known; empty if all are."""
        seen = first_seen(answer.seen for answer in self._of(storage))
        if isinstance(seen, Unobserved):
            return why(seen), (seen,)
        if seen is None:
            return f"{storage} was not queried for the folders of its shares", ()
        missing = [folder for folder in self.at(storage) if folder.why]
        if missing and seen.value.refused:
            return rejected(storage, seen.value), ()
        return (f"the folder of share {missing[0].share} was not read: {missing[0].why}", ()) if missing else ("", ())

    def _of(self, storage: str) -> list[StorageShares]:
        return [answer for answer in self._listed.storages if answer.storage == storage]

    @cached_property
    def _folders(self) -> Mapping[str, Sequence[FolderOf]]:
        return {storage.name: tuple(self._at(storage.name)) for storage in self._site.storages}

    def _at(self, storage: str) -> list[FolderOf]:
        seen = first_seen(answer.seen for answer in self._of(storage))
        reply = seen.value if isinstance(seen, Observed) else None
        stated = self._site.share_names(storage)
        others = unstated(stated, listed_at(storage, self._access.listings, self._listed.storages))
        folds = self._platforms.known.get(storage.lower(), (None, ""))[0] is not Platform.SAMBA
        found = [_folder(name, reply, stated=True, folds=folds) for name in stated.values()]
        found += [
            _folder(name, reply, stated=False, folds=folds) for name in others.values() if not is_administrative(name)
        ]
        return [folder for folder in found if folder is not None]


def _folder(share: str, reply: ShareList | None, *, stated: bool, folds: bool) -> FolderOf | None:
    """Returns None for a share that does not exist."""
    if reply is None:
        return FolderOf(share, stated)
    if path := reply.paths.get(share.lower()):
        return FolderOf(share, stated, path, parts=_parts(path, folds=folds))
    if reply.refused:
        return FolderOf(share, stated, why=reply.summary())
    record = next((record for record in reply.records if record.share.lower() == share.lower()), None)
    denied = record or next((record for record in reply.records if record.status != STATUS_SUCCESS), None)
    if record is not None and record.status in NO_SUCH_SHARE:
        return None
    if denied is None:
        return FolderOf(share, stated, why="the storage was not queried for it")
    if denied.status == STATUS_SUCCESS:
        return FolderOf(share, stated, why="the storage returned none")
    return FolderOf(share, stated, why=f"NetrShareGetInfo returns {ntstatus_name(denied.status)}")


def _parts(path: str, *, folds: bool) -> tuple[str, ...]:
    """Returns the components of a path of Windows or of UNIX, without the prefix of long paths."""
    text = path.replace("/", "\\").removeprefix("\\\\?\\")
    parts = tuple(part for part in text.split("\\") if part not in ("", "."))
    return tuple(part.casefold() for part in parts) if folds else parts
