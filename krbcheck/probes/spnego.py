"""SPNEGO tokens as bytes and back (RFC 4178, MS-SPNG). One mechanism is ever offered, so no mechListMIC is needed."""

from __future__ import annotations

from typing import NamedTuple

from krbcheck.model import Gap, NoAnswer

SPNEGO = "1.3.6.1.5.5.2"
KERBEROS = "1.2.840.113554.1.2.2"
MS_KERBEROS = "1.2.840.48018.1.2.2"
NTLM = "1.3.6.1.4.1.311.2.2.10"
SEQUENCE, OID, OCTETS, ENUMERATED, APPLICATION = 0x30, 0x06, 0x04, 0x0A, 0x60


class NegTokenResp(NamedTuple):
    """`state` 0 completed, 1 incomplete, 2 rejected, 3 wants a MIC; -1 not said. `mech` is an OID, or empty."""

    state: int
    mech: str
    token: bytes


def tlv(tag: int, *parts: bytes) -> bytes:
    """One DER element."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def read_tlv(data: bytes) -> tuple[int, bytes, bytes]:
    """Tag, content and what follows of the first element; NoAnswer(MALFORMED) if it is not one."""
    if len(data) < 2:
        raise _bad("ends early")
    size, start = data[1], 2
    if size >= 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start], "big")
    if start > 6 or len(data) < start + size:
        raise _bad("is cut short")
    return data[0], data[start : start + size], data[start + size :]


def content_of(data: bytes, tag: int) -> bytes:
    """The content of the first element, which must have this tag."""
    found, content, _ = read_tlv(data)
    if found != tag:
        raise _bad(f"has tag 0x{found:02x} where 0x{tag:02x} belongs")
    return content


def oid(text: str) -> bytes:
    """An OBJECT IDENTIFIER element."""
    first, second, *rest = (int(one) for one in text.split("."))
    content = bytearray([first * 40 + second])
    for number in rest:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(0x80 | number & 0x7F)
        content += bytes(reversed(digits))
    return tlv(OID, bytes(content))


def oid_text(content: bytes) -> str:
    if not content:
        raise _bad("has an empty OID")
    numbers, number = [content[0] // 40, content[0] % 40], 0
    for one in content[1:]:
        number = number << 7 | one & 0x7F
        if not one & 0x80:
            numbers.append(number)
            number = 0
    return ".".join(str(one) for one in numbers)


def neg_token_init(mech: str, token: bytes) -> bytes:
    """The first token: this mechanism alone, with its own first token."""
    init = tlv(SEQUENCE, tlv(0xA0, tlv(SEQUENCE, oid(mech))), tlv(0xA2, tlv(OCTETS, token)))
    return tlv(APPLICATION, oid(SPNEGO), tlv(0xA0, init))


def neg_token_resp(token: bytes) -> bytes:
    """A later token of the initiator."""
    return tlv(0xA1, tlv(SEQUENCE, tlv(0xA2, tlv(OCTETS, token))))


def read_resp(data: bytes) -> NegTokenResp:
    """What the acceptor says."""
    state, mech, token = -1, "", b""
    rest = content_of(content_of(data, 0xA1), SEQUENCE)
    while rest:
        tag, content, rest = read_tlv(rest)
        match tag:
            case 0xA0:
                state = int.from_bytes(content_of(content, ENUMERATED), "big")
            case 0xA1:
                mech = oid_text(content_of(content, OID))
            case 0xA2:
                token = content_of(content, OCTETS)
    return NegTokenResp(state, mech, token)


def offered(data: bytes) -> tuple[str, ...]:
    """The mechanisms of an acceptor's NegTokenInit2 (MS-SPNG 2.2.1), the hint in a NEGOTIATE reply."""
    _, _, inner = read_tlv(content_of(data, APPLICATION))
    _, content, _ = read_tlv(content_of(content_of(inner, 0xA0), SEQUENCE))
    rest, mechs = content_of(content, SEQUENCE), []
    while rest:
        _, one, rest = read_tlv(rest)
        mechs.append(oid_text(one))
    return tuple(mechs)


def framed(mech: str, kind: bytes, token: bytes) -> bytes:
    """A GSS token of a mechanism (RFC 2743 3.1); `kind` is its TOK_ID (RFC 4121 4.1)."""
    return tlv(APPLICATION, oid(mech), kind, token)


def unframed(data: bytes) -> tuple[bytes, bytes]:
    """TOK_ID and inner token. Some servers leave the frame out: then the TOK_ID is empty."""
    if data[:1] != bytes((APPLICATION,)):
        return b"", data
    _, _, inner = read_tlv(content_of(data, APPLICATION))
    return inner[:2], inner[2:]


def _bad(what: str) -> NoAnswer:
    return NoAnswer(Gap.MALFORMED, f"the answer's SPNEGO token {what}")
