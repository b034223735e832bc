"""CSV for a spreadsheet (RFC 4180): a line for each verdict of a report, each cell of a matrix, each hop of a trace."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.report.forms import Screen
from krbcheck.report.matrix import Matrix, Row
from krbcheck.report.remedies import in_one_line
from krbcheck.report.report import Report
from krbcheck.report.text import plain
from krbcheck.report.trace import Trace

VERDICTS = (
    "check", "outcome", "verdict", "severity", "code", "id", "tenant", "subject", "says", "expected", "found", "remedy",
    "explained_by", "waived",
)  # fmt: skip
CELLS = (
    "tenant", "principal", "session", "storage", "path", "path of", "share", "owner", "expected", "observed",
    "computed", "outcome", "why", "waived",
)  # fmt: skip
HOPS = (
    "principal", "service", "outcome", "code", "kdc", "search", "forest", "realm", "queried", "requested", "answer",
    "says", "seconds",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet would run, blanks before it or not (OWASP, CSV injection): full width counts too."""
SAME_TEXTS = 1 << 12
"""Texts that are kept: the cells of a matrix repeat a few."""


def report(report: Report, screen: Screen) -> Iterator[bytes]:
    """A check without a verdict (crashed, or nothing to look at) has one line too, and an expired or unused waiver."""
    yield lines_of([VERDICTS])
    for check in report.checks:
        verdicts = [_verdict(verdict) for verdict in check.verdicts] or [("", *[""] * 11)]
        yield lines_of([safe(part) for part in (check.id, check.outcome, *parts)] for parts in verdicts)
    for waiver in report.waiver_warnings:
        parts = ("waivers", "warned", "waiver", "warning", waiver.code, "", "", waiver.subject, waiver.says)
        yield lines_of([[safe(part) for part in (*parts, *[""] * (len(VERDICTS) - len(parts)))]])


def matrix(matrix: Matrix, screen: Screen) -> Iterator[bytes]:
    yield lines_of([CELLS])
    for row in matrix.rows:
        yield lines_of(_cells(row))


def trace(trace: Trace, screen: Screen) -> Iterator[bytes]:
    yield lines_of([HOPS])
    head = (trace.principal, trace.service, trace.outcome, trace.code)
    for kdc in trace.kdcs:
        steps = [("", "", kdc.tgt)]
        steps += [(str(attempt.why), attempt.forest, step) for attempt in kdc.attempts for step in attempt.steps]
        for why, forest, step in steps:
            answer = (step.realm, step.kdc, step.asked, step.came, step.says, f"{step.seconds:.3f}")
            yield lines_of([[safe(part) for part in (*head, kdc.kdc, why, forest, *answer)]])


def _verdict(verdict: Verdict) -> tuple[str, ...]:
    match verdict:
        case Finding():
            values = [verdict.values.get(name, "") for name in ("expected", "found")]
            expected, found = (value if isinstance(value, str) else ", ".join(value) for value in values)
            head = ("finding", verdict.severity, verdict.code, verdict.id, verdict.tenant, verdict.subject)
            remedy = in_one_line(verdict.remedy)
            waived = verdict.waived.line if verdict.waived else ""
            return (*head, verdict.says, expected, found, remedy, " ".join(verdict.explained_by), waived)
        case Unknown():
            names = (verdict.id, verdict.tenant, verdict.subject, verdict.says)
            return ("unknown", "", "", *names, "", "", "", " ".join(verdict.explained_by), "")
        case _:
            return ("fine", "", "", "", verdict.tenant, verdict.subject, "", "", "", "", "", "")


def _cells(row: Row) -> Iterator[list[str]]:
    head = [safe(part) for part in (row.tenant, row.principal, row.kind, row.storage, row.path, row.of)]
    for cell in row.cells:
        parts = (cell.share, cell.owner, cell.expected, cell.observed, cell.computed, cell.outcome, cell.why)
        yield head + [safe(part) for part in (*parts, cell.waived.line if cell.waived else "")]


def lines_of(lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(lines)  # RFC 4180 2
    return text.getvalue().encode(errors="replace")


@lru_cache(SAME_TEXTS)
def safe(text: str) -> str:
    shown = plain(text)
    return f"'{shown}" if shown.lstrip(" \ufffd").startswith(FORMULA) else shown
