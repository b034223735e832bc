"""Kerberos messages as bytes and back (RFC 4120, MS-KILE). No network, no decisions."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from krbcheck.facts.kerberos import KrbError, TicketFacts
from krbcheck.model import Gap, NoAnswer
from krbcheck.probes import der
from krbcheck.probes.kerberos_keys import seal
from krbcheck.wallet import Secret, Ticket

AS_REQ, AS_REP, TGS_REQ, TGS_REP, KRB_ERROR = 10, 11, 12, 13, 30
NT_PRINCIPAL, NT_SRV_INST = 1, 2
PA_TGS_REQ, PA_ENC_TIMESTAMP, PA_ETYPE_INFO2, PA_PAC_REQUEST = 1, 2, 19, 128
USAGE_TIMESTAMP, USAGE_AS_REP, USAGE_BODY_CHECKSUM, USAGE_AUTHENTICATOR, USAGE_TGS_REP = 1, 3, 6, 7, 8
CHECKSUM_OF = {17: 15, 18: 16, 23: -138}
"""The keyed checksum that goes with an encryption type (RFC 3962 7, RFC 4757 4)."""
FORWARDABLE, RENEWABLE, CANONICALIZE, RENEWABLE_OK = 1, 8, 15, 27
OPTIONS = sum(1 << (31 - bit) for bit in (FORWARDABLE, RENEWABLE, CANONICALIZE, RENEWABLE_OK))
"""The kdc-options of a Windows host (RFC 4120 5.4.1; canonicalize RFC 6806 11): 0x40810010."""
KERB_ERR_TYPE_EXTENDED = 3


def _moment(text: object) -> datetime:
    return datetime.strptime(str(text), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def name(kind: int, parts: Sequence[str]) -> bytes:
    """A PrincipalName (RFC 4120 5.2.2)."""
    return der.sequence(
        der.context(0, der.integer(kind)), der.context(1, der.sequence(*(der.text(part) for part in parts)))
    )


def encrypted(etype: int, cipher: bytes) -> bytes:
    """EncryptedData (RFC 4120 5.2.9), without a key version."""
    return der.sequence(der.context(0, der.integer(etype)), der.context(2, der.octets(cipher)))


def padata(kind: int, value: bytes) -> bytes:
    return der.sequence(der.context(1, der.integer(kind)), der.context(2, der.octets(value)))


def request_body(realm: str, client: str, service: str, etypes: Sequence[int], nonce: int, now: datetime) -> bytes:
    """A KDC-REQ-BODY; `client` is empty in a TGS-REQ. Ends tomorrow: a host asks for long and gets less."""
    return der.sequence(
        der.context(0, der.flags(OPTIONS)),
        der.context(1, name(NT_PRINCIPAL, [client])) if client else b"",
        der.context(2, der.text(realm)),
        der.context(3, name(NT_SRV_INST, service.split("/"))),
        der.context(5, der.moment(now + timedelta(days=1))),
        der.context(7, der.integer(nonce)),
        der.context(8, der.sequence(*(der.integer(etype) for etype in etypes))),
    )


def new_nonce() -> int:
    return secrets.randbelow(1 << 31)


def request(kind: int, body: bytes, *pa: bytes) -> bytes:
    """A KDC-REQ (RFC 4120 5.4.1)."""
    return der.application(
        kind,
        der.sequence(
            der.context(1, der.integer(5)),
            der.context(2, der.integer(kind)),
            der.context(3, der.sequence(*pa)),
            der.context(4, body),
        ),
    )


def as_req(realm: str, client: str, etypes: Sequence[int], nonce: int, now: datetime, key: Any = None) -> bytes:
    """An AS-REQ for `krbtgt/REALM`, with an encrypted timestamp where `key` is given (RFC 4120 5.2.7.2)."""
    proofs = []
    if key is not None:
        stamp = der.sequence(der.context(0, der.moment(now)), der.context(1, der.integer(now.microsecond)))
        sealed = encrypted(key.enctype, seal(key, USAGE_TIMESTAMP, stamp))
        proofs.append(padata(PA_ENC_TIMESTAMP, sealed))
    proofs.append(padata(PA_PAC_REQUEST, der.sequence(der.context(0, der.boolean(True)))))
    return request(AS_REQ, request_body(realm, client, f"krbtgt/{realm}", etypes, nonce, now), *proofs)


def ap_req(ticket: Ticket, body: bytes, now: datetime) -> bytes:
    """The AP-REQ inside a TGS-REQ. Its authenticator has a keyed checksum over the request body (RFC 4120 5.5.1,
    key usage 6); Heimdal's KDC refuses a request without.
    """
    from impacket.krb5 import crypto

    key = crypto.Key(ticket.session_etype, ticket.session_key.reveal())
    kind = CHECKSUM_OF[ticket.session_etype]
    check = bytes(crypto.make_checksum(kind, key, USAGE_BODY_CHECKSUM, body))
    authenticator = der.application(
        2,
        der.sequence(
            der.context(0, der.integer(5)),
            der.context(1, der.text(ticket.client_realm)),
            der.context(2, name(NT_PRINCIPAL, ticket.client.rpartition("@")[0].split("/"))),
            der.context(3, der.sequence(der.context(0, der.integer(kind)), der.context(1, der.octets(check)))),
            der.context(4, der.integer(now.microsecond)),
            der.context(5, der.moment(now)),
        ),
    )
    sealed = encrypted(ticket.session_etype, seal(key, USAGE_AUTHENTICATOR, authenticator))
    return der.application(
        14,
        der.sequence(
            der.context(0, der.integer(5)),
            der.context(1, der.integer(14)),
            der.context(2, der.flags(0)),
            der.context(3, ticket.der.reveal()),
            der.context(4, sealed),
        ),
    )


def tgs_req(ticket: Ticket, realm: str, service: str, etypes: Sequence[int], nonce: int, now: datetime) -> bytes:
    """A TGS-REQ to `realm`'s KDC for a two- or three-part SPN or `krbtgt/REALM`."""
    body = request_body(realm, "", service, etypes, nonce, now)
    return request(TGS_REQ, body, padata(PA_TGS_REQ, ap_req(ticket, body, now)))


