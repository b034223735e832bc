"""The exit status of a report."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from krbcheck.cli.exits import FailOn, Status
from krbcheck.cli.results import status_of
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown
from krbcheck.report.report import Report
from tests.support import reports

judged, made, night = reports.judged, reports.made, reports.night


@pytest.mark.parametrize(
    ("severities", "unknown", "crash", "fail_on", "status"),
    [
        ([], False, "", FailOn.ERROR, Status.GOOD),
        ([Severity.NOTE], False, "", FailOn.WARNING, Status.GOOD),
        ([Severity.WARNING], False, "", FailOn.ERROR, Status.GOOD),
        ([Severity.WARNING], False, "", FailOn.WARNING, Status.FINDINGS),
        ([Severity.ERROR], True, "", FailOn.ERROR, Status.FINDINGS),
        ([], True, "", FailOn.ERROR, Status.UNKNOWN),
        ([Severity.WARNING], True, "", FailOn.ERROR, Status.UNKNOWN),
        ([Severity.ERROR], True, "bug", FailOn.ERROR, Status.CRASHED),
    ],
)
def test_the_exit_status_is_the_most_serious(
    severities: list[Severity],
    unknown: bool,
    crash: str,
    fail_on: FailOn,
    status: Status,
    judged: Callable[..., CheckReport],
    made: Callable[[list[CheckReport]], Report],
) -> None:
    verdicts = [Finding("a.b/c", severity, "s", "says", ()) for severity in severities]
    lost = [Unknown("s", "silence")] if unknown else []
    report = made([judged("a.b", "t", *verdicts, *lost, Fine("s")), judged("a.c", "t", crash=crash)])
    assert status_of(report, fail_on) is status


def test_interrupted_outweighs_all(night: list[CheckReport], made: Callable[..., Report]) -> None:
    assert status_of(made(night, interrupted=True), FailOn.ERROR) is Status.INTERRUPTED
