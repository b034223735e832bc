"""Descriptors of real systems: owner, group, list or none, entries with their flags, held against another reader."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from impacket.ldap import ldaptypes

from krbcheck.windows.descriptor import Ace, Descriptor, descriptor, sid

FILES = {
    "samba-short-ordinary-acls.json.gz": 3000,
    "samba-short-conditional-and-resource-aces-successes.json.gz": 300,
    "samba-registry-object-rights.json": 10,
    "samba-oversize-acls.json": 1,
}
"""At least so many that the other reader takes, too."""
ACCESS = (0, 1, 5, 6, 9, 10, 11, 12)


def of_windows(file: Path) -> Iterator[tuple[str, bytes]]:
    """SDDL, and the bytes that Windows made of it."""
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    known = json.loads(data)
    pairs = known.items() if isinstance(known, dict) else known
    for pair in pairs:
        sddl, numbers = pair[0], pair[1]
        if isinstance(numbers, list) and all(isinstance(number, int) for number in numbers):
            yield str(sddl), bytes(numbers)


def read_otherwise(data: bytes) -> tuple[str, str, list[Any] | None, int] | None:
    """By impacket; None where it cannot."""
    try:
        other = ldaptypes.SR_SECURITY_DESCRIPTOR(data=data)
        owner, group = (sid(other[name].getData()) if other[name] else "" for name in ("OwnerSid", "GroupSid"))
        entries = [ace for ace in other["Dacl"].aces if ace["AceType"] in ACCESS] if other["OffsetDacl"] else None
        return owner, group, entries, int.from_bytes(data[2:4], "little")
    except Exception:  # noqa: BLE001 - whatever it dislikes
        return None


@pytest.mark.parametrize("name", FILES)
def test_descriptors_of_windows_are_read_right(vectors: Path, name: str) -> None:
    held = 0
    for sddl, data in of_windows(vectors / "secdesc" / name):
        other = read_otherwise(data)
        if other is None:
            continue
        ours = descriptor(data)
        assert ours is not None, sddl
        owner, group, entries, control = other
        assert (ours.owner, ours.group, ours.control) == (owner, group, control), sddl
        assert (ours.dacl is None) == (entries is None), sddl
        wanted = [
            (entry["AceFlags"], entry["Ace"]["Mask"]["Mask"], sid(entry["Ace"]["Sid"].getData()))
            for entry in entries or ()
        ]
        assert [(ace.flags, ace.mask, ace.sid) for ace in ours.dacl or ()] == wanted, sddl
        assert ours.audits == ("S:" in sddl), sddl
        held += 1
    assert held >= FILES[name]


def test_the_descriptor_in_a_files_attribute_is_read_right(vectors: Path) -> None:
    """The text beside it says what is in the hexdump: a descriptor whose offsets count from the attribute's start."""
    lines = (vectors / "secdesc" / "samba-xattr_NTACL.dat").read_text().splitlines()
    data = b"".join(bytes.fromhex(line[7:56].replace(" ", "")) for line in lines if line.startswith("["))
    header = data[data.index(bytes.fromhex("01001490")) :][:20]
    found = descriptor(header + data[20:])
    assert found is not None
    assert (found.owner, found.group) == ("S-1-5-21-1804520304-2085550321-2220328753-500", "S-1-5-32-544")
    assert [(ace.sid, ace.mask, ace.flags, ace.allow) for ace in found.dacl or ()] == [
        ("S-1-5-32-544", 0x1F01FF, 3, True),
        ("S-1-5-32-549", 0x1200A9, 3, True),
        ("S-1-5-18", 0x1F01FF, 3, True),
        ("S-1-5-11", 0x1200A9, 3, True),
    ]


def of_entry(kind: int, body: bytes) -> bytes:
    """A descriptor whose list has one entry (MS-DTYP 2.4.4.1, 2.4.5, 2.4.6)."""
    entry = struct.pack("<BBHI", kind, 0, 8 + len(body), 0x1F01FF) + body
    return (
        struct.pack("<BBHIIII", 1, 0, 0x8004, 0, 0, 0, 20) + struct.pack("<BBHHH", 2, 0, 8 + len(entry), 1, 0) + entry
    )


EVERYONE = bytes.fromhex("010100000000000100000000")


@pytest.mark.parametrize("kind", [0, 1, 9, 10])
@pytest.mark.parametrize("body", [b"", EVERYONE[:7], EVERYONE[:11], b"\1\17" + EVERYONE[2:]])
def test_a_list_with_an_entry_that_cannot_be_read_is_not_read(kind: int, body: bytes) -> None:
    """An entry that is left out would make a list say less than the server's own."""
    assert descriptor(of_entry(kind, body)) is None


def test_entries_that_neither_allow_nor_deny_are_left_out() -> None:
    assert descriptor(of_entry(0, EVERYONE)) == Descriptor(dacl=(Ace(True, 0x1F01FF, "S-1-1-0"),), control=0x8004)
    assert descriptor(of_entry(2, b"")) == Descriptor(dacl=(), control=0x8004)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert isinstance(descriptor(b"\1\0\4\x80" + data), Descriptor | None)
