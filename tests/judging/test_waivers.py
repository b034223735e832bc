"""Waivers mark findings; they stay, and nothing else is marked."""

from __future__ import annotations

from datetime import date

import pytest

from krbcheck.judging.judge import CheckReport
from krbcheck.judging.verdict import Finding, Fine, Outcome, Severity, Unknown, Verdict, Waived
from krbcheck.judging.waivers import WaiverState, with_waivers
from krbcheck.site.waivers import Waiver
from tests.support.reports import checked

DAY = date(2026, 11, 26)
ACCEPTED = Waived("later", "storage team", DAY)


def finding(subject: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding("smb.one/enabled", severity, subject, f"{subject} supports SMB 1", (), id=f"id-{subject}")


def waiver(subject: str = "a*", code: str = "smb.one/enabled", until: date = DAY) -> Waiver:
    return Waiver(code, subject, "later", "storage team", until)


def judged(*verdicts: Verdict, crash: str = "") -> list[CheckReport]:
    return [checked("smb.one", "SMB 1 is off", *verdicts, crash=crash), checked("dns.port", "445 opens", Fine("x"))]


def test_only_what_a_waiver_concerns_is_marked() -> None:
    done, uses = with_waivers(
        judged(finding("a1"), finding("b1"), Unknown("a2", "silent"), Fine("a3")), [waiver()], DAY
    )
    marked = [verdict.waived for verdict in done[0].verdicts if isinstance(verdict, Finding)]
    assert marked == [ACCEPTED, None]
    assert (done[0].outcome, done[1].outcome) == (Outcome.FAILED, Outcome.PASSED)
    assert [(use.state, use.findings) for use in uses] == [(WaiverState.USED, ("id-a1",))]


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ((finding("a1"),), Outcome.WAIVED),
        ((finding("a1", Severity.WARNING), Fine("a2")), Outcome.WAIVED),
        ((finding("a1"), Unknown("b", "silent")), Outcome.UNKNOWN),
        ((finding("a1"), finding("b", Severity.WARNING)), Outcome.WARNED),
        ((finding("a1", Severity.NOTE), Fine("a2")), Outcome.PASSED),
    ],
)
def test_the_outcome_is_that_of_the_rest(verdicts: tuple[Verdict, ...], outcome: Outcome) -> None:
    done, _ = with_waivers(judged(*verdicts), [waiver()], DAY)
    assert done[0].outcome is outcome


def test_a_crash_is_not_waived() -> None:
    done, uses = with_waivers(judged(crash="Traceback"), [waiver()], DAY)
    assert done[0].outcome is Outcome.CRASHED
    assert uses[0].state is WaiverState.NOT_JUDGED


def test_the_day_after_the_last_a_waiver_has_expired() -> None:
    reports = judged(finding("a1"))
    last, _ = with_waivers(reports, [waiver(until=DAY)], DAY)
    assert last[0].outcome is Outcome.WAIVED
    after, uses = with_waivers(reports, [waiver(until=date(2026, 11, 25))], DAY)
    assert after == tuple(reports)
    assert (uses[0].state, uses[0].is_warning, uses[0].findings) == (WaiverState.EXPIRED, True, ("id-a1",))
    assert uses[0].says.endswith("has expired on 2026-11-25")


@pytest.mark.parametrize(
    ("verdicts", "code", "whole", "state"),
    [
        ((finding("b1"),), "smb.one/enabled", True, WaiverState.UNUSED),
        ((finding("b1"),), "smb.one/enabled", False, WaiverState.NOT_JUDGED),
        ((finding("b1"),), "spn.exists/missing", True, WaiverState.NOT_JUDGED),
        ((Unknown("a1", "silent"),), "smb.one/enabled", True, WaiverState.NOT_JUDGED),
        ((Unknown("smb.one", "not collected"),), "smb.one/enabled", True, WaiverState.NOT_JUDGED),
        ((Unknown("b1", "silent"),), "smb.one/enabled", True, WaiverState.UNUSED),
    ],
)
def test_unused_only_if_all_that_it_could_concern_was_judged(
    verdicts: tuple[Verdict, ...], code: str, whole: bool, state: WaiverState
) -> None:
    _, uses = with_waivers(judged(*verdicts), [waiver(code=code)], DAY, whole=whole)
    assert uses[0].state is state
    assert uses[0].is_warning is (state is WaiverState.UNUSED)
