"""The conversations that were captured in the lab (fixtures/captured), and the keys that open them.

Keys are derived and messages are opened with impacket and cryptography only, so that a mistake of the probes is not
repeated here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from impacket.krb5 import asn1, crypto
from pyasn1.codec.der import decoder, encoder
from pyasn1.type.univ import noValue

from fixtures.captured.capture import HERE, SENT, returned
from fixtures.captured.conversations import Server, asked
from krbcheck.credentials.wallet import Secret, Ticket
from krbcheck.probes.kerberos import spnego
from krbcheck.windows import der

NOW = datetime.now(UTC).replace(microsecond=0)
FIRST = 7
CONFOUNDER = b"sixteen octets !"
AP_REQ_AUTHENTICATOR, AP_REP_PART = 11, 12
"""Key usages (RFC 4120 7.5.1)."""


@dataclass(frozen=True)
class Capture:
    """One file: `connections` holds for each connection (from the server, bytes) in turn, as the stream had them."""

    name: str
    client: str
    service: str
    realm: str
    at: datetime
    authtime: datetime
    etype: int
    flags: int
    session_key: bytes
    ticket: bytes
    connections: tuple[tuple[tuple[bool, bytes], ...], ...]
    returned: Any

    @property
    def key(self) -> Any:
        return crypto.Key(self.etype, self.session_key)

    def held(self) -> Ticket:
        """The ticket with which it was captured; it was issued at NOW."""
        return Ticket(
            client=self.client,
            service=self.service,
            realm=self.realm,
            der=Secret(self.ticket),
            session_key=Secret(self.session_key),
            etype=self.etype,
            session_etype=self.etype,
            kvno=1,
            flags=self.flags,
            authtime=NOW,
            starttime=NOW,
            endtime=NOW + timedelta(hours=10),
            client_realm=self.client.rpartition("@")[2],
        )


@cache
def capture(name: str) -> Capture:
    content = json.loads((HERE / f"{name}.json").read_text())
    flows = tuple(
        tuple((not part.startswith(SENT), bytes.fromhex(part[2:])) for part in flow) for flow in content["connections"]
    )
    return Capture(
        name,
        content["client"],
        content["service"],
        content["realm"],
        datetime.fromisoformat(content["at"]),
        datetime.fromisoformat(content["authtime"]),
        content["etype"],
        content["flags"],
        bytes.fromhex(content["session_key"]),
        bytes.fromhex(content["ticket"]),
        flows,
        content["returned"],
    )


def replayed(name: str, port: int) -> Any:
    """What the probe of a capture returns from a server on loopback, as `Capture.returned`."""
    return json.loads(json.dumps(returned(asked(name, capture(name).held(), Server("127.0.0.1", port)))))


def with_length(flow: tuple[tuple[bool, bytes], ...]) -> Iterator[tuple[bool, bytes]]:
    """The messages of a connection, each of which has four bytes of length before it, in the order of their ends."""
    left = {True: b"", False: b""}
    for side, data in flow:
        left[side] += data
        while len(left[side]) >= 4 and len(left[side]) >= 4 + (size := int.from_bytes(left[side][:4], "big")):
            yield side, left[side][4 : 4 + size]
            left[side] = left[side][4 + size :]
    assert left == {True: b"", False: b""}


def authenticator(gss: bytes, key: Any) -> Any:
    """The authenticator in an AP-REQ in its GSS frame."""
    kind, message = spnego.unframed(gss)
    assert kind == b"\x01\x00"
    request = decoder.decode(message, asn1Spec=asn1.AP_REQ())[0]
    plain = crypto.decrypt(key, AP_REQ_AUTHENTICATOR, bytes(request["authenticator"]["cipher"]))
    return decoder.decode(plain, asn1Spec=asn1.Authenticator())[0]


def acceptors_part(gss: bytes, key: Any) -> Any:
    """The encrypted part of an AP-REP, with the acceptor's subkey and sequence number."""
    _, message = spnego.unframed(gss)
    reply = decoder.decode(message, asn1Spec=asn1.AP_REP())[0]
    plain = crypto.decrypt(key, AP_REP_PART, bytes(reply["enc-part"]["cipher"]))
    return decoder.decode(plain, asn1Spec=asn1.EncAPRepPart())[0]


def neg_token_init_token(data: bytes) -> bytes:
    """The mechanism's token in a NegTokenInit (RFC 4178 4.2.1)."""
    init = der.inner(der.member(der.inner(data, 0x60), 0xA0), der.SEQUENCE)
    return der.inner(der.member(init, 0xA2), 0x04)


def files() -> list[Path]:
    return sorted(HERE.glob("*.json"))


def acceptors_reply(asked: Any, key: Any, subkey: bytes) -> bytes:
    """An AP-REP to the request with this authenticator (RFC 4120 5.5.2), in its GSS frame; its sequence begins at 7."""
    part = asn1.EncAPRepPart()
    part["ctime"], part["cusec"], part["seq-number"] = str(asked["ctime"]), int(asked["cusec"]), FIRST
    part["subkey"] = noValue
    part["subkey"]["keytype"], part["subkey"]["keyvalue"] = key.enctype, subkey
    reply = asn1.AP_REP()
    reply["pvno"], reply["msg-type"] = 5, 15
    reply["enc-part"] = noValue
    sealed = crypto.encrypt(key, AP_REP_PART, encoder.encode(part), CONFOUNDER)
    reply["enc-part"]["etype"], reply["enc-part"]["cipher"] = key.enctype, sealed
    return spnego.framed(spnego.KERBEROS, b"\x02\x00", encoder.encode(reply))
