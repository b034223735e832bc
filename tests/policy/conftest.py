"""Policy files as bytes, written as MS-GPREG 2.2.1 says."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from krbcheck.policy_file import CLIENT_KEY


def text(of: str) -> bytes:
    return of.encode("utf-16-le")


def entry(name: str, value: int | str | bytes, *, key: str = CLIENT_KEY, kind: int | None = None) -> bytes:
    """One `[key;value;type;size;data]`; numbers are REG_DWORD, text is REG_SZ."""
    of = kind if kind is not None else (4 if isinstance(value, int) else 1)
    data = struct.pack("<I", value) if isinstance(value, int) else value
    data = text(data + "\0") if isinstance(data, str) else data
    fields = (text(key + "\0"), text(name + "\0"), struct.pack("<I", of), struct.pack("<I", len(data)), data)
    return text("[") + text(";").join(fields) + text("]")


@pytest.fixture(name="entry")
def entry_fixture() -> Callable[..., bytes]:
    return entry


@pytest.fixture
def registry_pol() -> Callable[..., bytes]:
    """A whole file of these entries."""
    return lambda *entries: b"PReg" + struct.pack("<I", 1) + b"".join(entries)
