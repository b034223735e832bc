"""The evidence of a verdict as a record, and as one line."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.facts.observation import MAX_TEXT, Gap, Unobserved
from krbcheck.facts.reasons import Reason, ReasonKind, reason_of

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_question_without_an_answer_keeps_its_gap_and_its_server() -> None:
    silence = Unobserved(Gap.TIMED_OUT, "no answer within 3 s", "A of nas", AT, "alice", of="10.77.0.10:53")
    reason = reason_of(silence)
    assert (reason.gap, reason.of, reason.at, reason.kind) == (
        Gap.TIMED_OUT,
        "10.77.0.10:53",
        AT,
        ReasonKind.OBSERVATION,
    )
    assert reason.line == "A of nas at 10.77.0.10 port 53, from alice: no answer within 3 s"


def test_a_line_of_text_is_an_answer_to_no_question() -> None:
    reason = reason_of("the site states it")
    assert (reason.kind, reason.asked, reason.line) == (ReasonKind.STATEMENT, "", "the site states it")


def test_a_reason_stays_as_it_is() -> None:
    reason = Reason(asked="A of nas", answer="10.77.11.30")
    assert reason_of(reason) is reason


def test_text_of_a_server_is_bounded() -> None:
    assert len(reason_of("x" * (MAX_TEXT + 1)).answer) == MAX_TEXT
