"""Reads files of a share over one SMB session with a service ticket. Opens for reading only; writes nothing."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.windows.ntstatus import STATUS_SUCCESS, ntstatus_name

if TYPE_CHECKING:
    from krbcheck.probes.smb.pipeline import Answer
    from krbcheck.probes.smb.session_setup import TokenSession
    from krbcheck.probes.smb.trees import Opened

PORT = 445
READ_FILE = 0x00120081
"""FILE_READ_DATA, FILE_READ_ATTRIBUTES, READ_CONTROL, SYNCHRONIZE (MS-SMB2 2.2.13.1.1)."""
PIECE = 1 << 16
"""The bytes that one credit reads (MS-SMB2 3.1.5.2)."""
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
        tree = session.tree(share)
        if tree.status:
            raise NoAnswer(Gap.NOT_ALLOWED, rf"{name} refuses \\{name}\{share}: {ntstatus_name(tree.status)}")
        return tuple(_read(session, tree, paths, most))


def _read(session: TokenSession, tree: Opened, paths: Sequence[str], most: int) -> Iterator[FileRead]:
    """Yields the files: the start of each is read as far as the credits of the server allow, then the rest of long
    ones, which are opened again for each piece.
    """
    for path, first in zip(paths, _pieces(session, tree, [(path, 0) for path in paths]), strict=True):
        data = first.data
        while len(data) < first.size <= most:
            (piece,) = _pieces(session, tree, [(path, len(data))])
            if not piece.data:
                break
            data += piece.data
        yield first._replace(data=data)


def _pieces(session: TokenSession, tree: Opened, wanted: Sequence[tuple[str, int]]) -> list[FileRead]:
    """Returns the bytes of each file from an offset on; each file is opened, read and closed in one message."""
    from krbcheck.probes.smb.connection import reading
    from krbcheck.probes.smb.requests import NOT_A_FOLDER, chain, close, create, read

    chains = [
        chain(tree, create(path, READ_FILE, NOT_A_FOLDER), read(PIECE, offset), close()) for path, offset in wanted
    ]
    answers: dict[tuple[int, int], Answer] = {}
    for answer in session.wire.pipeline.exchange(chains):
        answers[answer.chain, answer.position] = answer
    with reading(session.wire.where):
        return [_piece(answers[number, 0], answers[number, 1]) for number in range(len(chains))]


def _piece(opened: Answer, came: Answer) -> FileRead:
    """Raises ValueError or struct.error for a response that is malformed."""
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
