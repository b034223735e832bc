"""smb.dialect: the newest dialect of each data path."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from krbcheck.facts.smb import (
    SmbNegotiated,
    SmbOneReply,
    SmbSpeeches,
)
from krbcheck.judging.verdict import Unknown, Verdict
from tests.support.smb_sessions import NOT_SUPPORTED, one, speech

T = TypeVar("T")
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, BOBS = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(SmbNegotiated(0, 0x0311), "fine", id="newest"),
        pytest.param(SmbNegotiated(0, 0x0300), "fine", id="just-new-enough"),
        pytest.param(SmbNegotiated(0, 0x0210), "smb.dialect/too-old", id="smb-2.1"),
        pytest.param(SmbNegotiated(NOT_SUPPORTED), "smb.dialect/too-old", id="smb-1-alone"),
        pytest.param(SmbNegotiated(0xC0000205), "unknown", id="out-of-resources"),
        pytest.param(None, "unknown", id="silence"),
    ],
)
def test_the_dialect(lines: Lines, answer: SmbNegotiated | None, expected: str) -> None:
    facts = SmbSpeeches((speech(answer),))
    assert lines("smb.dialect", facts) == [f"{expected} alice {PATH}", f"unknown bob {BOBS}"]


def test_who_was_not_asked_for_is_unknown_with_the_reason(judged: Judged) -> None:
    for check in ("smb.dialect", "smb.one"):
        last = judged(check, SmbSpeeches())[-1]
        assert isinstance(last, Unknown)
        assert last.says == "no leg on VLAN 12"


def test_of_two_collections_the_one_with_an_answer_counts(lines: Lines) -> None:
    facts = SmbSpeeches((speech(None), speech(SmbNegotiated(0, 0x0311))), (one(None), one(SmbOneReply(closed=True))))
    assert lines("smb.dialect", facts)[0] == f"fine alice {PATH}"
    assert lines("smb.one", facts)[0] == f"fine alice {PATH}"
