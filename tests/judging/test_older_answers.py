"""Both answers are shown where a newer recording contradicts an older one."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.facts.observation import Facts
from krbcheck.facts.older_answers import OlderAnswer, OlderAnswers
from krbcheck.facts.reasons import Reason, ReasonKind
from krbcheck.judging.older_answers import with_older_answers
from krbcheck.judging.verdict import Fine

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
REASON = Reason(asked="A of nas", of="10.77.0.10:53", vantage="alice", at=AT, answer="10.77.11.31")
OLDER = OlderAnswer("A of nas", "10.77.0.10:53", "alice", AT.replace(hour=11, minute=30), "10.77.11.30")
VERDICT = Fine("nas", "alice", (REASON,))


def judged(*older: OlderAnswer) -> tuple[Reason, ...]:
    facts: dict[type[Facts], Facts] = {OlderAnswers: OlderAnswers(answers=older)}
    (verdict,) = with_older_answers([VERDICT], facts)
    return verdict.because


def test_the_older_answer_follows_the_newer() -> None:
    added = Reason(
        asked="A of nas",
        of="10.77.0.10:53",
        vantage="alice",
        at=OLDER.at,
        answer="10.77.11.30 (2026-11-25 11:30:00 UTC, before that)",
        kind=ReasonKind.OBSERVATION,
    )
    assert judged(OLDER, OLDER) == (REASON, added)


def test_another_question_or_vantage_point_is_not_shown() -> None:
    bob = OlderAnswer("A of nas", "10.77.0.10:53", "bob", AT, "10.77.12.30")
    other = OlderAnswer("AAAA of nas", "10.77.0.10:53", "alice", AT, "fd00::1")
    assert judged(bob, other) == (REASON,)
    assert with_older_answers([VERDICT], {}) == [VERDICT]
