"""A verdict based on the newer of two contradicting answers shows the older answer too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Facts
from krbcheck.facts.older_answers import OlderAnswer, OlderAnswers
from krbcheck.facts.reasons import Reason, ReasonKind
from krbcheck.judging.verdict import Verdict, grounds


def with_older_answers(verdicts: Iterable[Verdict], facts: Mapping[type[Facts], Facts]) -> list[Verdict]:
    """The verdicts; behind each reason follow the older answers to its question that differ."""
    family = facts.get(OlderAnswers)
    if not isinstance(family, OlderAnswers) or not family.answers:
        return list(verdicts)
    older = grouped(family.answers, lambda answer: (answer.asked, answer.vantage))
    return [msgspec.structs.replace(verdict, because=grounds(_reasons(verdict.because, older))) for verdict in verdicts]


def _reasons(because: Iterable[Reason], older: Mapping[tuple[str, str], Iterable[OlderAnswer]]) -> Iterator[Reason]:
    for reason in because:
        yield reason
        for answer in older.get((reason.asked, reason.vantage), ()):
            yield Reason(
                asked=answer.asked,
                of=answer.of,
                vantage=answer.vantage,
                at=answer.at,
                answer=f"{answer.answer} ({answer.at:%Y-%m-%d %H:%M:%S} UTC, before that)",
                authenticated=answer.authenticated,
                kind=ReasonKind.OBSERVATION,
            )
