"""Reads credential caches in MIT's formats 3 and 4, writes format 4 (web.mit.edu/kerberos/krb5-latest/doc/formats)."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

from krbcheck.credentials.binary import BadFile, Reader
from krbcheck.credentials.wallet import Secret, Ticket
from krbcheck.windows.der import elements, inner, member
from krbcheck.windows.malformed import Malformed

CONFIG_REALM = "X-CACHECONF:"
APPLICATION_TICKET = 0x61
MAX_TICKETS = 10_000


def tickets(data: bytes) -> tuple[str, list[Ticket]]:
    """Returns the principal of a cache and its tickets; raises BadFile if the file is not a credential cache."""
    if data[:1] != b"\x05" or data[1:2] not in (b"\x03", b"\x04"):
        raise BadFile("it is not a credential cache of format 3 or 4")
    file, version = Reader(data[2:]), data[1]
    if version == 4:
        file.data16()  # header: the clock's offset
    client, client_realm = _principal(file)
    found: list[Ticket] = []
    while file.left and len(found) < MAX_TICKETS:
        ticket = _ticket(file, version)
        if ticket is not None:
            found.append(ticket)
    return f"{client}@{client_realm}", found


def _principal(file: Reader) -> tuple[str, str]:
    file.u32()  # the name's type
    count = file.u32()
    if count > 100:
        raise BadFile("it contains a name of more than 100 components")
    realm = file.text32()
    return "/".join(file.text32() for _ in range(count)), realm


def _ticket(file: Reader, version: int) -> Ticket | None:
    """Returns a ticket; None for an entry that holds a setting of the cache."""
    client, client_realm = _principal(file)
    service, service_realm = _principal(file)
    session_etype = file.u16()
    if version == 3:
        file.u16()
    session_key = file.data32()
    authtime, starttime, endtime, renew_till = (file.u32() for _ in range(4))
    file.u8()  # whether the ticket is encrypted in another ticket's session key
    flags = file.u32()
    for _ in range(2):  # addresses, then authorization data
        for _ in range(file.u32()):
            file.u16()
            file.data32()
    der = file.data32()
    file.data32()
    if service_realm == CONFIG_REALM:
        return None
    realm, etype, kvno = _sealed(der)
    return Ticket(
        f"{client}@{client_realm}",
        service,
        realm,
        Secret(der),
        Secret(session_key),
        etype,
        session_etype,
        kvno,
        flags,
        _time(authtime),
        _time(starttime or authtime),
        _time(endtime),
        _time(renew_till) if renew_till else None,
        client_realm,
    )


def _sealed(der: bytes) -> tuple[str, int, int | None]:
    """Returns the issuing realm, the encryption type and the key version of a Ticket (RFC 4120 5.3)."""
    try:
        body = inner(inner(der, APPLICATION_TICKET), 0x30)
        realm = inner(member(body, 0xA1), 0x1B).decode(errors="replace")
        sealed = dict(elements(inner(member(body, 0xA3), 0x30)))
        etype = int.from_bytes(inner(sealed[0xA0], 0x02), "big", signed=True)
        kvno = int.from_bytes(inner(sealed[0xA1], 0x02), "big") if 0xA1 in sealed else None
    except (Malformed, KeyError):
        raise BadFile("it contains an entry that is not a ticket") from None
    return realm, etype, kvno


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


NT_PRINCIPAL, NT_SRV_INST = 1, 2


def written(tgt: Ticket) -> bytes:
    """Returns a credential cache of format 4 that holds one TGT."""
    client = _named(tgt.client, NT_PRINCIPAL)
    renew_till = tgt.renew_till or datetime.fromtimestamp(0, UTC)
    times = (int(time.timestamp()) for time in (tgt.authtime, tgt.starttime, tgt.endtime, renew_till))
    return b"".join(
        (
            b"\x05\x04\0\0",
            client,
            client,
            _named(f"{tgt.service}@{tgt.realm}", NT_SRV_INST),
            struct.pack(">H", tgt.session_etype),
            _counted(tgt.session_key.reveal()),
            struct.pack(">IIIIBIII", *times, 0, tgt.flags, 0, 0),
            _counted(tgt.der.reveal()),
            _counted(b""),
        )
    )


def _named(principal: str, kind: int) -> bytes:
    name, _, realm = principal.rpartition("@")
    parts = name.split("/")
    return struct.pack(">II", kind, len(parts)) + b"".join(_counted(part.encode()) for part in (realm, *parts))


def _counted(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
