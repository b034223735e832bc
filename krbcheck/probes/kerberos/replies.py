"""Reads the Kerberos messages of KDCs as facts (RFC 4120, MS-KILE). Nothing is sent; every byte may be hostile.

The functions raise Malformed if the bytes are not the message that they read.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from krbcheck.credentials.wallet import Secret, Ticket
from krbcheck.facts.kerberos import KrbError, TicketFacts
from krbcheck.facts.observation import MAX_TEXT, Gap, NoAnswer
from krbcheck.probes.kerberos.aes_cts import Key
from krbcheck.probes.kerberos.keys import unseal
from krbcheck.windows import der
from krbcheck.windows.malformed import Malformed

AS_REP, TGS_REP, AP_REQ, AP_REP, KRB_ERROR = 11, 13, 14, 15, 30
TICKET, ENC_AS_REP_PART, ENC_TGS_REP_PART, ENC_AP_REP_PART = 1, 25, 26, 27
PA_ETYPE_INFO2 = 19
EXTENDED = 3
"""KERB_ERR_TYPE_EXTENDED in a KERB-ERROR-DATA, and the padata-type with the same content (MS-KILE 2.2.1, 2.2.2)."""
MOST_OFFERS = 32
KEY_BYTES = {17: 16, 18: 32, 23: 16}


class Offer(NamedTuple):
    """One entry of an ETYPE-INFO2 (RFC 4120 5.2.7.5); `params` are the s2kparams, empty for the default."""

    etype: int
    salt: bytes
    params: bytes


class Sealed(NamedTuple):
    """An EncryptedData (RFC 4120 5.2.9); `kvno` is None if it is absent."""

    etype: int
    kvno: int | None
    cipher: bytes


def kind(reply: bytes) -> int:
    """Returns the application tag of a message; -1 if it has none."""
    return reply[0] & 0x1F if reply[:1] and reply[0] & 0xE0 == 0x60 else -1


def message(reply: bytes, tag: int) -> der.Fields:
    """Returns the fields of the message with the application tag `tag`; raises Malformed for any other."""
    return der.fields(der.inner(reply, 0x60 | tag))


def name(data: bytes) -> str:
    """Returns a PrincipalName with slashes between its parts; raises Malformed."""
    parts = (part[:MAX_TEXT].decode(errors="replace") for part in der.items(der.fields(data)[1], der.TEXT))
    return "/".join(islice(parts, MOST_OFFERS))[:MAX_TEXT]


def sealed(data: bytes) -> Sealed:
    """Returns an EncryptedData; raises Malformed."""
    found = der.fields(data)
    kvno = der.read_unsigned(found[1]) if 1 in found else None
    return Sealed(der.read_integer(found[0]), kvno, der.read_octets(found[2]))


def key(etype: int, contents: bytes) -> Key:
    """Returns the key; raises NoAnswer (MALFORMED) if the encryption type is unknown or the size is wrong."""
    if KEY_BYTES.get(etype) != len(contents):
        raise NoAnswer(Gap.MALFORMED, f"{len(contents)} bytes for a key of encryption type {etype}")
    return Key(etype, contents)


class NotOurKey(NoAnswer):
    """The key of the credential does not decrypt the reply."""

    def __init__(self) -> None:
        super().__init__(Gap.MALFORMED, "the KDC's reply does not open with our key")


def krb_error(data: bytes) -> KrbError:
    """Returns a KRB-ERROR with the content of its e-data: an NTSTATUS, or the encryption types and the salt. Raises
    Malformed.
    """
    said = message(data, KRB_ERROR)
    e_data = der.read_octets(said[12]) if 12 in said else b""
    offered = etype_info2(e_data)
    return KrbError(
        code=der.read_integer(said[6]),
        stime=der.read_moment(said[4]),
        ntstatus=ntstatus(e_data),
        text=der.read_text(said[11]) if 11 in said else "",
        realm=der.read_text(said[9]) if 9 in said else "",
        service=name(said[10]) if 10 in said else "",
        client_realm=der.read_text(said[7]) if 7 in said else "",
        etypes=tuple(offer.etype for offer in offered),
        salt=offered[0].salt.decode(errors="replace")[:MAX_TEXT] if offered else "",
    )


def method_data(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yields the type and the value of each PA-DATA; e-data of another type has none."""
    try:
        for item in der.items(data, der.SEQUENCE):
            entry = der.fields(der.sequence(item))
            yield der.read_integer(entry[1]), der.read_octets(entry[2])
    except Malformed:
        return


