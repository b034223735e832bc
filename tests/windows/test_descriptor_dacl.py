"""DACLs as Windows writes them, held against another reader's."""

from __future__ import annotations

import gzip
import json
import struct
import uuid
from pathlib import Path

import pytest
from impacket.ldap import ldaptypes

from krbcheck.windows.descriptor import ALL_RIGHTS, EVERYONE, Ace, dacl, sid

AUTHENTICATED = bytes((1, 1)) + (5).to_bytes(6, "big") + struct.pack("<I", 11)
APPLY = "edacfd8f-ffb3-11d1-b41d-00a0c968f939"


def descriptor(*aces: bytes, control: int = 0x8004) -> bytes:
    body = b"".join(aces)
    acl = struct.pack("<BBHHH", 4, 0, 8 + len(body), len(aces), 0) + body
    return struct.pack("<BBHIIII", 1, 0, control, 0, 0, 0, 20) + acl


def ace(kind: int, body: bytes, flags: int = 0) -> bytes:
    return struct.pack("<BBH", kind, flags, 4 + len(body)) + body


def object_ace(kind: int, present: int, *guids: str, sid: bytes = AUTHENTICATED) -> bytes:
    names = b"".join(uuid.UUID(guid).bytes_le for guid in guids)
    return ace(kind, struct.pack("<II", 0x100, present) + names + sid)


PLAIN = ace(0, struct.pack("<I", 0x20094) + AUTHENTICATED)


def test_plain_and_object_entries_allow_and_deny() -> None:
    data = descriptor(
        PLAIN,
        ace(1, struct.pack("<I", 0x100) + AUTHENTICATED),
        object_ace(5, 1, APPLY),
        object_ace(6, 3, APPLY, APPLY),
        object_ace(5, 2, APPLY),
    )
    assert dacl(data) == (
        Ace(True, 0x20094, "S-1-5-11"),
        Ace(False, 0x100, "S-1-5-11"),
        Ace(True, 0x100, "S-1-5-11", APPLY),
        Ace(False, 0x100, "S-1-5-11", APPLY),
        Ace(True, 0x100, "S-1-5-11"),
    )


def test_conditional_entries_are_marked() -> None:
    data = descriptor(
        ace(9, struct.pack("<I", 1) + AUTHENTICATED + b"artx"), ace(10, struct.pack("<I", 1) + AUTHENTICATED)
    )
    assert dacl(data) == (Ace(True, 1, "S-1-5-11", "", True), Ace(False, 1, "S-1-5-11", "", True))


def test_entries_for_children_alone_and_audits_are_left_out() -> None:
    data = descriptor(
        ace(0, struct.pack("<I", 1) + AUTHENTICATED, flags=0x0A), ace(2, struct.pack("<I", 1) + AUTHENTICATED)
    )
    assert dacl(data) == ()


def test_without_a_dacl_everyone_may_everything() -> None:
    everyone = (Ace(True, ALL_RIGHTS, EVERYONE),)
    assert dacl(descriptor(PLAIN, control=0x8000)) == everyone
    assert dacl(struct.pack("<BBHIIII", 1, 0, 0x8004, 0, 0, 0, 0)) == everyone
    assert dacl(descriptor()) == ()


@pytest.mark.parametrize("size", range(len(descriptor(PLAIN))))
def test_what_is_cut_off_is_no_descriptor(size: int) -> None:
    assert dacl(descriptor(PLAIN)[:size]) is None


def test_an_entry_beyond_the_end_is_none() -> None:
    data = bytearray(descriptor(PLAIN))
    data[24] = 9  # two entries where one is
    data[30] = 0xFF
    assert dacl(bytes(data)) is None


@pytest.mark.parametrize("data", [b"", b"\1\2", bytes(8)[:7], bytes((1, 200)) + bytes(6), AUTHENTICATED + b"x"])
def test_bytes_that_are_no_sid(data: bytes) -> None:
    assert sid(data) == ""


def test_descriptors_of_windows_are_read_like_another_reader_does(vectors: Path) -> None:
    with gzip.open(vectors / "secdesc" / "samba-short-ordinary-acls.json.gz") as file:
        known = json.load(file)
    held = 0
    for numbers in known.values() if isinstance(known, dict) else (pair[1] for pair in known):
        data = bytes(numbers)
        try:
            other = ldaptypes.SR_SECURITY_DESCRIPTOR(data=data)
        except Exception:  # noqa: BLE001 - the other reader cannot take it
            continue
        if not other["OffsetDacl"]:
            continue
        wanted = [
            (entry["Ace"]["Mask"]["Mask"], sid(entry["Ace"]["Sid"].getData()))
            for entry in other["Dacl"].aces
            if entry["AceType"] in (0, 1, 5, 6, 9, 10, 11, 12) and not entry["AceFlags"] & 8
        ]
        found = dacl(data)
        assert found is not None
        assert [(entry.mask, entry.sid) for entry in found] == wanted
        held += 1
    assert held > 3000
