"""Negotiates with a storage: SMB 2 and 3 with every dialect offered, and SMB 1 alone. No credential is used."""

from __future__ import annotations

import struct
import uuid
from datetime import UTC, datetime, timedelta

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import SmbNegotiated, SmbOneReply
from krbcheck.probes.kerberos import spnego
from krbcheck.probes.tcp.stream import Stream
from krbcheck.windows.malformed import Malformed
from krbcheck.windows.ntstatus import STATUS_SUCCESS

PORT = 445
SMB_3_1_1 = 0x0311
CIPHERS, SIGNING = 2, 8
"""Negotiate context types (MS-SMB2 2.2.4.1) whose data is a count and that many numbers."""
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
HEADER_BYTES = 64
SMB_ONE_HEADER = b"\xffSMB\x72" + bytes(4) + b"\x18" + struct.pack("<H", 0xC801) + bytes(12) + b"\xff\xff" + bytes(6)
"""SMB_COM_NEGOTIATE; Flags2: NTSTATUS, Unicode, extended security, long names (MS-CIFS 2.2.3.1)."""
NT_LM_012 = b"\x02NT LM 0.12\x00"


def negotiate(name: str, address: str, source: str, seconds: float, port: int = PORT) -> SmbNegotiated:
    """Returns the reply to a NEGOTIATE with every dialect; `name` is the server name that hosts put into the netname
    context.

    `seconds` is the limit for the exchange. An NTSTATUS is a reply. Raises NoAnswer: TIMED_OUT, REFUSED, CLOSED,
    UNREACHABLE, or MALFORMED for bytes that are not SMB.
    """
    from krbcheck.probes.smb.connection import Wire, reading

    with Stream(address, port, source, seconds) as stream:
        wire = Wire(stream, name, signing=False)
        status = wire.negotiate()
        if status != STATUS_SUCCESS:
            return SmbNegotiated(status)
        with reading(stream.where):
            return negotiated(wire.negotiate_reply)


def negotiated(message: bytes) -> SmbNegotiated:
    """Returns the content of a NEGOTIATE response with its header (MS-SMB2 2.2.4); raises struct.error or ValueError
    for any other message.
    """
    mode, dialect, count = struct.unpack_from("<HHH", message, HEADER_BYTES + 2)
    capabilities = struct.unpack_from("<I", message, HEADER_BYTES + 24)[0]
    moment = struct.unpack_from("<Q", message, HEADER_BYTES + 40)[0]
    start, size, contexts = struct.unpack_from("<HHI", message, HEADER_BYTES + 56)
    found = _contexts(message, contexts, count) if dialect == SMB_3_1_1 else {}
    return SmbNegotiated(
        STATUS_SUCCESS,
        dialect=dialect,
        security_mode=mode,
        capabilities=capabilities,
        ciphers=found.get(CIPHERS, ()),
        signing_algorithms=found.get(SIGNING, ()),
        mechs=_mechs(message[start : start + size]),
        server_guid=str(uuid.UUID(bytes_le=message[HEADER_BYTES + 8 : HEADER_BYTES + 24])),
        system_time=filetime(moment),
    )


def _contexts(message: bytes, start: int, count: int) -> dict[int, tuple[int, ...]]:
    """Returns the server's choices by context type; each context starts at a multiple of eight bytes."""
    found: dict[int, tuple[int, ...]] = {}
    for _ in range(count):
        kind, size = struct.unpack_from("<HH", message, start)
        if kind in (CIPHERS, SIGNING):
            amount = struct.unpack_from("<H", message, start + 8)[0]
            found[kind] = struct.unpack_from(f"<{amount}H", message, start + 10)
        start += 8 + (size + 7) // 8 * 8
    return found


def _mechs(hint: bytes) -> tuple[str, ...]:
    """Returns the mechanisms in the security buffer, which may be empty, as a server may omit the hint."""
    try:
        return spnego.offered(hint) if hint else ()
    except (NoAnswer, Malformed):
        return ()


def filetime(moment: int) -> datetime | None:
    """Returns the time in UTC of a number of 100 ns since 1601 (MS-DTYP 2.3.3); None for 0 and for a time after the
    year 9999.
    """
    try:
        return EPOCH + timedelta(microseconds=moment // 10) if moment else None
    except OverflowError:
        return None


def smb_one(address: str, source: str, seconds: float, port: int = PORT) -> SmbOneReply:
    """Returns the reply to a NEGOTIATE that offers "NT LM 0.12" alone. A server without SMB 1 closes the connection
    (MS-SMB2 3.3.5.3.2).

    `seconds` is the limit for the exchange. Raises NoAnswer: TIMED_OUT, REFUSED, UNREACHABLE, CLOSED in the middle of a
    reply, or MALFORMED for bytes that are not SMB.
    """
    message = SMB_ONE_HEADER + b"\x00" + struct.pack("<H", len(NT_LM_012)) + NT_LM_012
    with Stream(address, port, source, seconds) as stream:
        stream.send(len(message).to_bytes(4, "big") + message)
        try:
            first = stream.receive(1)
        except NoAnswer as none:
            if none.gap is Gap.CLOSED:
                return SmbOneReply(closed=True)
            raise
        size = int.from_bytes(first + stream.receive(3), "big")
        reply = stream.receive(min(size, 1 << 16))
    return smb_one_reply(reply, stream.where)


def smb_one_reply(message: bytes, where: str) -> SmbOneReply:
    """Returns the DialectIndex of a negotiate response (MS-CIFS 2.2.4.52.2), none for a reply in SMB 2; raises NoAnswer
    (MALFORMED) for bytes that are not SMB.
    """
    if message[:4] == b"\xfeSMB" and len(message) >= HEADER_BYTES:
        return SmbOneReply(closed=False, status=struct.unpack_from("<I", message, 8)[0])
    if message[:5] != b"\xffSMB\x72" or len(message) < 33:
        raise NoAnswer(Gap.MALFORMED, f"{where} answers with bytes that are not SMB")
    status = struct.unpack_from("<I", message, 5)[0]
    words = message[32]
    index = struct.unpack_from("<H", message, 33)[0] if words and len(message) >= 35 else 0xFFFF
    return SmbOneReply(closed=False, status=status, dialect_index=index)
