"""Reads files of a share over one SMB session with a service ticket. Opens for reading only; writes nothing."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.windows.ntstatus import STATUS_SUCCESS, ntstatus_name

PORT = 445
READ_FILE = 0x00120081
"""FILE_READ_DATA, FILE_READ_ATTRIBUTES, READ_CONTROL, SYNCHRONIZE (MS-SMB2 2.2.13.1.1)."""
SHARE_ALL, OPEN, NOT_A_FOLDER, IMPERSONATION = 7, 1, 0x40, 2
SAME_FILE = b"\xff" * 16
"""In a related request: the file that the previous request opened (MS-SMB2 3.2.4.1.4)."""
PIECE = 1 << 16
"""The bytes that one credit reads (MS-SMB2 3.1.5.2)."""
MESSAGES = 3
"""The credits that one file needs: CREATE, READ, CLOSE."""
END_OF_FILE = 0xC0000011
HEADER_BYTES, READ_BYTES = 64, 16
"""The bytes before the data of a READ response (MS-SMB2 2.2.20)."""


class FileRead(NamedTuple):
    """The result for one file: `status` is the NTSTATUS of the open, `size` the file's in bytes, `data` all of it or
    its start.
    """

    status: int
    size: int = 0
    data: bytes = b""


def read_files(
    ticket: Ticket,
    name: str,
    address: str,
    share: str,
    paths: Sequence[str],
    most: int,
    seconds: float,
    port: int = PORT,
) -> tuple[FileRead, ...]:
    r"""Returns the result for each file, in the order of `paths` (`folder\file` in the share); its start, if it is
    larger than `most` bytes.

    `seconds` is the limit for the connection and all files. Raises NoAnswer: TIMED_OUT, REFUSED, CLOSED, UNREACHABLE,
    NOT_ALLOWED if the server rejects the session or the share or the session key is of a weak encryption type, or
    MALFORMED for bytes that are not SMB, a session as Guest, and a reply that the session's key did not sign: a policy
    file is not secret, so any host could forge it. Raises Malformed if a Kerberos message of the server is malformed.
    """
    from krbcheck.probes.smb.session_setup import proved_session

    with proved_session(ticket, name, address, "", seconds, port) as (session, refused):
        if refused:
            raise NoAnswer(Gap.NOT_ALLOWED, f"{name} refuses the SMB session: {ntstatus_name(refused)}")
        reply = session.wire.ask(session.tree_connect(share), session.session_id)
        if reply.status != STATUS_SUCCESS:
            raise NoAnswer(Gap.NOT_ALLOWED, rf"{name} refuses \\{name}\{share}: {ntstatus_name(reply.status)}")
        session.tree_connected(share, reply)
        return tuple(_read(session, reply.tree, paths, most))


def _read(session: Any, tree: int, paths: Sequence[str], most: int) -> Iterator[FileRead]:
    """Yields the files: the start of each is read as far as the credits of the server allow, then the rest of long
    ones, which are opened again for each piece.
    """
    for path, first in zip(paths, _beginnings(session, tree, paths), strict=True):
        data = first.data
        while len(data) < first.size <= most:
            more = _came(session, _sent(session, tree, path, len(data))).data
            if not more:
                break
            data += more
        yield first._replace(data=data)


def _beginnings(session: Any, tree: int, paths: Sequence[str]) -> list[FileRead]:
    wire, in_flight, found = session.wire, deque[Any](), []
    for path in paths:
        while in_flight and wire.sequence_window["high"] - wire.sequence_window["low"] < MESSAGES:
            found.append(_came(session, in_flight.popleft()))
        in_flight.append(_sent(session, tree, path, 0))
    return found + [_came(session, entry) for entry in in_flight]


def _sent(session: Any, tree: int, path: str, offset: int) -> Any:
    """Sends the requests that open, read and close a file, in one message."""
    from smbprotocol.open import SMB2CloseRequest, SMB2CreateRequest, SMB2ReadRequest

    from krbcheck.probes.smb.connection import reading

    create = SMB2CreateRequest()
    create["impersonation_level"] = IMPERSONATION
    create["desired_access"] = READ_FILE
    create["share_access"] = SHARE_ALL
    create["create_disposition"] = OPEN
    create["create_options"] = NOT_A_FOLDER
    create["buffer_path"] = path.encode("utf-16-le")
    read = SMB2ReadRequest()
    read["length"], read["offset"], read["file_id"] = PIECE, offset, SAME_FILE
    close = SMB2CloseRequest()
    close["file_id"] = SAME_FILE
    with reading(session.wire.where):
        return session.wire.send_compound([create, read, close], session.session_id, tree, related=True)


def _came(session: Any, requests: Any) -> FileRead:
    from krbcheck.probes.smb.connection import reading

    wire = session.wire
    with reading(wire.where):
        opened, came, _ = (wire.answer(request) for request in requests)
        if opened.status != STATUS_SUCCESS:
            return FileRead(opened.status)
        size = struct.unpack_from("<Q", opened.body, 48)[0]
        if came.status == END_OF_FILE:
            return FileRead(STATUS_SUCCESS, size)
        if came.status != STATUS_SUCCESS:
            return FileRead(came.status, size)
        start, length = struct.unpack_from("<BxI", came.body, 2)
        data = came.body[max(start - HEADER_BYTES, 0) :][:length]
        if start < HEADER_BYTES + READ_BYTES or not data or len(data) != length:
            raise ValueError("a READ response without its data")
        return FileRead(STATUS_SUCCESS, size, data)
