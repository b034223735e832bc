"""What every part of krbcheck speaks: observations, facts, verdicts, and what a check is.

Nothing here asks, reads or prints. Everything that reaches JSON is a frozen msgspec struct; what stays inside
(Problem, Check) is a frozen dataclass.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, get_type_hints, runtime_checkable

import msgspec

from krbcheck.commands import Remedy, filled

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

MAX_TEXT = 2000
"""Characters that one sentence of a verdict may have; longer text from a server is cut and says so."""


class Gap(StrEnum):
    """Why there is no answer. Whatever a server *says* is an answer, also when it says no."""

    REFUSED = "refused"  # nothing listens: connection refused
    TIMED_OUT = "timed-out"  # silence
    UNREACHABLE = "unreachable"  # no route, or the network says so
    NAME_UNKNOWN = "name-unknown"  # the name to ask has no address
    MALFORMED = "malformed"  # bytes came back that are not the protocol's
    CLOSED = "closed"  # the connection was reset or closed in the middle
    NO_CREDENTIALS = "no-credentials"  # the site names no secret, or none that serves
    NOT_ALLOWED = "not-allowed"  # we do not offer it again (refused credential), or the caller may not read it
    NOT_HERE = "not-here"  # this host is no place to ask that from
    NEEDS_OTHER = "needs-other"  # an earlier question had no answer, so this one could not be asked
    OUT_OF_TIME = "out-of-time"  # our own deadline ended it
    CRASHED = "probe-crashed"  # our bug


class NoAnswer(Exception):
    """A probe got nothing. `gap` is for code, `detail` is for people and holds no secret."""

    def __init__(self, gap: Gap, detail: str) -> None:
        super().__init__(f"{gap}: {detail}")
        self.gap = gap
        self.detail = detail


class Observed(msgspec.Struct, Generic[T_co], frozen=True, tag="observed", tag_field="seen"):
    """`asked` was asked at `at` (UTC) from `vantage`, and `value` came back `seconds` later, good or bad."""

    value: T_co
    asked: str
    at: datetime
    vantage: str
    seconds: float = 0.0


class Unobserved(msgspec.Struct, frozen=True, tag="unobserved", tag_field="seen"):
    """Nothing came back. `vantage` is a tenant's name, or the name of the host that asked for no tenant."""

    gap: Gap
    detail: str
    asked: str
    at: datetime
    vantage: str
    seconds: float = 0.0


Observation = Observed[T_co] | Unobserved


@runtime_checkable
class Telling(Protocol):
    """A fact's value that can say itself in a few words, for the reasons under a verdict."""

    def told(self) -> str: ...


def reason(seen: Observation[object]) -> str:
    """One line: what was asked from where, and what came back."""
    asked = f"{seen.asked}, from {seen.vantage}" if seen.vantage else seen.asked
    match seen:
        case Unobserved(gap=Gap.CRASHED):
            return f"{asked}: krbcheck crashed here ({seen.detail.strip().rpartition(chr(10))[2]})"
        case Unobserved():
            return f"{asked}: {seen.detail}"
        case Observed(value=Telling() as value):
            return f"{asked}: {value.told()}"
        case _:
            return asked


def why(silence: Unobserved) -> str:
    """The reason without the question: the same for all who asked in vain, so that a report folds it."""
    return reason(silence) if silence.gap is Gap.CRASHED else silence.detail


class Facts(msgspec.Struct, frozen=True):
    """Base of the fact families. A family is tuples of records, so that families of several vantage points add up."""


class Severity(StrEnum):
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class Finding(msgspec.Struct, frozen=True, tag="finding", tag_field="verdict"):
    """Something is wrong (or worth a note): what, what was expected and found, and what mends it.

    `code` is `area.name/slug`. `tenant` is empty where the finding concerns no one tenant.
    """

    code: str
    severity: Severity
    subject: str
    says: str
    remedy: str
    tenant: str = ""
    values: Mapping[str, str | tuple[str, ...]] = {}
    because: tuple[str, ...] = ()


