"""Creates a file whose DACL denies everyone to read it, and reads it with and without backup intent.

This is the only probe that writes, and runs with --write-probes alone. The folder and the file are created with
FILE_DELETE_ON_CLOSE: the server removes them when they are closed, also if the connection ends because krbcheck was
interrupted or killed. Imported late, inside the functions of probes.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from krbcheck.facts.backup_sessions import WriteProbe
from krbcheck.facts.observation import NoAnswer
from krbcheck.probes.smb.connection import reading
from krbcheck.probes.smb.requests import (
    BACKUP_INTENT,
    CLOSE,
    CREATE_BYTES,
    DIRECTORY,
    HEADER_BYTES,
    IMPERSONATION,
    NOT_A_FOLDER,
    OPEN,
    QUERY_INFO,
    SECURITY,
    SHARE_ALL,
    chain,
    read,
)
from krbcheck.probes.smb.requests import CREATE as CREATE_COMMAND
from krbcheck.windows.ntstatus import STATUS_SUCCESS

if TYPE_CHECKING:
    from krbcheck.probes.smb.pipeline import Answer
    from krbcheck.probes.smb.session_setup import TokenSession
    from krbcheck.probes.smb.trees import Opened

FILE = "probe.txt"
CONTENT = b"k"
WRITE_COMMAND = 9
CREATE, DELETE_ON_CLOSE = 2, 0x1000
"""FILE_CREATE of CreateDisposition, and FILE_DELETE_ON_CLOSE of CreateOptions (MS-SMB2 2.2.13)."""
READ_DATA, WRITE_DATA, READ_ATTRIBUTES, DELETE, READ_CONTROL, SYNCHRONIZE = 0x1, 0x2, 0x80, 0x10000, 0x20000, 0x100000
LIST, ADD_FILE = 0x1, 0x2
FOLDER_ACCESS = LIST | ADD_FILE | READ_ATTRIBUTES | DELETE | SYNCHRONIZE
FILE_ACCESS = WRITE_DATA | READ_ATTRIBUTES | DELETE | READ_CONTROL | SYNCHRONIZE
DACL_INFORMATION = 4
"""DACL_SECURITY_INFORMATION (MS-SMB2 2.2.37)."""
SECURITY_DESCRIPTOR = b"SecD"
"""SMB2_CREATE_SD_BUFFER (MS-SMB2 2.2.13.2.2)."""
ALLOW, DENY = 0, 1
EVERYONE = bytes.fromhex("010100000000000100000000")
"""S-1-1-0 (MS-DTYP 2.4.2.2)."""
SELF_RELATIVE, DACL_PROTECTED, DACL_PRESENT = 0x8000, 0x1000, 0x0004
MOST_BYTES = 1 << 16


def write_probe(session: TokenSession, share: str, folder: str) -> WriteProbe:
    """Returns what a file of its own in a new folder of the share shows; both are removed before it returns.

    A status other than success is a reply. What the server does not answer ends the probe: `refused` is then the
    reason, and the server removes the file when the connection ends.
    """
    try:
        tree = session.tree(share)
        if tree.status != STATUS_SUCCESS:
            return WriteProbe(share, folder, "TREE_CONNECT", tree.status or 0)
        return _Probe(session, tree, folder).result()
    except NoAnswer as none:
        session.broken = True
        return WriteProbe(share, folder, none.detail, left=folder)


class _Probe:
    """The requests in one tree."""

    def __init__(self, session: TokenSession, tree: Opened, folder: str) -> None:
        self.wire, self.tree, self.folder = session.wire, tree, folder

    def result(self) -> WriteProbe:
        """Returns the result. The folder is closed last: a server removes no folder that has a file."""
        share = self.tree.share
        made = self._create(self.folder, FOLDER_ACCESS, CREATE, DIRECTORY | DELETE_ON_CLOSE)
        if made.status != STATUS_SUCCESS:
            return WriteProbe(share, self.folder, "create folder", made.status)
        name = f"{self.folder}\\{FILE}"
        file = self._create(name, FILE_ACCESS, CREATE, NOT_A_FOLDER | DELETE_ON_CLOSE, _denying())
        if file.status != STATUS_SUCCESS:
            self._close(made)
            return WriteProbe(share, self.folder, "create file", file.status, left=self._left())
        refused, status = self._write(file)
        applied = self._denies(file)
        plain, backup = self._read(name, 0), self._read(name, BACKUP_INTENT)
        self._close(file)
        self._close(made)
        return WriteProbe(share, self.folder, refused, status, applied, plain, backup, self._left())

    def _ask(self, command: int, body: bytes) -> Answer:
        return self.wire.pipeline.ask(*chain(self.tree, (command, body)))

    def _create(self, name: str, access: int, disposition: int, options: int, contexts: bytes = b"") -> Answer:
        """Sends a CREATE (MS-SMB2 2.2.13)."""
        path = name.encode("utf-16-le")
        at = HEADER_BYTES + CREATE_BYTES
        buffer = path + bytes(-len(path) % 8) if contexts else path
        where = (at, len(path), at + len(buffer) if contexts else 0, len(contexts))
        rest = (SHARE_ALL, disposition, options, *where)
        fixed = struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, IMPERSONATION, 0, 0, access, 0, *rest)
        return self._ask(CREATE_COMMAND, fixed + buffer + contexts)

    def _write(self, file: Answer) -> tuple[str, int]:
        """Writes one byte (MS-SMB2 2.2.21): only a read shows the access, and an empty file has nothing to read."""
        fixed = struct.pack("<HHIQ16sIIHHI", 49, HEADER_BYTES + 48, len(CONTENT), 0, _id(file), 0, 0, 0, 0, 0)
        status = self._ask(WRITE_COMMAND, fixed + CONTENT).status
        return ("", STATUS_SUCCESS) if status == STATUS_SUCCESS else ("write", status)

    def _denies(self, file: Answer) -> bool:
        """Returns whether the file has the DACL with which it was created (MS-DTYP 2.4.5)."""
        fixed = (41, SECURITY, 0, MOST_BYTES, 0, 0, 0, DACL_INFORMATION, 0, _id(file))
        answer = self._ask(QUERY_INFO, struct.pack("<HBBIHHIII16s", *fixed))
        if answer.status != STATUS_SUCCESS:
            return False
        with reading(self.wire.where):
            start, size = struct.unpack_from("<HI", answer.body, 2)
            descriptor = answer.body[start - HEADER_BYTES : start - HEADER_BYTES + size]
            dacl = descriptor[struct.unpack_from("<I", descriptor, 16)[0] :]
            if struct.unpack_from("<H", dacl, 4)[0] == 0:
                return False
            kind, _, _, mask = struct.unpack_from("<BBHI", dacl, 8)
        return bool(kind == DENY and mask & READ_DATA and dacl[16 : 16 + len(EVERYONE)] == EVERYONE)

    def _read(self, name: str, intent: int) -> int:
        """Returns the NTSTATUS of an open to read the file; if it succeeds, that of the read."""
        opened = self._create(name, READ_DATA | READ_ATTRIBUTES | SYNCHRONIZE, OPEN, NOT_A_FOLDER | intent)
        if opened.status != STATUS_SUCCESS:
            return opened.status
        status = self._ask(*read(len(CONTENT), 0, _id(opened))).status
        self._close(opened)
        return status

    def _close(self, opened: Answer) -> None:
        self._ask(CLOSE, struct.pack("<HHI16s", 24, 0, 0, _id(opened)))

    def _left(self) -> str:
        """Returns the name of the folder if it still exists."""
        found = self._create(self.folder, READ_ATTRIBUTES, OPEN, DIRECTORY)
        if found.status != STATUS_SUCCESS:
            return ""
        self._close(found)
        return self.folder


def _id(opened: Answer) -> bytes:
    """Returns the FileId of a CREATE response (MS-SMB2 2.2.14)."""
    return opened.body[64:80]


def _denying() -> bytes:
    """Returns the create context of the file's security descriptor (MS-SMB2 2.2.13.2).

    It denies everyone to read, which no group of the account can change, and allows everyone to delete the file.
    """
    entries = _entry(DENY, READ_DATA) + _entry(ALLOW, DELETE | READ_CONTROL | READ_ATTRIBUTES | SYNCHRONIZE)
    dacl = struct.pack("<BBHHH", 2, 0, 8 + len(entries), 2, 0) + entries
    control = SELF_RELATIVE | DACL_PROTECTED | DACL_PRESENT
    descriptor = struct.pack("<BBHIIII", 1, 0, control, 0, 0, 0, 20) + dacl
    return struct.pack("<IHHHHI", 0, 16, 4, 0, 24, len(descriptor)) + SECURITY_DESCRIPTOR + bytes(4) + descriptor


def _entry(kind: int, mask: int) -> bytes:
    return struct.pack("<BBHI", kind, 0, 8 + len(EVERYONE), mask) + EVERYONE
