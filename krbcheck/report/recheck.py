"""What became of the causes of an earlier report, as one value: every format renders it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from krbcheck.facts.reasons import Reason
from krbcheck.judging.recheck import Now, State, added, now
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown
from krbcheck.report.report import Crash, Report
from krbcheck.report.text import cut, plain
from krbcheck.site.stated import Site

Target = tuple[str, Finding | Unknown]
"""A finding or an undetermined result of the earlier report, with the id of its check."""


class NoSuchCause(Exception):
    """Nothing in the report has the id; the message names those that can be rechecked."""


class Followed(msgspec.Struct, frozen=True):
    """A result that followed from a cause. `code` is the id of its check, if it was undetermined."""

    id: str
    code: str
    subject: str
    tenant: str
    state: State
    says: str = ""


class RecheckedCause(msgspec.Struct, frozen=True, kw_only=True):
    """A cause of the earlier report: its message there (`was`), its state, and the message of today (`says`)."""

    id: str
    code: str
    subject: str
    tenant: str = ""
    severity: Severity | None = None
    state: State
    was: str
    says: str = ""
    because: tuple[Reason, ...] = ()
    follows: tuple[Followed, ...] = ()


class Recheck(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a recheck. `report` is when the earlier report was started; `new` are the errors and warnings that
    it did not contain; `checks` are those that were run again, of `known` in all.
    """

    schema: Literal[1] = 1
    krbcheck: str
    site: str
    report: datetime
    started: datetime
    seconds: float
    questions: int
    checks: tuple[str, ...]
    known: int
    causes: tuple[RecheckedCause, ...]
    new: tuple[Finding, ...] = ()
    interrupted: bool = False
    crashes: tuple[Crash, ...] = ()

    def of(self, state: State) -> list[RecheckedCause]:
        return [cause for cause in self.causes if cause.state is state]

    @property
    def open_results(self) -> list[Followed]:
        """What followed from causes that are fixed, and is not fine."""
        return [each for cause in self.of(State.FIXED) for each in cause.follows if each.state is not State.FIXED]


def roots(report: Report, wanted: str = "") -> list[Target]:
    """What is to be rechecked: the finding or the undetermined result with the id `wanted`, else the causes.

    A report without causes gives its errors and warnings; if it has none, what was not determined for itself. Raises
    NoSuchCause.
    """
    known = {verdict.id: (check, verdict) for check, verdict in report.verdicts() if not isinstance(verdict, Fine)}
    wrong = [
        name
        for name, (_, verdict) in known.items()
        if isinstance(verdict, Finding) and verdict.severity is not Severity.NOTE
    ]
    alone = [name for name, (_, verdict) in known.items() if isinstance(verdict, Unknown) and not verdict.explained_by]
    names = [name for name in report.causes if name in known] or wrong or alone
    if not wanted:
        return [known[name] for name in names]
    if wanted not in known:
        raise NoSuchCause(f"no cause has the id {plain(wanted, 80)}; {_allowed(names)}")
    return [known[wanted]]


def _allowed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"the report has {', '.join(names[:8])}{more}" if names else "the report names no cause"


def targets(report: Report, causes: Sequence[Target]) -> list[Target]:
    """The causes and what follows from them, each once."""
    known = {verdict.id: (check, verdict) for check, verdict in report.verdicts() if not isinstance(verdict, Fine)}
    names = [name for _, cause in causes for name in (cause.id, *cause.explains) if name in known]
    return [known[name] for name in dict.fromkeys(names)]


def compared(
    before: Report, causes: Sequence[Target], after: Report, site: Site, *, known: int, narrow: bool
) -> Recheck:
    """What became of these causes of the report `before`, by the report of today.

    `known` is the number of all checks. If the site was `narrow`, only a finding about what was rechecked can be new.
    """
    by_id = {check.id: check for check in after.checks}
    missing = "the collection was interrupted before this query" if after.interrupted else "not collected"
    every = targets(before, causes)
    states = {verdict.id: now(verdict, by_id.get(check), site, missing) for check, verdict in every}
    had = {(each.code, each.tenant, each.subject) for each in before.findings()}
    subjects = {(verdict.tenant, verdict.subject) for _, verdict in every}
    new = [each for each in added(had, after.checks) if not narrow or (each.tenant, each.subject) in subjects]
    those = {verdict.id: (check, verdict) for check, verdict in every}
    return Recheck(
        krbcheck=after.krbcheck,
        site=after.site,
        report=before.started,
        started=after.started,
        seconds=after.seconds,
        questions=sum(entry.questions for entry in after.asked),
        checks=tuple(by_id),
        known=known,
        causes=tuple(_cause(check, cause, states, those) for check, cause in causes),
        new=tuple(each for each in new if not each.explained_by) or tuple(new),
        interrupted=after.interrupted,
        crashes=(*after.crashes, *(Crash(f"check {check.id}", check.crash) for check in after.checks if check.crash)),
    )


def _cause(
    check: str, cause: Finding | Unknown, states: Mapping[str, Now], every: Mapping[str, Target]
) -> RecheckedCause:
    today = states[cause.id]
    finding = isinstance(cause, Finding)
    return RecheckedCause(
        id=cause.id,
        code=cause.code if isinstance(cause, Finding) else check,
        subject=cause.subject,
        tenant=cause.tenant,
        severity=cause.severity if isinstance(cause, Finding) else None,
        state=today.state,
        was=cause.says if finding else f"{cause.subject}: {cause.says}",
        says=cut(today.says),
        because=today.because,
        follows=tuple(_followed(*every[name], states[name]) for name in cause.explains if name in states),
    )


def _followed(check: str, verdict: Finding | Unknown, today: Now) -> Followed:
    code = verdict.code if isinstance(verdict, Finding) else check
    return Followed(verdict.id, code, verdict.subject, verdict.tenant, today.state, cut(today.says))