def ntstatus(e_data: bytes) -> int | None:
    """Returns the NTSTATUS of a KERB-EXT-ERROR in a KERB-ERROR-DATA, or in METHOD-DATA, where its type is that of a
    salt.
    """
    values = [value for found, value in method_data(e_data) if found == EXTENDED]
    try:
        bare = der.fields(e_data)
        if der.read_integer(bare[1]) == EXTENDED:
            values.append(der.read_octets(bare[2]))
    except Malformed:
        pass
    statuses = (int.from_bytes(value[:4], "little") for value in values if len(value) == 12)
    return next((status for status in statuses if status >> 30 == 3), None)  # the severity of an error; a salt is text


def etype_info2(e_data: bytes) -> list[Offer]:
    """Returns the offers in METHOD-DATA, in the KDC's order of preference."""
    found = (offer for which, value in method_data(e_data) if which == PA_ETYPE_INFO2 for offer in _offers(value))
    return list(islice(found, MOST_OFFERS))


def _offers(value: bytes) -> list[Offer]:
    found = []
    try:
        for item in islice(der.items(value, der.SEQUENCE), MOST_OFFERS):
            entry = der.fields(der.sequence(item))
            salt = der.inner(entry[1], der.TEXT) if 1 in entry else b""
            found.append(Offer(der.read_integer(entry[0]), salt, der.read_octets(entry[2]) if 2 in entry else b""))
    except Malformed:
        return []
    return found


def key_offers(reply: bytes) -> list[Offer]:
    """Returns the encryption types and salts for the client's key: all that a KRB-ERROR offers, or that of an AS-REP.
    Raises Malformed.
    """
    if kind(reply) == KRB_ERROR:
        said = message(reply, KRB_ERROR)
        return etype_info2(der.read_octets(said[12])) if 12 in said else []
    said = message(reply, AS_REP)
    etype = sealed(said[6]).etype
    same = [offer for offer in etype_info2(said.get(2, b"")) if offer.etype == etype]
    return same[:1] or [Offer(etype, b"", b"")]


def grant(reply: bytes, tag: int, key: Key, usage: int, nonce: int) -> tuple[TicketFacts, Ticket]:
    """Returns the fact and the ticket of an AS-REP or TGS-REP (`tag`), whose encrypted part `key` decrypts under
    `usage`.

    Raises NotOurKey if the key does not decrypt it, NoAnswer (MALFORMED) if the nonce is that of another request, and
    Malformed.
    """
    said = message(reply, tag)
    part = _opened(sealed(said[6]).cipher, key, usage)
    if der.read_unsigned(part[2]) != nonce:
        raise NoAnswer(Gap.MALFORMED, "the KDC's reply belongs to another request (nonce differs)")
    client, realm = name(said[4]), der.read_text(said[3])
    ticket = _ticket(said[5], part, client, realm)
    return ticket.facts(), ticket


def _opened(cipher: bytes, key: Key, usage: int) -> der.Fields:
    """Returns the EncKDCRepPart. Some KDCs tag that of an AS-REP as that of a TGS-REP; a client must accept both (RFC
    4120 5.4.2).
    """
    try:
        plain = unseal(key, usage, cipher)
    except ValueError as bad:
        raise NotOurKey from bad
    return message(plain, ENC_AS_REP_PART if kind(plain) == ENC_AS_REP_PART else ENC_TGS_REP_PART)


def _ticket(data: bytes, part: der.Fields, client: str, client_realm: str) -> Ticket:
    """Returns the ticket: `data` is the Ticket as the KDC encoded it, `part` the EncKDCRepPart that describes it."""
    of_service = sealed(message(data, TICKET)[3])
    session = der.fields(part[0])
    authtime = der.read_moment(part[5])
    return Ticket(
        client=f"{client}@{client_realm}",
        service=name(part[10]),
        realm=der.read_text(part[9]),
        der=Secret(data),
        session_key=Secret(der.read_octets(session[1])),
        etype=of_service.etype,
        session_etype=der.read_integer(session[0]),
        kvno=of_service.kvno,
        flags=der.read_flags(part[4]),
        authtime=authtime,
        starttime=der.read_moment(part[6]) if 6 in part else authtime,
        endtime=der.read_moment(part[7]),
        renew_till=der.read_moment(part[8]) if 8 in part else None,
        client_realm=client_realm,
    )
