"""Reads SIDs and self-relative security descriptors (MS-DTYP 2.4.2, 2.4.4, 2.4.5, 2.4.6)."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterable

import msgspec

EVERYONE = "S-1-1-0"
DACL_PRESENT, SACL_PRESENT, SELF_RELATIVE = 0x0004, 0x0010, 0x8000
INHERIT_ONLY, INHERITED = 0x08, 0x10
ALLOW = {0x00: False, 0x05: True, 0x09: False, 0x0B: True}
"""The ACE types that allow, and whether they name a right by its GUID; each one's denying twin is the next number."""
CONDITIONAL = 0x09
FLAGS = ((0x01, "OI"), (0x02, "CI"), (0x04, "NP"), (0x08, "IO"), (0x10, "ID"))
"""AceFlags in SDDL (MS-DTYP 2.5.1.1)."""
ALL_RIGHTS = 0xFFFFFFFF
HEADER_BYTES = 20


class Ace(msgspec.Struct, frozen=True):
    """An entry of a DACL. `right` is the GUID of an object ACE, lower case; empty for all rights.

    `conditional` entries count only where an expression over claims holds (MS-DTYP 2.4.4.17), which is not judged.
    `flags` are the AceFlags (MS-DTYP 2.4.4.1): what inherits it, and whether it was inherited.
    """

    allow: bool
    mask: int
    sid: str
    right: str = ""
    conditional: bool = False
    flags: int = 0

    @property
    def inherit_only(self) -> bool:
        """It counts for what is made below, not for the object itself."""
        return bool(self.flags & INHERIT_ONLY)


class Descriptor(msgspec.Struct, frozen=True):
    """A security descriptor. `dacl` is None if there is none, which grants everyone full access; without entries it
    grants no access. `owner` and `group` are empty if it names none. `audits` if it has a SACL.
    """

    owner: str = ""
    group: str = ""
    dacl: tuple[Ace, ...] | None = None
    control: int = 0
    audits: bool = False


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
    found = descriptor(data)
    if found is None:
        return None
    if found.dacl is None:
        return (Ace(True, ALL_RIGHTS, EVERYONE),)
    return tuple(msgspec.structs.replace(ace, flags=0) for ace in found.dacl if not ace.inherit_only)


def descriptor(data: bytes) -> Descriptor | None:
    """None where the bytes are no descriptor, or one that is cut off."""
    if len(data) < HEADER_BYTES or data[0] != 1:
        return None
    control = struct.unpack_from("<H", data, 2)[0]
    owner, group, sacl, start = struct.unpack_from("<4I", data, 4)
    entries = _acl(data, start) if control & DACL_PRESENT and start else None
    if entries is None and control & DACL_PRESENT and start:
        return None
    audits = bool(control & SACL_PRESENT and sacl)
    whose = [_sid_at(data, entry) if entry else "" for entry in (owner, group)]
    return None if None in whose else Descriptor(whose[0] or "", whose[1] or "", entries, control, audits)


def _sid_at(data: bytes, start: int) -> str | None:
    """None where there is no SID."""
    if start + 8 > len(data):
        return None
    return sid(data[start : start + 8 + 4 * data[start + 1]]) or None


def _acl(data: bytes, start: int) -> tuple[Ace, ...] | None:
    """An ACL's entries that allow or deny (MS-DTYP 2.4.5); None where it is cut off, or one cannot be read."""
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
        if kind in ALLOW or kind - 1 in ALLOW:
            ace = _ace(kind, flags, data[at + 4 : at + length])
            if ace is None:
                return None
            found.append(ace)
        at += length
    return tuple(found)


def _ace(kind: int, flags: int, body: bytes) -> Ace | None:
    """Of a kind that allows or denies. `body` begins with the mask. None for what has no SID."""
    allow = kind in ALLOW
    by_name = ALLOW[kind if allow else kind - 1]
    mask, rest, right = int.from_bytes(body[:4], "little"), body[4:], ""
    if by_name:
        present, rest = int.from_bytes(rest[:4], "little"), rest[4:]
        if present & 1:
            right, rest = str(uuid.UUID(bytes_le=rest[:16].ljust(16, b"\0"))), rest[16:]
        if present & 2:
            rest = rest[16:]  # the kind of child object that inherits it
    whose = sid(rest[: 8 + 4 * rest[1]]) if len(rest) > 1 else ""
    return Ace(allow, mask, whose, right, kind >= CONDITIONAL, flags) if whose else None


def sddl(entries: Iterable[Ace]) -> str:
    """The entries as an SDDL string (MS-DTYP 2.5.1.1), in their order. Object and conditional ACEs are left out."""
    return "D:" + "".join(
        f"({'A' if ace.allow else 'D'};{_flags(ace.flags)};0x{ace.mask:x};;;{ace.sid})"
        for ace in entries
        if not ace.right and not ace.conditional
    )


def _flags(flags: int) -> str:
    return "".join(name for bit, name in FLAGS if flags & bit)
