"""JUnit XML for a pipeline: a test case for each check and tenant, each principal of a matrix, each KDC of a trace.

Errors are failures, undetermined and waived results are skipped with their reason, a crash of krbcheck is an error.
Warnings are in the output of the suite, because they fail no pipeline by default (`--fail-on`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from krbcheck.judging.judge import CheckReport
from krbcheck.judging.verdict import Finding, Severity, Unknown, Verdict
from krbcheck.report.forms import Screen
from krbcheck.report.matrix import Matrix, Row
from krbcheck.report.matrix_page import word
from krbcheck.report.remedies import in_one_line
from krbcheck.report.report import Report
from krbcheck.report.text import plain
from krbcheck.report.trace import Outcome as TraceOutcome
from krbcheck.report.trace import Trace
from krbcheck.views.observed_access import Outcome

ALL = "site"
"""The name of the test case for results that concern no tenant in particular."""
MAX_TEXT = 20_000


@dataclass(frozen=True)
class Case:
    """A test case. `kind` is failure, skipped or error, empty if it passed; `lines` are the details."""

    of: str
    name: str
    seconds: float = 0.0
    kind: str = ""
    type: str = ""
    message: str = ""
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Suite:
    """The cases of one area. `output` are lines that fail nothing."""

    name: str
    cases: Sequence[Case]
    output: Sequence[str] = ()

    def count(self, kind: str) -> int:
        return sum(case.kind == kind for case in self.cases)


def report(report: Report, screen: Screen) -> Iterator[bytes]:
    areas = groupby(report.checks, key=lambda check: check.id.partition(".")[0])
    suites = [_suite(area, list(checks)) for area, checks in areas]
    suites += _waiver_warnings(report)
    yield from _document(suites, report.started, ", ".join(report.vantages), report.site)


def matrix(matrix: Matrix, screen: Screen) -> Iterator[bytes]:
    tenants = groupby(matrix.rows, key=lambda row: row.tenant)
    suites = [Suite(f"matrix of {tenant}", [_row(row) for row in rows]) for tenant, rows in tenants]
    suites += _waiver_warnings(matrix)
    yield from _document(suites, matrix.started, ", ".join(matrix.vantages), matrix.site)


def trace(trace: Trace, screen: Screen) -> Iterator[bytes]:
    kinds = {TraceOutcome.NO_TICKET: "failure", TraceOutcome.BY_LUCK: "failure", TraceOutcome.UNKNOWN: "skipped"}
    lines = [
        f"{kdc.kdc}: {step.asked}: {step.says}"
        for kdc in trace.kdcs
        for step in (kdc.tgt, *(step for attempt in kdc.attempts for step in attempt.steps))
    ]
    case = Case(
        "trace", f"{trace.principal} for {trace.service}", trace.seconds, kinds.get(trace.outcome, ""),
        trace.code or trace.outcome, trace.breaks or trace.outcome, [*lines, in_one_line(trace.remedy)],
    )  # fmt: skip
    yield from _document([Suite("trace", [case])], trace.started, trace.vantage, trace.site)


def _waiver_warnings(made: Report | Matrix) -> Iterator[Suite]:
    """A suite without cases, because warnings fail no pipeline by default."""
    if made.waiver_warnings:
        yield Suite("waivers", [], [f"warning {waiver.says}" for waiver in made.waiver_warnings])


def _suite(area: str, checks: Sequence[CheckReport]) -> Suite:
    """The area of the checks."""
    warnings = [
        f"warning {each.code}: {each.says}"
        for check in checks
        for each in check.verdicts
        if isinstance(each, Finding) and each.severity is Severity.WARNING and not each.waived
    ]
    return Suite(area, [case for check in checks for case in _cases(check)], warnings)


def _cases(check: CheckReport) -> Iterator[Case]:
    """One for each tenant, and one for all results without a tenant; a check without results has one too."""
    if check.crash:
        yield Case(check.id, ALL, check.seconds, "error", "crash", "krbcheck crashed", [check.crash])
        return
    tenants: dict[str, list[Verdict]] = {}
    for verdict in check.verdicts:
        tenants.setdefault(verdict.tenant or ALL, []).append(verdict)
    if not tenants:
        yield Case(check.id, ALL, check.seconds, "skipped", "not-applicable", "nothing to check in this site")
    for tenant, verdicts in sorted(tenants.items()):
        yield _case(check, tenant, verdicts, check.seconds / len(tenants))


def _case(check: CheckReport, tenant: str, verdicts: Iterable[Verdict], seconds: float) -> Case:
    """Errors come first; undetermined and waived results are skipped only where nothing is wrong."""
    verdicts = list(verdicts)
    findings = [each for each in verdicts if isinstance(each, Finding)]
    errors = [each for each in findings if each.severity is Severity.ERROR and not each.waived]
    waived = [
        f"{each.waived.line}: {each.code}: {each.says}"
        for each in findings
        if each.waived and each.severity is not Severity.NOTE
    ]
    unknown = [each for each in verdicts if isinstance(each, Unknown)]
    pending = [f"not determined: {each.subject}: {each.says}" for each in unknown]
    if errors:
        lines = [line for error in errors for line in _lines(error)]
        return Case(check.id, tenant, seconds, "failure", errors[0].code, errors[0].says, [*lines, *pending, *waived])
    if unknown:
        return Case(check.id, tenant, seconds, "skipped", "not-determined", unknown[0].says, [*pending, *waived])
    if waived:
        return Case(check.id, tenant, seconds, "skipped", "waived", waived[0], waived)
    return Case(check.id, tenant, seconds)


def _lines(finding: Finding) -> Iterator[str]:
    yield f"{finding.code}: {finding.says}"
    for name in ("expected", "found"):
        value = finding.values.get(name, "")
        if value:
            yield f"  {name}: {value if isinstance(value, str) else ', '.join(value)}"
    for reason in finding.because:
        yield f"  because {reason.line}"
    if finding.explained_by:
        yield f"  follows from {', '.join(finding.explained_by)}"
    elif finding.remedy:
        yield f"  fix: {in_one_line(finding.remedy)}"


def _row(row: Row) -> Case:
    name = f"{row.principal} at {row.path}"
    waived = [cell for cell in row.cells if cell.waived]
    good = (Outcome.AS_EXPECTED, Outcome.UNKNOWN)
    wrong = [cell for cell in row.cells if cell.outcome not in good and not cell.waived]
    unknown = [cell for cell in row.cells if cell.outcome is Outcome.UNKNOWN]
    lines = [
        f"{cell.share} of {cell.owner or 'no tenant'}: {cell.outcome}, expected {cell.expected}, "
        f"{word(cell)}: {cell.why}" + (f"; {cell.waived.line}" if cell.waived else "")
        for cell in (*wrong, *unknown, *waived)
    ]
    if wrong:
        return Case(row.tenant, name, 0.0, "failure", wrong[0].outcome, lines[0], lines)
    if unknown:
        return Case(row.tenant, name, 0.0, "skipped", "not-determined", unknown[0].why, lines)
    if waived:
        return Case(row.tenant, name, 0.0, "skipped", "waived", lines[0], lines)
    return Case(row.tenant, name)


def _document(suites: Iterable[Suite], started: datetime, host: str, site: str) -> Iterator[bytes]:
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
    for number, suite in enumerate(suites):
        seconds = sum(case.seconds for case in suite.cases)
        yield _bytes(
            f'<testsuite package="krbcheck" id="{number}" name={_attribute(suite.name)} '
            f'timestamp="{started:%Y-%m-%dT%H:%M:%S}" hostname={_attribute(host or "localhost")} '
            f'tests="{len(suite.cases)}" failures="{suite.count("failure")}" errors="{suite.count("error")}" '
            f'skipped="{suite.count("skipped")}" time="{seconds:.3f}">\n'
            f'<properties><property name="site" value={_attribute(site)}/></properties>\n'
        )
        for case in suite.cases:
            yield _bytes(_element(case))
        yield _bytes(f"<system-out>{_text(suite.output)}</system-out>\n<system-err/>\n</testsuite>\n")
    yield b"</testsuites>\n"


def _element(case: Case) -> str:
    head = f'<testcase name={_attribute(case.name)} classname={_attribute(case.of)} time="{case.seconds:.3f}"'
    if not case.kind:
        return f"{head}/>\n"
    attributes = f"message={_attribute(case.message)} type={_attribute(case.type)}"
    return f"{head}><{case.kind} {attributes}>{_text(case.lines)}</{case.kind}></testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(plain(text))


def _text(lines: Iterable[str]) -> str:
    """The lines; those of a traceback stay lines."""
    kept = "\n".join(plain(line) for text in lines for line in text.splitlines())[:MAX_TEXT]
    return escape(kept)


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")
