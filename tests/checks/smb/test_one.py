"""smb.one: whether SMB 1 is enabled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from krbcheck.facts.smb import (
    SmbOneReply,
    SmbSpeeches,
)
from tests.support.smb_sessions import NOT_SUPPORTED, one

T = TypeVar("T")
Lines = Callable[..., list[str]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, BOBS = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(SmbOneReply(closed=True), "fine", id="closed"),
        pytest.param(SmbOneReply(closed=False), "fine", id="no-dialect"),
        pytest.param(SmbOneReply(closed=False, status=NOT_SUPPORTED), "fine", id="refused"),
        pytest.param(SmbOneReply(closed=False, dialect_index=0), "smb.one/enabled", id="on"),
        pytest.param(None, "unknown", id="silence"),
    ],
)
def test_smb_one(lines: Lines, answer: SmbOneReply | None, expected: str) -> None:
    facts = SmbSpeeches((), (one(answer),))
    assert lines("smb.one", facts) == [f"{expected} alice {PATH}", f"unknown bob {BOBS}"]
