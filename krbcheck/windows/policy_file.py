"""Reads Registry.pol (MS-GPREG 2.2.1) and GPT.INI (MS-GPOL 2.2.4), whatever their bytes are.

Entries are read by their sizes, and a `;` within data is data: a list of forests contains many.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from krbcheck.windows.malformed import Malformed

SYSTEM = "software\\microsoft\\windows\\currentversion\\policies\\system"
CLIENT_KEY = f"{SYSTEM}\\kerberos\\parameters"
KDC_KEY = f"{SYSTEM}\\kdc\\parameters"
KEYS = (CLIENT_KEY, KDC_KEY)
VALUES = ("useforestsearch", "forestsearchlist")
DELETES = "**"
"""What the names of all special entries begin with."""

HEADER = b"PReg" + struct.pack("<I", 1)
OPEN, CLOSE, SEMICOLON, END = (entry.encode("utf-16-le") for entry in "[];\0")
MOST_BYTES = 4 << 20
MOST_TEXT = 2000
MOST_SETTINGS = 64
REG_SZ, REG_EXPAND_SZ, REG_DWORD, REG_DWORD_BIG_ENDIAN, REG_MULTI_SZ = 1, 2, 4, 5, 7


class Setting(msgspec.Struct, frozen=True):
    """An entry of Registry.pol about the search order. `kind` is its registry type, `text` or `number` its data.

    `name` may be one of the special ones (`**Del.…`, `**DelVals.`); then the entry deletes.
    """

    key: str
    name: str
    kind: int = 0
    text: str = ""
    number: int | None = None


class RegistryFile(msgspec.Struct, frozen=True):
    """A Registry.pol: its length, the number of its entries, and those about the search order, in their order.

    If `malformed` is not empty, reading ended at byte `at`; the entries before it are kept.
    """

    size: int
    entries: int = 0
    settings: tuple[Setting, ...] = ()
    malformed: str = ""
    at: int = 0

    def summary(self) -> str:
        if self.malformed:
            return f"malformed at byte {self.at} of {self.size}: {self.malformed}"
        return f"{self.size} bytes, {self.entries} entries"


class MalformedAt(Malformed):
    """The bytes do not follow MS-GPREG from byte `at` on."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.why, self.at = why, at


class Entry(NamedTuple):
    """One `[key;value;type;size;data]`, which begins at byte `at`."""

    at: int
    key: str
    name: str
    kind: int
    data: bytes


class _Body:
    """The bytes and how far they are read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = len(HEADER)

    def mark(self, wanted: bytes) -> None:
        if not self.data.startswith(wanted, self.at):
            cut = len(self.data) - self.at < len(wanted)
            raise MalformedAt("cut off" if cut else f"'{wanted.decode('utf-16-le')}' is missing", self.at)
        self.at += len(wanted)

    def text(self) -> str:
        """Characters up to their NUL, which stands on an even distance from the start."""
        end = self.at
        while (end := self.data.find(END, end)) >= 0 and (end - self.at) % 2:
            end += 1
        if end < 0:
            raise MalformedAt("cut off within a name", self.at)
        found = self.data[self.at : end].decode("utf-16-le", errors="replace")
        self.at = end + len(END)
        return found

    def number(self) -> int:
        return int.from_bytes(self.take(4, "a number"), "little")

    def take(self, size: int, what: str) -> bytes:
        left = len(self.data) - self.at
        if size > left:
            raise MalformedAt(f"{what} of {size} bytes, where {left} are left", self.at)
        self.at += size
        return self.data[self.at - size : self.at]


def read_registry(data: bytes, size: int | None = None) -> RegistryFile:
    """`size` is the whole file's, where `data` is only its beginning."""
    whole = len(data) if size is None else size
    if not data.startswith(HEADER):
        common = next((n for n in range(len(HEADER)) if data[n : n + 1] != HEADER[n : n + 1]), 0)
        why = "cut off within the header" if HEADER.startswith(data) else "not a policy file of version 1"
        return RegistryFile(whole, malformed=why, at=common)
    if whole > MOST_BYTES:
        return RegistryFile(whole, malformed=f"longer than {MOST_BYTES} bytes, not read", at=MOST_BYTES)
    if whole > len(data):
        return RegistryFile(whole, malformed=f"only {len(data)} bytes came", at=len(data))
    settings: list[Setting] = []
    count = 0
    try:
        for entry in entries(data):
            count += 1
            if _matters(entry.key.lower(), entry.name.lower()):
                settings.append(_setting(entry))
            if len(settings) > MOST_SETTINGS:
                raise MalformedAt(f"more than {MOST_SETTINGS} entries about the search order", entry.at)
    except MalformedAt as bad:
        return RegistryFile(whole, count, tuple(settings[:MOST_SETTINGS]), bad.why, bad.at)
    return RegistryFile(whole, count, tuple(settings))


def entries(data: bytes) -> Iterator[Entry]:
    """All entries of a file that begins with the header. Raises MalformedAt where it cannot go on."""
    body = _Body(data)
    while body.at < len(data):
        start = body.at
        body.mark(OPEN)
        key = body.text()
        body.mark(SEMICOLON)
        name = body.text()
        body.mark(SEMICOLON)
        kind = body.number()
        body.mark(SEMICOLON)
        size = body.number()
        body.mark(SEMICOLON)
        found = Entry(start, key, name, kind, body.take(size, "data"))
        body.mark(CLOSE)
        yield found


def _matters(key: str, name: str) -> bool:
    """Whether the entry sets or deletes a value of the search order, its key, or a key above it."""
    if key in KEYS:
        return name in VALUES or name.startswith(DELETES)
    return name.startswith("**deletekeys") and any(wanted.startswith(f"{key}\\") or not key for wanted in KEYS)


def _setting(entry: Entry) -> Setting:
    key, name, kind, data = entry.key[:MOST_TEXT], entry.name[:MOST_TEXT], entry.kind, entry.data
    if kind in (REG_SZ, REG_EXPAND_SZ, REG_MULTI_SZ):
        text = data[: 2 * MOST_TEXT].decode("utf-16-le", errors="replace").rstrip("\0")
        return Setting(key, name, kind, text)
    if kind in (REG_DWORD, REG_DWORD_BIG_ENDIAN) and len(data) == 4:
        number = int.from_bytes(data, "little" if kind == REG_DWORD else "big")
        return Setting(key, name, kind, number=number)
    return Setting(key, name, kind, data[: MOST_TEXT // 2].hex())


def read_version(data: bytes) -> int | None:
    """Returns the Version of [General] in a GPT.INI (UTF-16 or one byte for each character); None if there is none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data[:4096].decode("utf-16", errors="replace")
    else:
        text = data[:4096].decode("latin-1").removeprefix("\xef\xbb\xbf")
    section = ""
    for line in text.splitlines():
        if heading := re.fullmatch(r"\s*\[([^\]]*)\]\s*", line):
            section = heading[1].strip().lower()
        elif section == "general" and (found := re.fullmatch(r"\s*version\s*=\s*(\d{1,10})\s*", line, re.IGNORECASE)):
            return int(found[1]) & 0xFFFFFFFF
    return None
