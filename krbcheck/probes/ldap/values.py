"""Raw attributes of a directory entry as text, numbers and SIDs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from krbcheck.windows.descriptor import sid

Raw = Mapping[str, Sequence[bytes]]
"""Names in lower case."""


def text(raw: Raw, name: str) -> str:
    values = raw.get(name.lower()) or [b""]
    return values[0].decode(errors="replace")


def texts(raw: Raw, name: str) -> tuple[str, ...]:
    return tuple(value.decode(errors="replace") for value in raw.get(name.lower(), ()))


def number(raw: Raw, name: str) -> int | None:
    try:
        return int(text(raw, name))
    except ValueError:
        return None


def sids(raw: Raw, name: str) -> tuple[str, ...]:
    found = (sid(value) for value in raw.get(name.lower(), ()))
    return tuple(sorted(one for one in found if one))
