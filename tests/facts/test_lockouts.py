"""Which accounts one more wrong password would lock, by what the controllers have counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from krbcheck.facts.lockouts import LockoutAnswer, LockoutPolicy, Lockouts, WrongPasswords
from krbcheck.facts.observation import Gap, Observed, Unobserved

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE = "alice-admin@VMLEVEL.COM"
WINDOW = 1800.0


def near(threshold: int | None, count: int, *, minutes: int = 1, locked: bool = False, own: bool = False) -> list[str]:
    """The reasons, for a count whose last wrong password came so many minutes ago."""
    entry = WrongPasswords(ALICE, count, NOW - timedelta(minutes=minutes), locked=locked, own_policy=own)
    seen = Observed(LockoutPolicy(threshold, WINDOW, (entry,)), "asked", NOW, "station")
    found = list(Lockouts(answers=(LockoutAnswer("vmlevel.com", "vmdc1.vmlevel.com", seen),)).near())
    assert {account for account, _ in found} <= {ALICE}
    return [why for _, why in found]


def test_one_more_wrong_password_would_lock_the_account() -> None:
    assert near(3, 2) == [f"{ALICE} has 2 wrong passwords, and 3 lock it, by vmdc1.vmlevel.com"]
    assert near(2, 1) == [f"{ALICE} has 1 wrong password, and 2 lock it, by vmdc1.vmlevel.com"]


@pytest.mark.parametrize(
    ("threshold", "count", "minutes", "locked"),
    [
        pytest.param(3, 1, 1, False, id="one more is left"),
        pytest.param(0, 99, 1, False, id="no account is ever locked"),
        pytest.param(1, 0, 1, False, id="no wrong password yet"),
        pytest.param(3, 2, 31, False, id="the count begins again"),
        pytest.param(3, 3, 1, True, id="it is locked already, which the KDC reports"),
    ],
)
def test_a_credential_may_be_sent(threshold: int, count: int, minutes: int, locked: bool) -> None:
    assert near(threshold, count, minutes=minutes, locked=locked) == []


def test_a_threshold_that_cannot_be_read_allows_no_second_wrong_password() -> None:
    unread = [f"{ALICE} has 1 wrong password, and how many lock it could not be read, by vmdc1.vmlevel.com"]
    assert near(None, 1) == unread
    assert near(0, 1, own=True) == unread
    assert near(0, 1, minutes=600, own=True) == unread, "its window is not readable either"
    assert (near(None, 0), near(0, 0, own=True)) == ([], [])


def test_a_controller_that_did_not_answer_adds_nothing() -> None:
    silent = Unobserved(Gap.TIMED_OUT, "no answer", "asked", NOW, "station")
    assert list(Lockouts(answers=(LockoutAnswer("vmlevel.com", "vmdc1.vmlevel.com", silent),)).near()) == []


def test_the_policy_is_described() -> None:
    described = [LockoutPolicy(threshold).summary() for threshold in (None, 0, 3)]
    assert described == [
        "the lockout threshold is not readable",
        "no account is ever locked",
        "3 wrong passwords lock an account",
    ]
