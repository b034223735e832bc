"""Observations: parts of answers, and replies that a silence ends early."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.facts.observation import Gap, Observed, Partial, Unobserved, derived, reason
from krbcheck.facts.smb import SmbSetUp

AT = datetime(2026, 11, 25, tzinfo=UTC)
KDC = "vmdc1.vmlevel.com (10.77.0.10):88"
ANSWER = Observed((7, 8), "both", AT, "alice", 0.5, KDC, True)
SILENCE = Unobserved(Gap.TIMED_OUT, "no answer", "both", AT, "alice", 2.0, KDC)


def test_a_part_of_an_answer_has_its_time_server_and_proof() -> None:
    assert derived(ANSWER, lambda pair: pair[1], "second") == Observed(8, "second", AT, "alice", 0.5, KDC, True)
    assert derived(ANSWER, sum).asked == "both"


def test_a_part_of_a_silence_is_the_silence() -> None:
    assert derived(SILENCE, sum, "second") == Unobserved(Gap.TIMED_OUT, "no answer", "second", AT, "alice", 2.0, KDC)
    assert derived(SILENCE, sum) is SILENCE


def test_the_reason_names_question_server_and_vantage_point() -> None:
    assert reason(SILENCE) == "both at vmdc1.vmlevel.com (10.77.0.10) port 88, from alice: no answer"


def test_a_session_that_the_storage_left_half_way_ends_in_its_silence() -> None:
    stalled, refused = SmbSetUp(0, cut="no answer within 5 s", stalled=True), SmbSetUp(0, cut="closed the connection")
    assert isinstance(stalled, Partial)
    assert (stalled.silence, refused.silence) == ("no answer within 5 s", "")
    assert not isinstance((1, 2), Partial)
