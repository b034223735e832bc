"""Answers that a newer recording contradicts: the newest counts, and a report shows both."""

from __future__ import annotations

from datetime import datetime

import msgspec

from krbcheck.facts.observation import Facts


class OlderAnswer(msgspec.Struct, frozen=True):
    """What came back at `at` (UTC), less than an hour before another answer to the same question from `vantage`."""

    asked: str
    of: str
    vantage: str
    at: datetime
    answer: str
    authenticated: bool = False


class OlderAnswers(Facts, frozen=True):
    answers: tuple[OlderAnswer, ...] = ()
