"""The file of --write-probes at a storage on loopback: what it shows, and that nothing of it is left."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.backup_sessions import WriteProbe
from krbcheck.probes.rpc.backup_session import backup_session
from tests.support.storage import ACCESS_DENIED, Storage

NAME, SHARE, FOLDER = "vmstore-alice.tintri.com", "AliceVMs", "krbcheck-probe-12345678-1"
PROBE = f"{FOLDER}\\probe.txt"
NOT_FOUND, COLLISION, DISK_FULL = 0xC0000034, 0xC0000035, 0xC000007F
DELETE_ON_CLOSE, BACKUP_INTENT, CREATE = 0x1000, 0x4000, 2
EVERYONE = bytes.fromhex("010100000000000100000000")
WRITE_COMMAND = 9


@dataclass
class Disk(Storage):
    """A storage with one share whose files it keeps: `entries` has the security descriptor of each.

    `by_right` if backup intent opens what a file denies, `bypasses` if the account reads every file. `stores` if it
    stores descriptors, `keeps` if it does not remove what is closed, `refuses` the NTSTATUS of each name that is not
    created, `full` the NTSTATUS of a write.
    """

    by_right: bool = False
    bypasses: bool = False
    stores: bool = True
    keeps: bool = False
    refuses: dict[str, int] = field(default_factory=dict)
    full: int = 0
    entries: dict[str, bytes] = field(default_factory=dict)
    handles: dict[bytes, tuple[str, bool]] = field(default_factory=dict)
    created: list[tuple[str, int]] = field(default_factory=list)
    closed_names: list[str] = field(default_factory=list)

    def command_5(self, part: bytes) -> tuple[int, bytes, int]:
        tree = struct.unpack_from("<I", part, 36)[0]
        desired, _, _, disposition, options = struct.unpack_from("<IIIII", part, 64 + 24)
        start, size, contexts, contexts_size = struct.unpack_from("<HHII", part, 64 + 44)
        name = part[start : start + size].decode("utf-16-le").rstrip("\0")
        if name == "FssagentRpc":
            return NOT_FOUND, b"", tree
        status = self._status(name, desired, disposition, options)
        if status:
            return status, b"", tree
        if disposition == CREATE:
            self.created.append((name, options))
            self.entries[name] = part[contexts : contexts + contexts_size]
        handle = f"file {len(self.handles)}".encode().ljust(16)
        self.handles[handle] = (name, bool(options & DELETE_ON_CLOSE))
        return 0, struct.pack("<HBBI32sQQII16sII", 89, 0, 0, 1, b"", 0, 0, 0, 0, handle, 0, 0), tree

    def _status(self, name: str, desired: int, disposition: int, options: int) -> int:
        if disposition == CREATE:
            return self.refuses.get(name, COLLISION if name in self.entries else 0)
        if not name:
            return 0
        if name not in self.entries:
            return NOT_FOUND
        opens = self.bypasses or (self.by_right and options & BACKUP_INTENT)
        return 0 if opens or name != PROBE or not desired & 1 else ACCESS_DENIED

    def command_6(self, part: bytes) -> tuple[int, bytes, int]:
        handle = part[64 + 8 : 64 + 24]
        name, deletes = self.handles.pop(handle, ("", False))
        self.closed_names.append(name)
        if deletes and not self.keeps and not any(entry.startswith(f"{name}\\") for entry in self.entries):
            self.entries.pop(name, None)
        return super().command_6(part)

    def command_8(self, part: bytes) -> tuple[int, bytes, int]:
        return 0, struct.pack("<HBBIII", 17, 80, 0, 1, 0, 0) + b"k", 1

    def command_9(self, part: bytes) -> tuple[int, bytes, int]:
        return self.full, b"" if self.full else struct.pack("<HHIIHH", 17, 0, 1, 0, 0, 0), 1

    def command_16(self, part: bytes) -> tuple[int, bytes, int]:
        """The descriptor with which the file was created, or one without entries (MS-SMB2 2.2.38)."""
        context = self.entries[PROBE]
        offset, size = struct.unpack_from("<HI", context, 10)
        found = context[offset : offset + size]
        if not self.stores:
            found = (
                struct.pack("<BBHIIII", 1, 0, 0x8004, 0, 0, 0, 20) + struct.pack("<BBHHH", 2, 0, 8, 0, 0) + bytes(24)
            )
        return 0, struct.pack("<HHI", 9, 72, len(found)) + found, 1


Probing = Callable[[Disk], WriteProbe]


@pytest.fixture
def probing(serve: Callable[[Any], int], ticket: Ticket) -> Probing:
    def probe(disk: Disk) -> WriteProbe:
        disk.shares = disk.shares or {SHARE: (0, 0x1F01FF, 0x1F01FF)}
        port = serve(disk)
        reply = backup_session(ticket, NAME, "127.0.0.1", [], "", 5.0, port, write_in=SHARE, folder=FOLDER)
        assert reply.write is not None
        return reply.write

    return probe


@pytest.mark.parametrize(
    ("disk", "plain", "backup", "shows", "denied"),
    [
        pytest.param(Disk(), ACCESS_DENIED, ACCESS_DENIED, False, True, id="not-in-effect"),
        pytest.param(Disk(by_right=True), ACCESS_DENIED, 0, True, False, id="in-effect"),
        pytest.param(Disk(bypasses=True), 0, 0, True, False, id="no-permission-applies-to-the-account"),
    ],
)
def test_what_the_file_shows(probing: Probing, disk: Disk, plain: int, backup: int, shows: bool, denied: bool) -> None:
    found = probing(disk)
    assert found == WriteProbe(SHARE, FOLDER, applied=True, plain=plain, backup=backup)
    assert (found.shows_right, found.denied) == (shows, denied)


def test_both_are_deleted_when_they_are_closed_and_the_file_first(probing: Probing) -> None:
    disk = Disk()
    probing(disk)
    assert [name for name, _ in disk.created] == [FOLDER, PROBE]
    assert all(options & DELETE_ON_CLOSE for _, options in disk.created), "also if krbcheck is killed in between"
    assert disk.closed_names[-2:] == [PROBE, FOLDER]
    assert (disk.entries, disk.handles) == ({}, {})


def test_the_file_denies_everyone_to_read(probing: Probing) -> None:
    disk = Disk(keeps=True)
    probing(disk)
    context = disk.entries[PROBE]
    assert context[16:20] == b"SecD"
    offset, size = struct.unpack_from("<HI", context, 10)
    descriptor = context[offset : offset + size]
    # MS-DTYP 2.4.6, 2.4.5, 2.4.4.4: a protected DACL, whose first entry denies FILE_READ_DATA to S-1-1-0.
    assert descriptor[:4] == bytes.fromhex("01000490")
    assert struct.unpack_from("<I", descriptor, 16)[0] == 20
    assert descriptor[28:36] == bytes.fromhex("0100140001000000")
    assert descriptor[36:48] == EVERYONE


def test_a_storage_that_stores_no_permissions_shows_nothing(probing: Probing) -> None:
    found = probing(Disk(stores=False, bypasses=True))
    assert (found.applied, found.shows_right, found.denied) == (False, False, False)
    assert "whose DACL the storage did not store" in found.summary()


@pytest.mark.parametrize(
    ("disk", "refused", "status"),
    [
        pytest.param(Disk(shares={SHARE: (ACCESS_DENIED, 0, None)}), "TREE_CONNECT", ACCESS_DENIED, id="share"),
        pytest.param(Disk(refuses={FOLDER: ACCESS_DENIED}), "create folder", ACCESS_DENIED, id="folder"),
        pytest.param(Disk(refuses={PROBE: DISK_FULL}), "create file", DISK_FULL, id="file"),
        pytest.param(Disk(full=DISK_FULL), "write", DISK_FULL, id="write"),
    ],
)
def test_each_refusal_is_an_answer_and_leaves_nothing(probing: Probing, disk: Disk, refused: str, status: int) -> None:
    found = probing(disk)
    assert (found.refused, found.status, found.left) == (refused, status, "")
    assert disk.entries == {}
    assert found.shows_right is False


def test_what_the_storage_does_not_remove_is_named(probing: Probing) -> None:
    assert probing(Disk(keeps=True)).left == FOLDER


def test_a_storage_that_ends_the_connection_may_have_kept_it(probing: Probing) -> None:
    found = probing(Disk(resets_at=WRITE_COMMAND))
    assert found.left == FOLDER
    assert "closed" in found.refused


def test_without_a_folder_nothing_is_created(serve: Callable[[Any], int], ticket: Ticket) -> None:
    disk = Disk(shares={SHARE: (0, 0x1F01FF, 0x1F01FF)})
    reply = backup_session(ticket, NAME, "127.0.0.1", [SHARE], "", 5.0, serve(disk))
    assert reply.write is None
    assert disk.created == []
    assert WRITE_COMMAND not in disk.commands