class Fine(msgspec.Struct, frozen=True, tag="fine", tag_field="verdict"):
    """Looked at, and as it should be."""

    subject: str
    tenant: str = ""
    because: tuple[str, ...] = ()


class Unknown(msgspec.Struct, frozen=True, tag="unknown", tag_field="verdict"):
    """Could not be judged, and why. Never counted as good."""

    subject: str
    says: str
    tenant: str = ""
    because: tuple[str, ...] = ()


Verdict = Finding | Fine | Unknown
Ground = Observed[Any] | Unobserved | str
"""What a verdict rests on: an observation, or a line of text."""


def grounds(because: Iterable[Ground]) -> tuple[str, ...]:
    """The lines of `because`, each once."""
    lines = (one if isinstance(one, str) else reason(one) for one in because)
    return tuple(dict.fromkeys(line[:MAX_TEXT] for line in lines))


def fine(subject: str, *because: Ground, tenant: str = "") -> Fine:
    return Fine(subject, tenant, grounds(because))


def unknown(subject: str, *because: Ground, tenant: str = "", says: str = "") -> Unknown:
    """Without `says` the first unanswered question is the reason."""
    if not says:
        gaps = [one for one in because if isinstance(one, Unobserved)]
        first = gaps[0] if gaps else next(iter(because), "nothing was asked")
        says = first if isinstance(first, str) else reason(first)
    return Unknown(subject, says, tenant, grounds(because))


@dataclass(frozen=True)
class Problem:
    """One kind of finding.

    `says` is one sentence of what *is*, `remedy` names the exact command or setting; both are `str.format`
    templates over the values that the check passes, in a remedy made harmless (`commands`). `means` is for `krbcheck
    explain`: why it matters, plain text.
    """

    slug: str
    severity: Severity
    says: str
    remedy: str
    means: str = ""

    def __call__(
        self,
        subject: str,
        *because: Ground,
        expected: str,
        found: str,
        tenant: str = "",
        **values: str | Sequence[str],
    ) -> Finding:
        kept: dict[str, str | tuple[str, ...]] = {"expected": expected, "found": found}
        kept |= {name: str(one) if isinstance(one, str) else tuple(one) for name, one in values.items()}
        said = {name: one if isinstance(one, str) else ", ".join(one) for name, one in kept.items()}
        said = {"subject": subject, "tenant": tenant} | said
        parts = {name: one for name, one in values.items() if isinstance(one, Remedy)}
        return Finding(
            code=self.slug,
            severity=self.severity,
            subject=subject,
            says=self.says.format_map(said)[:MAX_TEXT],
            remedy=str(filled(self.remedy, said | parts))[:MAX_TEXT],
            tenant=tenant,
            values=kept,
            because=grounds(because),
        )


@dataclass(frozen=True)
class Check(Generic[P]):
    """A pure judgement over facts. `needs` maps its parameters to Site or to fact families."""

    id: str
    title: str
    tells: str
    problems: tuple[Problem, ...]
    refs: tuple[str, ...]
    judge: Callable[P, Iterable[Verdict]]
    about: str
    needs: Mapping[str, type] = field(default_factory=dict)


def check(
    *, id: str, title: str, tells: str, problems: Sequence[Problem] = (), refs: Sequence[str] = ()
) -> Callable[[Callable[P, Iterable[Verdict]]], Check[P]]:
    """Makes a Check of a judge function. The module's docstring is its documentation.

    title: the good state as a sentence. tells: what the reader learns. refs: the paragraphs that make it so.
    """

    def make(judge: Callable[P, Iterable[Verdict]]) -> Check[P]:
        hints = {name: kind for name, kind in get_type_hints(judge).items() if name != "return"}
        about = inspect.getdoc(inspect.getmodule(judge)) or ""
        return Check(id, title, tells, tuple(problems), tuple(refs), judge, about, hints)

    return make


class Outcome(StrEnum):
    """Of one check in one run, derived from its verdicts; the worst counts."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"
    CRASHED = "crashed"
