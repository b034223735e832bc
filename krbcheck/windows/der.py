"""DER (X.690): messages that we make, put together from bytes, and the reading of those that we get.

Neither goes through a schema, which costs ten times as much at every hop. Reading walks a message once, never past
its end, and comes to a value or to Malformed, whatever the bytes are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from krbcheck.windows.malformed import Malformed

INTEGER, BIT_STRING, OCTETS, TIME, TEXT, SEQUENCE = 0x02, 0x03, 0x04, 0x18, 0x1B, 0x30
MOST_LENGTH_BYTES = 4
MAX_TEXT = 2000
"""Bytes of a string that are read."""
MOMENT = re.compile(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z")
"""A KerberosTime: no fractions, always UTC (RFC 4120 5.2.3)."""


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
    bits = (value if value >= 0 else ~value).bit_length()  # and one for the sign
    return tlv(INTEGER, value.to_bytes(bits // 8 + 1, "big", signed=True))


def octets(value: bytes) -> bytes:
    return tlv(OCTETS, value)


def boolean(value: bool) -> bytes:
    return tlv(0x01, b"\xff" if value else b"\x00")


def text(value: str) -> bytes:
    """A KerberosString; UTF-8 as Windows writes it (MS-KILE 2.1.1)."""
    return tlv(TEXT, value.encode())


def flags(value: int) -> bytes:
    """KerberosFlags: 32 bits, bit 0 the highest (RFC 4120 5.2.8)."""
    return tlv(BIT_STRING, b"\x00" + value.to_bytes(4, "big"))


def moment(value: datetime) -> bytes:
    """A KerberosTime (RFC 4120 5.2.3)."""
    return tlv(TIME, value.strftime("%Y%m%d%H%M%SZ").encode())


def inner(data: bytes, tag: int) -> bytes:
    """The content of the element that `data` starts with, which must have this tag."""
    found, start, end = _head(data, 0)
    if found != tag:
        raise Malformed(f"an element with tag 0x{found:02x} where 0x{tag:02x} belongs")
    return data[start:end]


def member(content: bytes, tag: int) -> bytes:
    """The content of the first element with this tag among the elements of `content`."""
    for found, value in elements(content):
        if found == tag:
            return value
    raise Malformed(f"no element with tag 0x{tag:02x}")


def elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element."""
    at = 0
    while at < len(content):
        found, start, at = _head(content, at)
        yield found, content[start:at]


class Fields(dict[int, bytes]):
    """The members of a SEQUENCE by the number of their explicit tags; the first where one comes twice."""

    def __missing__(self, number: int) -> bytes:
        raise Malformed(f"a message without its field {number}")


def fields(data: bytes) -> Fields:
    """Of the SEQUENCE that `data` starts with."""
    found = Fields()
    for tag, content in elements(inner(data, SEQUENCE)):
        if tag & 0xE0 == 0xA0:
            found.setdefault(tag & 0x1F, content)
    return found


def items(data: bytes, tag: int) -> Iterator[bytes]:
    """The content of each element of a SEQUENCE OF, all of which must have this tag."""
    for found, content in elements(inner(data, SEQUENCE)):
        if found != tag:
            raise Malformed(f"an element with tag 0x{found:02x} in a list of 0x{tag:02x}")
        yield content


def read_integer(data: bytes) -> int:
    content = inner(data, INTEGER)
    if not 0 < len(content) <= 8:
        raise Malformed(f"a number of {len(content)} bytes")
    return int.from_bytes(content, "big", signed=True)


def read_unsigned(data: bytes) -> int:
    """Returns a UInt32; some KDCs encode its upper range as negative numbers. Raises Malformed."""
    return read_integer(data) & 0xFFFFFFFF


def read_octets(data: bytes) -> bytes:
    return inner(data, OCTETS)


def read_text(data: bytes) -> str:
    return inner(data, TEXT)[:MAX_TEXT].decode(errors="replace")


def read_flags(data: bytes) -> int:
    """KerberosFlags: the first 32 bits; what is not written is not set."""
    return int.from_bytes(inner(data, BIT_STRING)[1:5].ljust(4, b"\0"), "big")


def read_moment(data: bytes) -> datetime:
    content = inner(data, TIME)
    found = MOMENT.fullmatch(content)
    try:
        year, month, day, hour, minute, second = map(int, found.groups() if found else ())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as bad:
        raise Malformed(f"{content[:40]!r} where a time belongs") from bad


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Tag, start and end of the element at `at`. Tags of one byte, definite lengths: all that Kerberos has."""
    if len(data) < at + 2:
        raise Malformed("an element that is cut off")
    size, start = data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        if not 0 < count <= MOST_LENGTH_BYTES:
            raise Malformed(f"an element whose length has {count} bytes")
        start, size = start + count, int.from_bytes(data[start : start + count], "big")
    if start + size > len(data):
        raise Malformed("an element that is longer than the message")
    return data[at], start, start + size
