"""DER for the messages that we make (X.690), and the cutting of one element out of those we get.

Requests are put together from bytes: a hundredth of what encoding them through a schema costs, at every hop. What
servers send is decoded by impacket's schemas.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from krbcheck.model import Gap, NoAnswer

SEQUENCE = 0x30


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    return tlv(SEQUENCE, *parts)


def context(number: int, *parts: bytes) -> bytes:
    """An explicit context tag."""
    return tlv(0xA0 | number, *parts)


def application(number: int, *parts: bytes) -> bytes:
    return tlv(0x60 | number, *parts)


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(value: bytes) -> bytes:
    return tlv(0x04, value)


def boolean(value: bool) -> bytes:
    return tlv(0x01, b"\xff" if value else b"\x00")


def text(value: str) -> bytes:
    """A KerberosString; UTF-8 as Windows writes it (MS-KILE 2.1.1)."""
    return tlv(0x1B, value.encode())


def flags(value: int) -> bytes:
    """KerberosFlags: 32 bits, bit 0 the highest (RFC 4120 5.2.8)."""
    return tlv(0x03, b"\x00" + value.to_bytes(4, "big"))


def moment(value: datetime) -> bytes:
    """A KerberosTime (RFC 4120 5.2.3)."""
    return tlv(0x18, value.strftime("%Y%m%d%H%M%SZ").encode())


def inner(data: bytes, tag: int) -> bytes:
    """The content of the element that `data` starts with, which must have this tag."""
    found, content, _ = _head(data)
    if found != tag:
        raise NoAnswer(Gap.MALFORMED, f"an element with tag 0x{found:02x} where 0x{tag:02x} belongs")
    return content


def member(content: bytes, tag: int) -> bytes:
    """The content of the first element with this tag among the elements of `content`."""
    while content:
        found, value, content = _head(content)
        if found == tag:
            return value
    raise NoAnswer(Gap.MALFORMED, f"no element with tag 0x{tag:02x}")


def elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element."""
    while content:
        found, value, content = _head(content)
        yield found, value


def _head(data: bytes) -> tuple[int, bytes, bytes]:
    """Tag, content and rest. Tags of one byte, definite lengths: all that Kerberos has."""
    if len(data) < 2:
        raise NoAnswer(Gap.MALFORMED, "an element that is cut off")
    size, start = data[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start], "big")
    if size == 0x80 or start > 6 or start + size > len(data):
        raise NoAnswer(Gap.MALFORMED, "an element that is longer than the message")
    return data[0], data[start : start + size], data[start + size :]
