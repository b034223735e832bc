"""What a storage itself answers in a pipe, signed: other fragments, faults, NTSTATUS codes. For `SmbReplay.spoil`."""

from __future__ import annotations

import struct

from tests.support.smb_captured import HEADER
from tests.support.smb_faults import signed
from tests.support.smb_replay import SmbReplay, Spoil

FAULT, BIND_NAK, RESPONSE = 3, 13, 2
STUB = 24
"""The octets of a response before its content (C706 12.6.4.10)."""


def fragment(kind: int, body: bytes, version: int = 5) -> bytes:
    """A PDU of RPC (C706 12.6.3.1) for call 1."""
    return struct.pack("<BBBB4sHHI", version, 0, kind, 3, b"\x10\0\0\0", 16 + len(body), 0, 1) + body


def fault(number: int) -> bytes:
    return fragment(FAULT, struct.pack("<IHBBII", 0, 0, 0, 0, number, 0))


def with_output(part: bytes, data: bytes) -> bytes:
    """The response to FSCTL_PIPE_TRANSCEIVE with another output (MS-SMB2 2.2.32)."""
    fixed = part[HEADER : HEADER + 32] + struct.pack("<IIII", HEADER + 48, len(data), 0, 0)
    return part[:HEADER] + fixed + data


def output(part: bytes) -> bytes:
    start, size = struct.unpack_from("<II", part, HEADER + 32)
    return part[start : start + size]


def answers(data: bytes) -> Spoil:
    """The output of FSCTL_PIPE_TRANSCEIVE is these bytes."""
    return lambda peer, part: signed(peer, with_output(part, data))


def returns(status: int) -> Spoil:
    """The last four octets of a call's response: its return value. What precedes them stays."""

    def spoil(peer: SmbReplay, part: bytes) -> bytes:
        return signed(peer, part[:-4] + struct.pack("<I", status))

    return spoil


def without(old: bytes, new: bytes) -> Spoil:
    """Replaces octets in the output, of the same length, which must be there once."""
    assert len(old) == len(new)

    def spoil(peer: SmbReplay, part: bytes) -> bytes:
        assert output(part).count(old) == 1
        return signed(peer, with_output(part, output(part).replace(old, new)))

    return spoil


def ends(status: int) -> Spoil:
    """The request ends with an NTSTATUS and an ERROR response."""

    def spoil(peer: SmbReplay, part: bytes) -> bytes:
        return signed(peer, part[:8] + struct.pack("<I", status) + part[12:HEADER] + struct.pack("<HHIB", 9, 0, 0, 0))

    return spoil