def ticket_bytes(reply: bytes, kind: int) -> bytes:
    """The Ticket within an AS-REP or TGS-REP, as the KDC encoded it."""
    return der.member(der.inner(der.inner(reply, 0x60 | kind), der.SEQUENCE), 0xA5)


def decoded(data: bytes, spec: Any) -> Any:
    """pyasn1's value of hostile bytes; anything that is not the message is MALFORMED."""
    from pyasn1.codec.der import decoder
    from pyasn1.error import PyAsn1Error

    try:
        return decoder.decode(data, asn1Spec=spec)[0]
    except (PyAsn1Error, ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError) as bad:
        raise NoAnswer(Gap.MALFORMED, f"the answer is not Kerberos: {type(bad).__name__}") from bad


def krb_error(data: bytes) -> KrbError:
    """A KRB-ERROR with what its e-data tells: an NTSTATUS (MS-KILE 2.2.1, 2.2.2), or the etypes and the salt."""
    from impacket.krb5 import asn1

    said = decoded(data, asn1.KRB_ERROR())
    try:
        e_data = bytes(said["e-data"]) if said["e-data"].hasValue() else b""
        offers = etype_info2(e_data)
        return KrbError(
            code=int(said["error-code"]),
            stime=_moment(said["stime"]),
            ntstatus=ntstatus(e_data),
            text=str(said["e-text"])[:500] if said["e-text"].hasValue() else "",
            realm=str(said["realm"]),
            service="/".join(str(part) for part in said["sname"]["name-string"]),
            client_realm=str(said["crealm"]) if said["crealm"].hasValue() else "",
            etypes=tuple(etype for etype, _, _ in offers),
            salt=offers[0][1].decode(errors="replace") if offers else "",
        )
    except (ValueError, UnicodeError) as bad:
        raise NoAnswer(Gap.MALFORMED, f"a KRB-ERROR with unreadable fields: {type(bad).__name__}") from bad


