"""Answers that a newer recording replaces by another answer or by none: the newest counts, and a report shows both."""

from __future__ import annotations

from datetime import datetime

import msgspec

from krbcheck.facts.observation import Facts


class OlderAnswer(msgspec.Struct, frozen=True):
    """What came back at `at` (UTC) to a question from `vantage`: less than an hour before another answer to it, or
    before it was sent again and not answered.
    """

    asked: str
    of: str
    vantage: str
    at: datetime
    answer: str
    authenticated: bool = False


class OlderAnswers(Facts, frozen=True):
    answers: tuple[OlderAnswer, ...] = ()
