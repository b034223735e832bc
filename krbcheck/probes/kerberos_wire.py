"""Kerberos messages as bytes and back (RFC 4120, MS-KILE). No network, no decisions."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from krbcheck.facts.kerberos import KrbError, TicketFacts
from krbcheck.model import Gap, NoAnswer
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


def _time(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%SZ")


def _moment(text: object) -> datetime:
    return datetime.strptime(str(text), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _set_name(into: Any, kind: int, parts: Sequence[str]) -> None:
    into["name-type"] = kind
    for place, part in enumerate(parts):
        into["name-string"][place] = part


def _bits(value: int) -> str:
    return f"{value:032b}"


def request_body(realm: str, client: str, service: str, etypes: Sequence[int], nonce: int, now: datetime) -> Any:
    """A KDC-REQ-BODY; `client` is empty in a TGS-REQ. Ends tomorrow, as a host asks for ten hours and gets less."""
    from impacket.krb5 import asn1
    from pyasn1.type.univ import noValue

    body = asn1.KDC_REQ_BODY()
    body["kdc-options"] = _bits(OPTIONS)
    if client:
        body["cname"] = noValue
        _set_name(body["cname"], NT_PRINCIPAL, [client])
    body["realm"] = realm
    body["sname"] = noValue
    _set_name(body["sname"], NT_SRV_INST, service.split("/"))
    body["till"] = _time(now + timedelta(days=1))
    body["nonce"] = nonce
    for place, etype in enumerate(etypes):
        body["etype"][place] = etype
    return body


def new_nonce() -> int:
    return secrets.randbelow(1 << 31)


def as_req(realm: str, client: str, etypes: Sequence[int], nonce: int, now: datetime, key: Any = None) -> bytes:
    """An AS-REQ for `krbtgt/REALM`, with an encrypted timestamp where `key` is given (RFC 4120 5.2.7.2)."""
    from impacket.krb5 import asn1, crypto
    from pyasn1.codec.der import encoder
    from pyasn1.type.univ import noValue

    request = asn1.AS_REQ()
    request["pvno"] = 5
    request["msg-type"] = AS_REQ
    request["padata"] = noValue
    place = 0
    if key is not None:
        stamp = asn1.PA_ENC_TS_ENC()
        stamp["patimestamp"] = _time(now)
        stamp["pausec"] = now.microsecond
        sealed = asn1.EncryptedData()
        sealed["etype"] = key.enctype
        sealed["cipher"] = crypto.encrypt(key, USAGE_TIMESTAMP, encoder.encode(stamp))
        _set_padata(request, 0, PA_ENC_TIMESTAMP, encoder.encode(sealed))
        place = 1
    wants_pac = asn1.KERB_PA_PAC_REQUEST()
    wants_pac["include-pac"] = True
    _set_padata(request, place, PA_PAC_REQUEST, encoder.encode(wants_pac))
    request["req-body"] = request_body(realm, client, f"krbtgt/{realm}", etypes, nonce, now)
    return bytes(encoder.encode(request))


def _set_padata(request: Any, place: int, kind: int, value: bytes) -> None:
    from pyasn1.type.univ import noValue

    request["padata"][place] = noValue
    request["padata"][place]["padata-type"] = kind
    request["padata"][place]["padata-value"] = value


def ap_req(ticket: Ticket, body: bytes, now: datetime) -> bytes:
    """The AP-REQ inside a TGS-REQ. Its authenticator has a keyed checksum over the request body (RFC 4120 5.5.1,
    key usage 6); Heimdal's KDC refuses a request without.
    """
    from impacket.krb5 import asn1, crypto
    from pyasn1.codec.der import decoder, encoder
    from pyasn1.type.univ import noValue

    key = crypto.Key(ticket.session_etype, ticket.session_key.reveal())
    authenticator = asn1.Authenticator()
    authenticator["authenticator-vno"] = 5
    authenticator["crealm"] = ticket.client_realm
    authenticator["cname"] = noValue
    _set_name(authenticator["cname"], NT_PRINCIPAL, ticket.client.rpartition("@")[0].split("/"))
    kind = CHECKSUM_OF[ticket.session_etype]
    authenticator["cksum"] = noValue
    authenticator["cksum"]["cksumtype"] = kind
    authenticator["cksum"]["checksum"] = crypto.make_checksum(kind, key, USAGE_BODY_CHECKSUM, body)
    authenticator["cusec"] = now.microsecond
    authenticator["ctime"] = _time(now)
    message = asn1.AP_REQ()
    message["pvno"] = 5
    message["msg-type"] = 14
    message["ap-options"] = _bits(0)
    message["ticket"] = decoder.decode(ticket.der.reveal(), asn1Spec=asn1.Ticket())[0].clone(
        tagSet=message.componentType["ticket"].asn1Object.tagSet, cloneValueFlag=True
    )
    message["authenticator"] = noValue
    message["authenticator"]["etype"] = ticket.session_etype
    message["authenticator"]["cipher"] = crypto.encrypt(key, USAGE_AUTHENTICATOR, encoder.encode(authenticator))
    return bytes(encoder.encode(message))


def tgs_req(ticket: Ticket, realm: str, service: str, etypes: Sequence[int], nonce: int, now: datetime) -> bytes:
    """A TGS-REQ to `realm`'s KDC for a two- or three-part SPN or `krbtgt/REALM`."""
    from impacket.krb5 import asn1
    from pyasn1.codec.der import encoder
    from pyasn1.type.univ import noValue

    body = request_body(realm, "", service, etypes, nonce, now)
    request = asn1.TGS_REQ()
    request["pvno"] = 5
    request["msg-type"] = TGS_REQ
    request["padata"] = noValue
    _set_padata(request, 0, PA_TGS_REQ, ap_req(ticket, encoder.encode(body), now))
    request["req-body"] = body.clone(tagSet=request.componentType["req-body"].asn1Object.tagSet, cloneValueFlag=True)
    return bytes(encoder.encode(request))


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
    from pyasn1.codec.der import encoder

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
        whole = reply["ticket"].clone(tagSet=asn1.Ticket.tagSet, cloneValueFlag=True)
        return _granted(reply, part, bytes(encoder.encode(whole)))
    except (ValueError, UnicodeError, TypeError) as bad:
        raise NoAnswer(Gap.MALFORMED, f"a reply with unreadable fields: {type(bad).__name__}") from bad


def _granted(reply: Any, part: Any, der: bytes) -> tuple[TicketFacts, Ticket]:
    name = "/".join(str(one) for one in reply["cname"]["name-string"])
    crealm = str(reply["crealm"])
    sealed = reply["ticket"]["enc-part"]
    kvno = int(sealed["kvno"]) if sealed["kvno"].hasValue() else None
    flags = int("".join(str(bit) for bit in part["flags"]).ljust(32, "0")[:32], 2)
    authtime, endtime = _moment(part["authtime"]), _moment(part["endtime"])
    service = "/".join(str(one) for one in part["sname"]["name-string"])
    realm = str(part["srealm"])
    ticket = Ticket(
        client=f"{name}@{crealm}",
        service=service,
        realm=realm,
        der=Secret(der),
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
        client=name,
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
