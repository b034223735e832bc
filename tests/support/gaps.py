"""What a probe that is called directly raises where the scheduler would make a gap of it."""

from __future__ import annotations

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.windows.malformed import Malformed

NO_ANSWERS = (NoAnswer, Malformed)


def gap_of(error: BaseException) -> Gap:
    """The gap that the scheduler reports for an error of a probe."""
    return error.gap if isinstance(error, NoAnswer) else Gap.MALFORMED