def _parts(data: bytes, spec: Any) -> Any:
    from pyasn1.codec.der import decoder
    from pyasn1.error import PyAsn1Error

    try:
        return decoder.decode(data, asn1Spec=spec)[0]
    except (PyAsn1Error, ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def method_data(e_data: bytes) -> list[tuple[int, bytes]]:
    from impacket.krb5 import asn1

    found = _parts(e_data, asn1.METHOD_DATA()) if e_data else None
    return [(int(one["padata-type"]), bytes(one["padata-value"])) for one in found or []]


def ntstatus(e_data: bytes) -> int | None:
    """The NTSTATUS of a KERB-ERROR-DATA, bare or within METHOD-DATA (type 3, KERB_ERR_TYPE_EXTENDED)."""
    from impacket.krb5 import asn1

    values = [value for kind, value in method_data(e_data) if kind == KERB_ERR_TYPE_EXTENDED]
    bare = _parts(e_data, asn1.KERB_ERROR_DATA()) if e_data and not values else None
    if bare is not None and int(bare["data-type"]) == KERB_ERR_TYPE_EXTENDED:
        values.append(bytes(bare["data-value"]))
    for value in values:
        if len(value) >= 12:
            return int(struct.unpack("<I", value[:4])[0])
    return None


def etype_info2(e_data: bytes) -> list[tuple[int, bytes, bytes]]:
    """(etype, salt, s2k params) as the KDC prefers them (RFC 4120 5.2.7.5)."""
    values = [value for kind, value in method_data(e_data) if kind == PA_ETYPE_INFO2]
    return [offer for value in values for offer in etype_info2_of(value)]


def etype_info2_of(value: bytes) -> list[tuple[int, bytes, bytes]]:
    """The entries of one ETYPE-INFO2."""
    from impacket.krb5 import asn1

    return [
        (
            int(one["etype"]),
            bytes(one["salt"]) if one["salt"].hasValue() else b"",
            bytes(one["s2kparams"]) if one["s2kparams"].hasValue() else b"",
        )
        for one in _parts(value, asn1.ETYPE_INFO2()) or []
    ]


def grant(data: bytes, key: Any, usage: int, nonce: int, *, first: bool) -> tuple[TicketFacts, Ticket]:
    """An AS-REP (`first`) or TGS-REP: the fact and the ticket. `key` opens it under `usage`."""
    from impacket.krb5 import asn1, crypto

    reply = decoded(data, asn1.AS_REP() if first else asn1.TGS_REP())
    try:
        plain = crypto.decrypt(key, usage, bytes(reply["enc-part"]["cipher"]))
    except (ValueError, crypto.InvalidChecksum) as bad:
        raise NoAnswer(Gap.MALFORMED, "the KDC's reply does not open with our key") from bad
    # RFC 4120 5.4.2: some KDCs tag an EncASRepPart as an EncTGSRepPart, and a client has to take both.
    spec = asn1.EncASRepPart() if plain[:1] == b"\x79" else asn1.EncTGSRepPart()
    part = decoded(plain, spec)
    try:
        if int(part["nonce"]) != nonce:
            raise NoAnswer(Gap.MALFORMED, "the KDC's reply belongs to another request (nonce differs)")
        return _granted(reply, part, ticket_bytes(data, AS_REP if first else TGS_REP))
    except (ValueError, UnicodeError, TypeError) as bad:
        raise NoAnswer(Gap.MALFORMED, f"a reply with unreadable fields: {type(bad).__name__}") from bad


def _granted(reply: Any, part: Any, ticket_der: bytes) -> tuple[TicketFacts, Ticket]:
    client = "/".join(str(one) for one in reply["cname"]["name-string"])
    crealm = str(reply["crealm"])
    sealed = reply["ticket"]["enc-part"]
    kvno = int(sealed["kvno"]) if sealed["kvno"].hasValue() else None
    flags = int("".join(str(bit) for bit in part["flags"]).ljust(32, "0")[:32], 2)
    authtime, endtime = _moment(part["authtime"]), _moment(part["endtime"])
    service = "/".join(str(one) for one in part["sname"]["name-string"])
    realm = str(part["srealm"])
    ticket = Ticket(
        client=f"{client}@{crealm}",
        service=service,
        realm=realm,
        der=Secret(ticket_der),
        session_key=Secret(bytes(part["key"]["keyvalue"])),
        etype=int(sealed["etype"]),
        session_etype=int(part["key"]["keytype"]),
        kvno=kvno,
        flags=flags,
        authtime=authtime,
        starttime=_moment(part["starttime"]) if part["starttime"].hasValue() else authtime,
        endtime=endtime,
        renew_till=_moment(part["renew-till"]) if part["renew-till"].hasValue() else None,
        client_realm=crealm,
    )
    fact = TicketFacts(
        client=client,
        client_realm=crealm,
        service=service,
        realm=realm,
        etype=ticket.etype,
        session_etype=ticket.session_etype,
        kvno=kvno,
        flags=flags,
        authtime=authtime,
        endtime=endtime,
    )
    return fact, ticket
