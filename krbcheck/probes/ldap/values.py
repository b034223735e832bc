"""Reads raw attributes of a directory entry as text, numbers and SIDs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from krbcheck.windows.descriptor import sid

Raw = Mapping[str, Sequence[bytes]]
"""The attributes; their names are in lower case."""


def text(raw: Raw, name: str) -> str:
    """Returns the first value as text; empty if the attribute is absent."""
    values = raw.get(name.lower()) or [b""]
    return values[0].decode(errors="replace")


def texts(raw: Raw, name: str) -> tuple[str, ...]:
    """Returns all values as text."""
    return tuple(value.decode(errors="replace") for value in raw.get(name.lower(), ()))


def number(raw: Raw, name: str) -> int | None:
    """Returns the first value as a number; None if the attribute is absent or is not a number."""
    try:
        return int(text(raw, name))
    except ValueError:
        return None


def sids(raw: Raw, name: str) -> tuple[str, ...]:
    """Returns the values that are SIDs, sorted, as text (MS-DTYP 2.4.2.1)."""
    found = (sid(value) for value in raw.get(name.lower(), ()))
    return tuple(sorted(entry for entry in found if entry))
