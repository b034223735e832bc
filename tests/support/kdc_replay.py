"""A KDC on loopback that holds the session key of a captured ticket and gives the lab's answers to it again.

The nonce of an answer is that of the request of this run, and its times are moved by as much as the ticket's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from impacket.krb5 import asn1, crypto
from pyasn1.codec.der import decoder, encoder

from krbcheck.probes.kerberos import replies
from krbcheck.windows import der
from tests.support.captures import CONFOUNDER, NOW, Capture, capture, with_length

TGS_REP, KRB_ERROR = 0x6D, 0x7E
USAGE_BODY, USAGE_AUTHENTICATOR, USAGE_REPLY = 6, 7, 8
TIMES = ("authtime", "starttime", "endtime", "renew-till")
UNLIKE = (5, 7)
"""Fields of a KDC-REQ-BODY that differ at each run: till and nonce (RFC 4120 5.4.1)."""


@dataclass
class KdcReplay:
    """The KDC of the capture `name`. `spoil` changes the decoded reply, `disclose` its part before it is encrypted;
    `key` encrypts it in place of the session key. `requests` are the decoded ones.
    """

    name: str
    spoil: Callable[[Any], None] = lambda reply: None
    disclose: Callable[[Any], None] = lambda part: None
    key: Any = None
    requests: list[Any] = field(default_factory=list)

    @property
    def taken(self) -> Capture:
        return capture(self.name)

    def messages(self) -> tuple[bytes, bytes]:
        """The captured request and its reply."""
        (flow,) = self.taken.connections
        (_, request), (_, reply) = with_length(flow)
        return request, reply

    def __call__(self, request: bytes) -> bytes:
        captured, reply = self.messages()
        assert stated(request) == stated(captured)
        decoded = decoder.decode(request, asn1Spec=asn1.TGS_REQ())[0]
        self.requests.append(decoded)
        self.proved(request, decoded)
        if reply[0] == TGS_REP:
            reply = self.answered(reply, int(decoded["req-body"]["nonce"]))
        return len(reply).to_bytes(4, "big") + reply

    def proved(self, request: bytes, decoded: Any) -> None:
        """The request carries the ticket, and a keyed checksum of its body (RFC 4120 5.5.1)."""
        shown = bytes(decoded["padata"][0]["padata-value"])
        assert self.taken.ticket in shown
        proof = decoder.decode(shown, asn1Spec=asn1.AP_REQ())[0]
        plain = crypto.decrypt(self.taken.key, USAGE_AUTHENTICATOR, bytes(proof["authenticator"]["cipher"]))
        said = decoder.decode(plain, asn1Spec=asn1.Authenticator())[0]
        body = der.fields(der.inner(request, 0x6C))[4]
        crypto.verify_checksum(
            int(said["cksum"]["cksumtype"]), self.taken.key, USAGE_BODY, body, bytes(said["cksum"]["checksum"])
        )

    def answered(self, reply: bytes, nonce: int) -> bytes:
        said = decoder.decode(reply, asn1Spec=asn1.TGS_REP())[0]
        plain = crypto.decrypt(self.taken.key, USAGE_REPLY, bytes(said["enc-part"]["cipher"]))
        part = decoder.decode(plain, asn1Spec=asn1.EncTGSRepPart())[0]
        part["nonce"] = nonce
        moved = NOW - self.taken.authtime
        for name in TIMES:
            if part[name].hasValue():
                then = datetime.strptime(str(part[name]), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
                part[name] = (then + moved).strftime("%Y%m%d%H%M%SZ")
        self.disclose(part)
        self.spoil(said)
        key = self.key or self.taken.key
        said["enc-part"]["cipher"] = crypto.encrypt(key, USAGE_REPLY, encoder.encode(part), CONFOUNDER)
        return bytes(encoder.encode(said))


def stated(request: bytes) -> dict[int, bytes]:
    """The body of a request without what differs at each run, the preauthentication data apart from it."""
    body = der.fields(replies.message(request, 12)[4])
    return {number: value for number, value in body.items() if number not in UNLIKE}
