"""Offers each dialect of SMB 2 and 3 to a storage individually. No credential is used."""

from __future__ import annotations

import struct
from contextlib import ExitStack

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import SmbNegotiated
from krbcheck.facts.smb_features import (
    CAP_ENCRYPTION,
    CAP_LEASING,
    CAP_PERSISTENT_HANDLES,
    DIALECTS,
    SIGNING_ENABLED,
    DialectReplies,
)
from krbcheck.probes.smb.negotiate import negotiated
from krbcheck.probes.smb.offers import offer
from krbcheck.probes.tcp.stream import Stream
from krbcheck.windows.ntstatus import STATUS_NOT_SUPPORTED, STATUS_SUCCESS

PORT = 445
HEADER_BYTES = 64
MOST_BYTES = 1 << 16
CAP_LARGE_MTU, CAP_MULTI_CHANNEL, CAP_DIRECTORY_LEASING = 0x04, 0x08, 0x20
CAPABILITIES = (
    CAP_LEASING | CAP_LARGE_MTU | CAP_MULTI_CHANNEL | CAP_PERSISTENT_HANDLES | CAP_DIRECTORY_LEASING | CAP_ENCRYPTION
)
"""A server states these only to clients that have them (MS-SMB2 3.3.5.4)."""
NOT_SPOKEN = SmbNegotiated(STATUS_NOT_SUPPORTED)


def dialects(address: str, source: str, seconds: float, port: int = PORT) -> DialectReplies:
    """Returns the reply to one NEGOTIATE for each dialect, which offers it alone.

    All requests are sent before the first reply is read; `seconds` is the limit of each connection. A server that
    closes the connection does not support the dialect. Raises NoAnswer: TIMED_OUT, REFUSED, UNREACHABLE, or MALFORMED
    for bytes that are not SMB; CLOSED if the server closes all connections.
    """
    with ExitStack() as streams:
        asked = []
        for dialect in DIALECTS:
            asked.append(streams.enter_context(Stream(address, port, source, seconds)))
            asked[-1].send(_framed(request(dialect)))
        replies = tuple(_reply_or_hung_up(stream) for stream in asked)
    if all(isinstance(reply, NoAnswer) for reply in replies):
        raise next(reply for reply in replies if isinstance(reply, NoAnswer))
    return DialectReplies(tuple(NOT_SPOKEN if isinstance(reply, NoAnswer) else reply for reply in replies))


def _reply_or_hung_up(stream: Stream) -> SmbNegotiated | NoAnswer:
    """Returns the reply, or the NoAnswer of a server that closes the connection because it does not support the
    dialect.

    Each connection is closed after its answer: a server may process one after another.
    """
    try:
        with stream:
            return _reply(stream)
    except NoAnswer as none:
        if none.gap is Gap.CLOSED:
            return none
        raise


def request(dialect: int) -> bytes:
    """Returns a NEGOTIATE that offers one dialect (MS-SMB2 2.2.3), with its header."""
    header = b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ16s", 64, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, b"")
    return header + offer([dialect], SIGNING_ENABLED, CAPABILITIES)


def _framed(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message


def _reply(stream: Stream) -> SmbNegotiated:
    size = int.from_bytes(stream.receive(4), "big")
    if not HEADER_BYTES <= size <= MOST_BYTES:
        raise NoAnswer(Gap.MALFORMED, f"{stream.where} answers with bytes that are not SMB")
    message = stream.receive(size)
    command = struct.unpack_from("<H", message, 12)[0]
    if message[:4] != b"\xfeSMB" or command:
        raise NoAnswer(Gap.MALFORMED, f"{stream.where} answers with bytes that are not SMB")
    status = struct.unpack_from("<I", message, 8)[0]
    if status != STATUS_SUCCESS:
        return SmbNegotiated(status)
    try:
        return negotiated(message)
    except (struct.error, ValueError, LookupError) as bad:
        raise NoAnswer(Gap.MALFORMED, f"{stream.where} answers with bytes that are not SMB") from bad
