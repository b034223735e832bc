"""One piece of evidence under a verdict, as data: the query, its server, its vantage point, its
time, and the answer.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeGuard

import msgspec

from krbcheck.facts.endpoints import with_server
from krbcheck.facts.observation import MAX_TEXT, Gap, Observed, Summarized, Unobserved, why


class ReasonKind(StrEnum):
    """The source of a reason."""

    OBSERVATION = "observation"  # one question to one server
    POLICY = "policy"  # the group policy settings that apply to an account
    STATEMENT = "statement"  # what the site file states, or what follows from other reasons


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence. Only `answer` is set if there was no query.

    `of` is the server and port (`endpoints.endpoint`), `vantage` (`from` in JSON) the tenant or host that sent the
    query, `at` is UTC. `authenticated` if the answer proves that its sender has a key of the named server. `gap` is why
    there is no answer; `answer` is then the same for people.
    """

    asked: str = ""
    of: str = ""
    vantage: str = msgspec.field(default="", name="from")
    at: datetime | None = None
    answer: str = ""
    authenticated: bool = False
    gap: Gap | None = None
    kind: ReasonKind = ReasonKind.STATEMENT

    @property
    def line(self) -> str:
        """One line for people: the query, its vantage point, and the answer."""
        asked = with_server(self.asked, self.of) if self.asked else ""
        asked = f"{asked}, from {self.vantage}" if asked and self.vantage else asked
        return ": ".join(part for part in (asked, self.answer) if part)


Ground = Observed[object] | Unobserved | Reason | str
"""The evidence of a verdict: an observation, a reason made of several, or a line of text."""


def reason_of(ground: Ground) -> Reason:
    """Returns the evidence as a record. A line of text has no query."""
    match ground:
        case Reason():
            return ground
        case Unobserved():
            return Reason(
                asked=_cut(ground.asked),
                of=_cut(ground.of),
                vantage=ground.vantage,
                at=ground.at,
                answer=_cut(why(ground)),
                gap=ground.gap,
                kind=ReasonKind.OBSERVATION,
            )
        case Observed():
            return Reason(
                asked=_cut(ground.asked),
                of=_cut(ground.of),
                vantage=ground.vantage,
                at=ground.at,
                answer=_cut(ground.value.summary()) if _is_summarized(ground.value) else "",
                authenticated=ground.authenticated,
                kind=ReasonKind.OBSERVATION,
            )
        case _:
            return Reason(answer=_cut(ground))


def _is_summarized(value: object) -> TypeGuard[Summarized]:
    """Returns whether the value is Summarized; isinstance with a protocol needs ten times as long."""
    return callable(getattr(value, "summary", None))


def _cut(text: str) -> str:
    return text[:MAX_TEXT]
