"""What impacket's decoder, decryption and checksums make of the requests that we put together."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from impacket.krb5 import asn1, crypto
from pyasn1.codec.der import decoder

from krbcheck.credentials.wallet import Secret, Ticket
from krbcheck.probes.kerberos import messages as wire
from krbcheck.probes.kerberos.keys import AES128, AES256, OFFERED, RC4, seal
from krbcheck.windows import der

NOW = datetime(2026, 7, 3, 10, 20, 30, 123456, tzinfo=UTC)
REALM = "VMLEVEL.COM"


def read(message: bytes, spec: Any) -> Any:
    value, rest = decoder.decode(message, asn1Spec=spec)
    assert not rest
    return value


def names(said: Any) -> list[str]:
    return [str(entry) for entry in said["name-string"]]


def ticket(etype: int, size: int) -> Ticket:
    sealed = wire.encrypted(AES256, b"opaque")
    opaque = der.sequence(
        der.context(0, der.integer(5)),
        der.context(1, der.text(REALM)),
        der.context(2, wire.name(2, ["krbtgt", REALM])),
        der.context(3, sealed),
    )
    return Ticket(
        client=f"host/alice-hv01@{REALM}",
        service=f"krbtgt/{REALM}",
        realm=REALM,
        der=Secret(der.application(1, opaque)),
        session_key=Secret(secrets.token_bytes(size)),
        etype=AES256,
        session_etype=etype,
        kvno=2,
        flags=0,
        authtime=NOW,
        starttime=NOW,
        endtime=NOW + timedelta(hours=10),
        client_realm=REALM,
    )


def test_an_as_req_says_who_asks_for_what() -> None:
    said = read(wire.as_req(REALM, "alice-hv01$", OFFERED, 77, NOW), asn1.AS_REQ())
    body = said["req-body"]
    assert (int(said["pvno"]), int(said["msg-type"])) == (5, 10)
    assert (names(body["cname"]), int(body["cname"]["name-type"])) == (["alice-hv01$"], 1)
    assert (names(body["sname"]), int(body["sname"]["name-type"])) == (["krbtgt", REALM], 2)
    assert str(body["realm"]) == REALM
    assert [int(entry) for entry in body["etype"]] == [18, 17, 23]
    assert int(body["nonce"]) == 77
    assert str(body["till"]) == "20260704102030Z"


def test_the_options_are_those_of_a_windows_host() -> None:
    said = read(wire.as_req(REALM, "x", OFFERED, 1, NOW), asn1.AS_REQ())
    bits = "".join(str(bit) for bit in said["req-body"]["kdc-options"])
    assert int(bits, 2) == 0x40810010, "forwardable, renewable, canonicalize, renewable-ok"


def test_an_as_req_without_a_key_proves_nothing_and_asks_for_a_pac() -> None:
    said = read(wire.as_req(REALM, "x", OFFERED, 1, NOW), asn1.AS_REQ())
    assert [int(entry["padata-type"]) for entry in said["padata"]] == [128]
    assert bool(read(bytes(said["padata"][0]["padata-value"]), asn1.KERB_PA_PAC_REQUEST())["include-pac"])


def test_the_timestamp_opens_with_the_key() -> None:
    key = crypto.Key(AES256, secrets.token_bytes(32))
    said = read(wire.as_req(REALM, "x", OFFERED, 1, NOW, key), asn1.AS_REQ())
    proofs = {int(entry["padata-type"]): bytes(entry["padata-value"]) for entry in said["padata"]}
    sealed = read(proofs[2], asn1.EncryptedData())
    stamp = read(crypto.decrypt(key, 1, bytes(sealed["cipher"])), asn1.PA_ENC_TS_ENC())
    assert (str(stamp["patimestamp"]), int(stamp["pausec"])) == ("20260703102030Z", 123456)


def test_sealing_the_same_twice_gives_different_bytes() -> None:
    key = crypto.Key(AES256, secrets.token_bytes(32))
    assert seal(key, 1, b"same") != seal(key, 1, b"same")


@pytest.mark.parametrize(
    "service",
    ["cifs/vmstore-alice.tintri.com", "krbtgt/TINTRI.COM", "ldap/tidc.tintri.com/tintri.com"],
)
def test_a_tgs_req_names_the_service_and_no_client(service: str) -> None:
    said = read(wire.tgs_req(ticket(AES256, 32), REALM, service, OFFERED, 5, NOW), asn1.TGS_REQ())
    assert int(said["msg-type"]) == 12
    assert names(said["req-body"]["sname"]) == service.split("/")
    assert not said["req-body"]["cname"].hasValue()


@pytest.mark.parametrize(("etype", "size"), [(AES128, 16), (AES256, 32), (RC4, 16)])
def test_the_authenticator_opens_with_the_session_key_and_its_checksum_is_over_the_body(etype: int, size: int) -> None:
    shown = ticket(etype, size)
    message = wire.tgs_req(shown, REALM, "cifs/vmstore-alice.tintri.com", OFFERED, 5, NOW)
    said = read(message, asn1.TGS_REQ())
    assert [int(entry["padata-type"]) for entry in said["padata"]] == [1]
    proof = read(bytes(said["padata"][0]["padata-value"]), asn1.AP_REQ())
    assert bytes(shown.der.reveal()) in message, "the ticket is passed on as the KDC wrote it"
    key = crypto.Key(etype, shown.session_key.reveal())
    authenticator = read(crypto.decrypt(key, 7, bytes(proof["authenticator"]["cipher"])), asn1.Authenticator())
    assert names(authenticator["cname"]) == ["host", "alice-hv01"]
    assert str(authenticator["crealm"]) == REALM
    assert (str(authenticator["ctime"]), int(authenticator["cusec"])) == ("20260703102030Z", 123456)
    body = der.fields(der.inner(message, 0x6C))[4]
    kind, check = int(authenticator["cksum"]["cksumtype"]), bytes(authenticator["cksum"]["checksum"])
    crypto.verify_checksum(kind, key, 6, body, check)
    with pytest.raises(crypto.InvalidChecksum):
        crypto.verify_checksum(kind, key, 6, body + b"\0", check)
