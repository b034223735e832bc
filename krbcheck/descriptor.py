"""Reads SIDs and the DACL of a self-relative security descriptor (MS-DTYP 2.4.2, 2.4.4, 2.4.6)."""

from __future__ import annotations

import struct
import uuid

import msgspec

EVERYONE = "S-1-1-0"
DACL_PRESENT, SELF_RELATIVE = 0x0004, 0x8000
INHERIT_ONLY = 0x08
ALLOW = {0x00: False, 0x05: True, 0x09: False, 0x0B: True}
"""The ACE types that allow, and whether they name a right by its GUID; each one's denying twin is the next number."""
CONDITIONAL = 0x09
ALL_RIGHTS = 0xFFFFFFFF


class Ace(msgspec.Struct, frozen=True):
    """An entry of a DACL. `right` is the GUID of an object ACE, lower case; empty for all rights.

    `conditional` entries count only where an expression over claims holds (MS-DTYP 2.4.4.17), which is not judged.
    """

    allow: bool
    mask: int
    sid: str
    right: str = ""
    conditional: bool = False


def sid(data: bytes) -> str:
    """A SID's string form; empty where the bytes are none."""
    if len(data) < 8 or len(data) != 8 + 4 * data[1]:
        return ""
    parts = struct.unpack(f"<{data[1]}I", data[8:])
    return "-".join(["S", str(data[0]), str(int.from_bytes(data[2:8], "big")), *map(str, parts)])


def dacl(data: bytes) -> tuple[Ace, ...] | None:
    """The entries that count for the object itself; None where the bytes are no descriptor.

    A descriptor without a DACL lets everyone do everything (MS-DTYP 2.4.6).
    """
    if len(data) < 20 or data[0] != 1:
        return None
    control, start = struct.unpack_from("<H", data, 2)[0], struct.unpack_from("<I", data, 16)[0]
    if not control & DACL_PRESENT or not start:
        return (Ace(True, ALL_RIGHTS, EVERYONE),)
    if start + 8 > len(data):
        return None
    size, count = struct.unpack_from("<HH", data, start + 2)
    at, end = start + 8, min(start + size, len(data))
    found = []
    for _ in range(count):
        if at + 8 > end:
            return None
        kind, flags, length = struct.unpack_from("<BBH", data, at)
        if length < 8 or at + length > end:
            return None
        one = _ace(kind, data[at + 4 : at + length])
        if one is not None and not flags & INHERIT_ONLY:
            found.append(one)
        at += length
    return tuple(found)


def _ace(kind: int, body: bytes) -> Ace | None:
    """`body` begins with the mask. None for what neither allows nor denies, or has no SID."""
    allow = kind in ALLOW
    by_name = ALLOW.get(kind if allow else kind - 1)
    if by_name is None:
        return None
    mask, rest, right = int.from_bytes(body[:4], "little"), body[4:], ""
    if by_name:
        flags, rest = int.from_bytes(rest[:4], "little"), rest[4:]
        if flags & 1:
            right, rest = str(uuid.UUID(bytes_le=rest[:16].ljust(16, b"\0"))), rest[16:]
        if flags & 2:
            rest = rest[16:]  # the kind of child object that inherits it
    whose = sid(rest[: 8 + 4 * rest[1]]) if len(rest) > 1 else ""
    return Ace(allow, mask, whose, right, kind >= CONDITIONAL) if whose else None
