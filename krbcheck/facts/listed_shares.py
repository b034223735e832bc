"""The shares that a storage lists, with their folders; and the principals' sessions at those that the site file does
not state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import msgspec

from krbcheck.facts.observation import Facts, Observation, Observed
from krbcheck.facts.share_access import PrincipalListing
from krbcheck.facts.smb import SmbSetUp
from krbcheck.windows.descriptor import Descriptor
from krbcheck.windows.ntstatus import ntstatus_name

DISK, KIND_MASK = 0x0, 0x0FFFFFFF
"""STYPE_DISKTREE, and the bits of shi1_type without STYPE_SPECIAL and STYPE_TEMPORARY (MS-SRVS 2.2.2.4)."""
IPC = "ipc$"
"""The share of named pipes (MS-SMB2 3.3.5.7): it has no folder, and every session needs it."""


class ListedShare(msgspec.Struct, frozen=True):
    """One entry of NetrShareEnum. `type` is shi1_type (MS-SRVS 2.2.2.4), None if only the name was read.

    `path` is the folder as the storage names it, and `descriptor` that of the share permissions; None if the
    information level of the answer does not contain it, or the storage left it empty.
    """

    share: str
    type: int | None = None
    path: str | None = None
    descriptor: Descriptor | None = None

    @property
    def has_files(self) -> bool:
        """Whether it may have a folder: it is not a printer, a device, or the share of named pipes."""
        return self.share.lower() != IPC and (self.type is None or self.type & KIND_MASK == DISK)


class ShareRecord(msgspec.Struct, frozen=True):
    """NetrShareGetInfo of one share whose folder the list did not contain: level 2 of a share that the site file
    states, 502 of another. `status` is as in `ShareInfo`.

    `path` and `descriptor` are as in `ListedShare`.
    """

    share: str
    status: int
    path: str | None = None
    descriptor: Descriptor | None = None


class ShareList(msgspec.Struct, frozen=True):
    """The list of a storage, as its domain's reader may read it. `refused` is the step that was rejected, with its
    `status`; then nothing is listed.

    `level` is the information level of NetrShareEnum that the storage answered: 502 and 2 contain folders, 1 does not.
    """

    refused: str = ""
    status: int = 0
    level: int = 0
    listed: tuple[ListedShare, ...] = ()
    records: tuple[ShareRecord, ...] = ()

    @property
    def paths(self) -> dict[str, str]:
        """The folder of each share whose folder is known, by its name in lower case."""
        known: Iterable[ListedShare | ShareRecord] = (*self.records, *self.listed)
        return {entry.share.lower(): entry.path for entry in known if entry.path}

    @property
    def descriptors(self) -> dict[str, Descriptor]:
        """The descriptor of each share whose descriptor is known, by its name in lower case."""
        known: Iterable[ListedShare | ShareRecord] = (*self.records, *self.listed)
        return {entry.share.lower(): entry.descriptor for entry in known if entry.descriptor}

    def summary(self) -> str:
        if self.refused:
            return f"{self.refused}: {ntstatus_name(self.status)}"
        return f"lists {', '.join(entry.share for entry in self.listed) or 'no shares'}"


class StorageShares(msgspec.Struct, frozen=True):
    """The list that a storage returned to `account` (the reader of its domain) at one of its data paths."""

    storage: str
    path: str
    address: str
    account: str
    seen: Observation[ShareList]


class UnstatedSession(msgspec.Struct, frozen=True):
    """A session of `principal` at its own data path, with a TREE_CONNECT to each share that the site file does not
    state.
    """

    tenant: str
    principal: str
    path: str
    storage: str
    address: str
    seen: Observation[SmbSetUp]


class ListedShares(Facts, frozen=True):
    storages: tuple[StorageShares, ...] = ()
    sessions: tuple[UnstatedSession, ...] = ()


def listed_at(
    storage: str, listings: Iterable[PrincipalListing], storages: Iterable[StorageShares]
) -> Iterator[ListedShare]:
    """Yields each entry of each list of a storage: those of principals have names alone."""
    for answer in storages:
        if answer.storage == storage and isinstance(answer.seen, Observed):
            yield from answer.seen.value.listed
    for listing in listings:
        if listing.storage == storage and isinstance(listing.seen, Observed):
            yield from (ListedShare(name) for name in listing.seen.value.names)


def unstated(stated: Collection[str], listed: Iterable[ListedShare]) -> dict[str, str]:
    """Returns the shares with files that are not `stated` (names in lower case): each once, by its name in lower
    case.
    """
    known = list(listed)
    others = {entry.share.lower() for entry in known if not entry.has_files}
    names: dict[str, str] = {}
    for entry in known:
        if entry.share.lower() not in others and entry.share.lower() not in stated:
            names.setdefault(entry.share.lower(), entry.share)
    return dict(sorted(names.items()))
