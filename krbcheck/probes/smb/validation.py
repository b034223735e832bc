"""FSCTL_VALIDATE_NEGOTIATE_INFO: the server confirms, signed, the result of NEGOTIATE, which was in clear text.

Imported late, inside the functions of probes. Connections of 3.1.1 need none: their keys cover the NEGOTIATE.
`validated` returns the result where it is a fact about the storage; `confirm` ends every other session that fails it.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import IPC_TREE, SMB_3_1_1, VALIDATE, NegotiateInfo, Validation
from krbcheck.probes.smb.connection import reading
from krbcheck.probes.smb.pipeline import HEADER_BYTES, Pipeline, Request
from krbcheck.probes.smb.trees import Opened, connect
from krbcheck.windows.ntstatus import STATUS_SUCCESS

if TYPE_CHECKING:
    from krbcheck.probes.smb.session_setup import TokenSession

IOCTL, VALIDATE_NEGOTIATE_INFO, IS_FSCTL = 11, 0x00140204, 1
IOCTL_BYTES = 56
NO_FILE = b"\xff" * 16
INFO = struct.Struct("<I16sHH")
"""Capabilities, Guid, SecurityMode, Dialect (MS-SMB2 2.2.32.6)."""


def validated(session: TokenSession, pipeline: Pipeline, name: str, opened: Sequence[Opened]) -> Validation | None:
    """Returns what the server confirms in a signed session (MS-SMB2 3.2.5.5, 3.2.5.14.12); None for 3.1.1.

    The request is for a share that is connected, else for IPC$. A server older than the control code rejects it in a
    signed reply. A server that received another NEGOTIATE closes the connection (MS-SMB2 3.3.5.15.12).

    Raises NoAnswer: TIMED_OUT, UNREACHABLE, or MALFORMED for bytes that are not SMB; and NotSigned.
    """
    wire = session.wire
    if wire.dialect >= SMB_3_1_1:
        return None
    with reading(wire.where):
        negotiated = _negotiated(wire.negotiate_reply)
        offered = _offered(wire.negotiate_request)
        tree = next((entry for entry in opened if entry.status == STATUS_SUCCESS), None)
        if tree is None:
            tree = Opened("IPC$", 0)
            connect(pipeline, name, [tree])
    if tree.status:
        return Validation(negotiated, step=IPC_TREE, status=tree.status)
    request = Request(IOCTL, _request(offered), tree.tree, tree.sealed)
    try:
        (reply,) = pipeline.exchange([[request]])
    except NoAnswer as none:
        if none.gap is Gap.CLOSED:
            return Validation(negotiated, closed=True)
        raise
    if reply.status != STATUS_SUCCESS:
        return Validation(negotiated, step=VALIDATE, status=reply.status)
    with reading(wire.where):
        start, size = struct.unpack_from("<II", reply.body, 32)
        return Validation(negotiated, _info(*INFO.unpack(reply.body[start - HEADER_BYTES :][:size])))


def confirm(session: TokenSession) -> None:
    """Validates the NEGOTIATE of a session whose replies are all signed, before anything else is requested.

    A server without IPC$ or without the control code rejects them in a signed reply: nothing contradicts the NEGOTIATE
    then. Raises NoAnswer as `validated`, and MALFORMED for a reply that contradicts the NEGOTIATE and for a connection
    that the server closes instead.
    """
    result = validated(session, session.wire.pipeline, session.wire.server_name, ())
    if result is not None and result.contradictions:
        why = "; ".join(result.contradictions)
        raise NoAnswer(Gap.MALFORMED, f"{VALIDATE} of {session.wire.where} contradicts the NEGOTIATE: {why}")


def _request(offered: bytes) -> bytes:
    """Returns the IOCTL request (MS-SMB2 2.2.31)."""
    at = HEADER_BYTES + IOCTL_BYTES
    fixed = (57, 0, VALIDATE_NEGOTIATE_INFO, NO_FILE, at, len(offered), 0, at, 0, INFO.size, IS_FSCTL, 0)
    return struct.pack("<HHI16sIIIIIIII", *fixed) + offered


def _negotiated(message: bytes) -> NegotiateInfo:
    """Returns the content of a NEGOTIATE response with its header (MS-SMB2 2.2.4)."""
    mode, dialect = struct.unpack_from("<HH", message, HEADER_BYTES + 2)
    guid, capabilities = struct.unpack_from("<16sI", message, HEADER_BYTES + 8)
    return _info(capabilities, guid, mode, dialect)


def _offered(message: bytes) -> bytes:
    """Returns the content of the client's NEGOTIATE (MS-SMB2 2.2.3) in the form of the control code (2.2.31.4)."""
    count, mode, _, capabilities, guid = struct.unpack_from("<HHHI16s", message, HEADER_BYTES + 2)
    dialects = message[HEADER_BYTES + 36 : HEADER_BYTES + 36 + 2 * count]
    return struct.pack("<I16sHH", capabilities, guid, mode, count) + dialects


def _info(capabilities: int, guid: bytes, mode: int, dialect: int) -> NegotiateInfo:
    return NegotiateInfo(capabilities, str(uuid.UUID(bytes_le=guid)), mode, dialect)
