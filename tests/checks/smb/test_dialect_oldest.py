"""smb.dialect: an old dialect that is supported beside new ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from krbcheck.facts.smb import (
    SmbSpeech,
    SmbSpeeches,
)
from tests.support.smb_dialects import SILENT, reply, said, spoken

T = TypeVar("T")
Lines = Callable[..., list[str]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH = "vmstore-alice.tintri.com"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param((0x300, 0x311), "fine", id="new-alone"),
        pytest.param((0x202, 0x210, 0x311), "smb.dialect/old-too", id="old-too"),
        pytest.param((), "fine", id="not-asked-one-by-one"),
    ],
)
def test_the_oldest_dialect_is_worth_a_note(lines: Lines, known: tuple[int, ...], expected: str) -> None:
    newest = SmbSpeeches((SmbSpeech("alice", PATH, "vmstore", "10.77.11.30", said(reply())),))
    each = spoken(*(reply(entry) for entry in known)) if known else SILENT
    assert lines("smb.dialect", newest, each)[0] == f"{expected} alice {PATH}"
