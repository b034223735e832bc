"""Marks the findings that a user accepts. They stay in the report; only they do not count as problems.

What follows from a waived finding is not waived with it, and a waiver that is expired or concerns nothing is a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from enum import StrEnum

import msgspec

from krbcheck.judging.judge import CheckReport, outcome
from krbcheck.judging.verdict import Finding, Unknown, Verdict, Waived
from krbcheck.site.waivers import Waiver


class WaiverState(StrEnum):
    """What became of a waiver. Expired and unused are warnings."""

    USED = "used"
    EXPIRED = "expired"
    UNUSED = "unused"
    NOT_JUDGED = "not-judged"  # its check was not run, or something of it was left out or not determined


class WaiverUse(msgspec.Struct, frozen=True):
    """A waiver with the ids of the findings that it concerns; those of an expired waiver are not waived."""

    code: str
    subject: str
    reason: str
    owner: str
    until: date
    state: WaiverState
    findings: tuple[str, ...] = ()

    @property
    def is_warning(self) -> bool:
        return self.state in (WaiverState.EXPIRED, WaiverState.UNUSED)

    @property
    def says(self) -> str:
        """One line: the waiver and its state."""
        what = f"the waiver of {self.code} for {self.subject} ({self.owner}: {self.reason})"
        match self.state:
            case WaiverState.EXPIRED:
                return f"{what} has expired on {self.until}"
            case WaiverState.UNUSED:
                return f"{what} concerns no finding"
            case WaiverState.USED:
                return f"{what} is valid until {self.until}"
            case WaiverState.NOT_JUDGED:
                return f"{what} concerns no finding, but not all of its check was judged"


def with_waivers(
    checks: Iterable[CheckReport], waivers: Sequence[Waiver], today: date, *, whole: bool = True
) -> tuple[tuple[CheckReport, ...], tuple[WaiverUse, ...]]:
    """Returns the reports with their waived findings marked, and the use of each waiver.

    Every finding needs its id. `whole` if the findings of all tenants are there.
    """
    checks = tuple(checks)
    if not waivers:
        return checks, ()
    valid = [waiver for waiver in waivers if today <= waiver.until]
    marked = tuple(_marked(check, valid) for check in checks)
    return marked, tuple(_use(waiver, checks, today, whole=whole) for waiver in waivers)


def _marked(check: CheckReport, waivers: Sequence[Waiver]) -> CheckReport:
    relevant = [waiver for waiver in waivers if waiver.code.partition("/")[0] == check.id]
    if not relevant:
        return check
    verdicts = tuple(_with_waiver(verdict, relevant) for verdict in check.verdicts)
    return msgspec.structs.replace(check, verdicts=verdicts, outcome=outcome(verdicts, check.crash))


def _with_waiver(verdict: Verdict, waivers: Iterable[Waiver]) -> Verdict:
    if not isinstance(verdict, Finding):
        return verdict
    for waiver in waivers:
        if waiver.concerns(verdict.code, verdict.subject):
            return msgspec.structs.replace(verdict, waived=Waived(waiver.reason, waiver.owner, waiver.until))
    return verdict


def _use(waiver: Waiver, checks: Collection[CheckReport], today: date, *, whole: bool) -> WaiverUse:
    check = next((check for check in checks if check.id == waiver.code.partition("/")[0]), None)
    if check is None:
        return use_of(waiver, None, today, whole=whole)
    findings = tuple(
        verdict.id
        for verdict in check.verdicts
        if isinstance(verdict, Finding) and waiver.concerns(verdict.code, verdict.subject)
    )
    pending = [verdict.subject for verdict in check.verdicts if isinstance(verdict, Unknown)]
    complete = whole and not check.crash and not any(name == check.id or waiver.fits(name) for name in pending)
    return use_of(waiver, findings, today, whole=complete)


def use_of(waiver: Waiver, findings: tuple[str, ...] | None, today: date, *, whole: bool) -> WaiverUse:
    """The use of a waiver that concerns these findings; None if its check was not run."""
    if today > waiver.until:
        state = WaiverState.EXPIRED
    elif findings:
        state = WaiverState.USED
    else:
        state = WaiverState.UNUSED if whole and findings is not None else WaiverState.NOT_JUDGED
    findings = findings or ()
    return WaiverUse(waiver.code, waiver.subject, waiver.reason, waiver.owner, waiver.until, state, findings)
