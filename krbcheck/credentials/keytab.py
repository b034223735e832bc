"""Reads keytabs in MIT's format 2 (web.mit.edu/kerberos/krb5-latest/doc/formats)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from krbcheck.credentials.binary import BadFile, Reader
from krbcheck.credentials.wallet import KeytabKey, Secret


class Entry(NamedTuple):
    """A key: `principal` as the file has it, `timestamp` in seconds since 1970."""

    principal: str
    timestamp: int
    key: KeytabKey


def entries(data: bytes) -> list[Entry]:
    """Returns every entry of a keytab; raises BadFile if the file is not a keytab."""
    if data[:2] != b"\x05\x02":
        raise BadFile("it is not a keytab")
    return list(_entries(Reader(data[2:])))


def _entries(file: Reader) -> Iterator[Entry]:
    while file.left >= 4:
        size = file.i32()
        if size == 0:
            return
        held = file.take(abs(size))
        if size > 0:  # a negative size is a hole that a deleted entry left
            yield _entry(Reader(held))


def _entry(file: Reader) -> Entry:
    count = file.u16()
    realm = file.text16()
    name = "/".join(file.text16() for _ in range(count))
    file.u32()  # the name's type
    timestamp = file.u32()
    kvno = file.u8()
    etype = file.u16()
    key = Secret(file.data16())
    if file.left >= 4:  # the version number in full, where one byte is too small
        kvno = file.u32() or kvno
    return Entry(f"{name}@{realm}", timestamp, KeytabKey(etype, kvno, key))


def newest_keys(held: list[Entry], principal: str) -> tuple[KeytabKey, ...]:
    """Returns the newest key of each encryption type of a principal, the strongest type first;
    letter case is ignored.
    """
    newest: dict[int, Entry] = {}
    for entry in held:
        if entry.principal.casefold() != principal.casefold():
            continue
        known = newest.get(entry.key.etype)
        if known is None or (entry.key.kvno, entry.timestamp) >= (known.key.kvno, known.timestamp):
            newest[entry.key.etype] = entry
    order = {18: 0, 17: 1, 20: 2, 19: 3, 23: 4}
    return tuple(item.key for item in sorted(newest.values(), key=lambda item: order.get(item.key.etype, 9)))
