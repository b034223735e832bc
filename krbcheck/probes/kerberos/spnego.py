"""Encodes and decodes SPNEGO tokens (RFC 4178, MS-SPNG). They offer one mechanism, so that most need no mechListMIC.

The functions that decode raise Malformed if the bytes are no such token.
"""

from __future__ import annotations

from typing import NamedTuple

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.windows import der

SPNEGO = "1.3.6.1.5.5.2"
KERBEROS = "1.2.840.113554.1.2.2"
MS_KERBEROS = "1.2.840.48018.1.2.2"
NTLM = "1.3.6.1.4.1.311.2.2.10"
OID, OCTETS, ENUMERATED, APPLICATION = 0x06, 0x04, 0x0A, 0x60
INITIAL, RESPONSE, MECH_TYPES = 0xA0, 0xA1, 0xA0
STATE, MECH, TOKEN = 0xA0, 0xA1, 0xA2
"""Tags of the members of a NegTokenResp (RFC 4178 4.2.2)."""


class NegTokenResp(NamedTuple):
    """The acceptor's answer: `state` is 0 completed, 1 incomplete, 2 rejected, 3 request-mic, -1 absent; `mech` is an
    OID, or empty.
    """

    state: int
    mech: str
    token: bytes


def oid(text: str) -> bytes:
    """Returns an OBJECT IDENTIFIER element."""
    first, second, *rest = (int(name) for name in text.split("."))
    content = bytearray([first * 40 + second])
    for number in rest:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(0x80 | number & 0x7F)
        content += bytes(reversed(digits))
    return der.tlv(OID, bytes(content))


def oid_text(content: bytes) -> str:
    """Returns the dotted form of an OID's content; raises NoAnswer (MALFORMED) if it is empty."""
    if not content:
        raise NoAnswer(Gap.MALFORMED, "an empty OID")
    numbers, number = [content[0] // 40, content[0] % 40], 0
    for entry in content[1:]:
        number = number << 7 | entry & 0x7F
        if not entry & 0x80:
            numbers.append(number)
            number = 0
    return ".".join(str(entry) for entry in numbers)


def neg_token_init(mech: str, token: bytes) -> bytes:
    """Returns the first token: this mechanism alone, with its own first token."""
    init = der.sequence(der.context(0, der.sequence(oid(mech))), der.context(2, der.octets(token)))
    return der.application(0, oid(SPNEGO), der.context(0, init))


def neg_token_resp(token: bytes, mic: bytes = b"") -> bytes:
    """Returns a later token of the initiator; `mic` is the mechListMIC, empty for none."""
    members = (der.context(2, der.octets(token)), *([der.context(3, der.octets(mic))] if mic else ()))
    return der.context(1, der.sequence(*members))


def read_resp(data: bytes) -> NegTokenResp:
    """Returns the answer of the acceptor; raises Malformed, and NoAnswer (MALFORMED) for an empty OID."""
    said = dict(der.elements(der.inner(der.inner(data, RESPONSE), der.SEQUENCE)))
    return NegTokenResp(
        int.from_bytes(der.inner(said[STATE], ENUMERATED), "big") if STATE in said else -1,
        oid_text(der.inner(said[MECH], OID)) if MECH in said else "",
        der.inner(said[TOKEN], OCTETS) if TOKEN in said else b"",
    )


def offered(data: bytes) -> tuple[str, ...]:
    """Returns the mechanisms of an acceptor's NegTokenInit2 (MS-SPNG 2.2.1), the hint in a NEGOTIATE response; raises
    Malformed and NoAnswer (MALFORMED).
    """
    init = der.member(der.inner(data, APPLICATION), INITIAL)
    mechs = der.inner(der.member(der.inner(init, der.SEQUENCE), MECH_TYPES), der.SEQUENCE)
    return tuple(oid_text(entry) for _, entry in der.elements(mechs))


def framed(mech: str, kind: bytes, token: bytes) -> bytes:
    """Returns a GSS token of a mechanism (RFC 2743 3.1); `kind` is its TOK_ID (RFC 4121 4.1)."""
    return der.application(0, oid(mech), kind, token)


def unframed(data: bytes) -> tuple[bytes, bytes]:
    """Returns the TOK_ID and the inner token; the TOK_ID is empty if the server omits the frame, as some do. Raises
    Malformed.
    """
    if data[:1] != bytes((APPLICATION,)):
        return b"", data
    content = der.inner(data, APPLICATION)
    mech = der.tlv(OID, der.inner(content, OID))
    return content[len(mech) : len(mech) + 2], content[len(mech) + 2 :]
