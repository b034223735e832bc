"""Markdown (CommonMark, with tables of GitHub) for a ticket or a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from krbcheck.judging.verdict import Severity
from krbcheck.report.difference import Difference
from krbcheck.report.difference_page import KINDS, grouped, headline, message
from krbcheck.report.forms import Screen
from krbcheck.report.grouping import Cause, Undetermined, causes, undetermined
from krbcheck.report.matrix import Matrix
from krbcheck.report.matrix_page import Exceptional, exceptional, not_listed, owner_of
from krbcheck.report.matrix_page import verdict_line as matrix_verdict
from krbcheck.report.remedies import details, heading
from krbcheck.report.report import Report
from krbcheck.report.report_page import verdict_line
from krbcheck.report.text import cut, plain
from krbcheck.report.trace import Trace
from krbcheck.windows.remedy import Remedy

SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$])")
AT_START = re.compile(r"^(\s*\d*)([#+=:.)-])")
"""What makes a line a heading, a list or a table where it starts with it."""
MENTIONS = re.compile(r"(\S*@\S*)")
MOST_CAUSES, MOST_SAYS, MOST_REASONS, MOST_GAPS, MOST_ROWS = 40, 8, 5, 20, 60
MAX_LINE = 700


def report(report: Report, screen: Screen) -> Iterator[bytes]:
    found = causes(report)
    wrong = [cause for cause in found if cause.severity is not Severity.NOTE]
    head = (
        f"{report.site} · {report.started:%Y-%m-%d %H:%M:%S} UTC · {report.seconds:.1f} s · krbcheck {report.krbcheck}"
    )
    yield _lines(
        f"## krbcheck: {text(verdict_line(report))}", "", f"{text(head)}  ",
        f"Queried from: {text(', '.join(report.vantages) or 'nowhere')}", "",
    )  # fmt: skip
    for cause in wrong[:MOST_CAUSES]:
        yield _lines(*_cause(cause))
    yield from _waiver_warnings(report)
    if len(wrong) > MOST_CAUSES:
        yield _lines(f"… and {len(wrong) - MOST_CAUSES} more causes, in the JSON report", "")
    gaps = undetermined(report)
    if gaps:
        yield _lines("### Not determined", "")
        for gap in gaps[:MOST_GAPS]:
            step = [f"  - next: {text(gap.next)}"] if gap.next else []
            yield _lines(f"- {text(gap.says)}", *step, *(f"  - {line}" for line in _subjects(gap)))
        if len(gaps) > MOST_GAPS:
            yield _lines(f"- … and {len(gaps) - MOST_GAPS} more reasons, in the JSON report")
        yield _lines("")
    if report.crashed:
        yield _lines("### Crashes of krbcheck", "")
        crashed = [crash.where for crash in report.crashes] + [check.id for check in report.checks if check.crash]
        yield _lines(*(f"- {text(where)}" for where in crashed), "")
    if any(path.state != "works" for path in report.paths):
        broken = [path for path in report.paths if path.state != "works"]
        rows = [
            (path.tenant, path.path, path.state, next((link.name for link in path.links if link.first), ""))
            for path in broken
        ]
        yield _lines("### Paths", "", *_table(("tenant", "path", "state", "broken at"), rows), "")


def matrix(matrix: Matrix, screen: Screen) -> Iterator[bytes]:
    head = (
        f"{matrix.site} · {matrix.started:%Y-%m-%d %H:%M:%S} UTC · {matrix.seconds:.1f} s · krbcheck {matrix.krbcheck}"
    )
    yield _lines(f"## krbcheck matrix: {text(matrix_verdict(matrix))}", "", text(head), "")
    yield _lines(*(line for why_not in not_listed(matrix) for line in (text(why_not), "")))
    for cause in matrix.causes[:MOST_CAUSES]:
        yield _lines(f"### {text(cause.code)}", "", text(cause.says), "", *_fix(cause.remedy))
    rows = [_deviation(entry, names) for entry, names, _ in exceptional(matrix)]
    if rows:
        columns = ("outcome", "tenant", "share", "of", "expected", "why", "principals")
        yield _lines("### Not as expected", "", *_table(columns, rows), "")
    yield from _waiver_warnings(matrix)


def _deviation(entry: Exceptional, names: Sequence[str]) -> tuple[str, ...]:
    """A row of the table of cells that are not as expected."""
    outcome, why = entry.outcome.replace("-", " "), entry.why
    if entry.waived:
        outcome, why = f"{outcome}, waived", f"{why}; {entry.waived.line}"
    more = f" and {len(names) - MOST_SAYS} more" if len(names) > MOST_SAYS else ""
    principals = ", ".join(names[:MOST_SAYS]) + more
    return outcome, entry.tenant, entry.share, owner_of(entry), entry.expected, why, principals


def trace(trace: Trace, screen: Screen) -> Iterator[bytes]:
    yield _lines(
        f"## krbcheck trace: {trace.outcome.replace('-', ' ')}: {text(trace.principal)} for {text(trace.service)}", "",
        text(trace.breaks or "Every KDC leads to the ticket."), "",
    )  # fmt: skip
    yield _lines(*_fix(trace.remedy))
    for cause in trace.also:
        yield _lines(text(cause.says), "", *_fix(cause.remedy))
    for kdc in trace.kdcs:
        steps = [kdc.tgt, *(step for attempt in kdc.attempts for step in attempt.steps)]
        rows = [(step.realm, step.kdc, step.asked, step.says, f"{step.seconds * 1000:.0f} ms") for step in steps]
        yield _lines(f"### {text(kdc.kdc)}", "", *_table(("realm", "KDC", "request", "answer", "time"), rows), "")


def diff(diff: Difference, screen: Screen) -> Iterator[bytes]:
    sides = [f"{side.site}, {side.started:%Y-%m-%d %H:%M:%S} UTC" for side in (diff.before, diff.after)]
    yield _lines(f"## krbcheck diff: {text(headline(diff))}", "", text(f"from {sides[0]} to {sides[1]}"), "")
    if diff.remarks:
        yield _lines(*(f"- {text(remark)}" for remark in diff.remarks), "")
    for name, _, words, _ in KINDS:
        groups = grouped(getattr(diff, name))
        if groups:
            yield _lines(f"### {words[0].upper()}{words[1:]}", "")
        for changes in groups:
            yield _lines(f"- {text(changes[0].code)}{' (waived)' if changes[0].waived else ''}: {len(changes)}")
            if name != "unchanged":
                yield _lines(*(f"  - {text(message(change))}" for change in changes[:MOST_SAYS]))
            if name != "unchanged" and len(changes) > MOST_SAYS:
                yield _lines(f"  - … and {len(changes) - MOST_SAYS} more, in the JSON difference")
        if groups:
            yield _lines("")


def _waiver_warnings(made: Report | Matrix) -> Iterator[bytes]:
    if made.waiver_warnings:
        yield _lines("### Waivers that have expired or concern nothing", "")
        yield _lines(*(f"- {text(waiver.says)}" for waiver in made.waiver_warnings), "")


def _subjects(gap: Undetermined) -> Iterator[str]:
    """The checks with their subjects."""
    for check, subjects in gap.subjects.items():
        more = f" and {len(subjects) - MOST_SAYS} more" if len(subjects) > MOST_SAYS else ""
        yield f"{check}: {text(', '.join(subjects[:MOST_SAYS]))}{more}"


def _cause(cause: Cause) -> Iterator[str]:
    whose = f" ({text(', '.join(cause.tenants))})" if cause.tenants else ""
    yield f"### {'WAIVED' if cause.waived else cause.severity.upper()} {text(cause.code)}{whose}"
    yield ""
    for finding in cause.findings[:MOST_SAYS]:
        yield f"- {text(finding.says)}"
    if len(cause.findings) > MOST_SAYS:
        yield f"- … and {len(cause.findings) - MOST_SAYS} more, in the JSON report"
    if cause.waived:
        yield f"- {text(cause.waived.line)}"
    for name in ("expected", "found"):
        value = cause.findings[0].values.get(name, "")
        if value:
            yield f"- {name}: {text(value if isinstance(value, str) else ', '.join(value))}"
    if cause.follows:
        yield f"- therefore: {text(cause.follows.line)}"
    yield ""
    reasons = list(dict.fromkeys(reason.line for finding in cause.findings for reason in finding.because))
    if reasons:
        yield "Evidence:"
        yield from _fence([cut(line, MAX_LINE) for line in reasons[:MOST_REASONS]])
        if len(reasons) > MOST_REASONS:
            yield f"… and {len(reasons) - MOST_REASONS} more, in the JSON report"
        yield ""
    if not cause.waived:
        yield from _fix(cause.remedy)


def _fix(remedy: Remedy) -> Iterator[str]:
    """The steps with their commands in blocks, which are copied as they are."""
    if not remedy:
        return
    yield "Fix:"
    yield ""
    for number, step in enumerate(remedy, 1):
        yield f"{number}. {text(' — '.join(filter(None, (step.says, heading(step)))))}"
        if step.command:
            yield from _fence([step.command], "   ")
        for label, words, is_command in details(step):
            if is_command:
                yield f"   {label}:"
                yield from _fence([words], "   ")
            else:
                yield f"   {label + ': ' if label else ''}{text(words)}"
    yield ""


def _fence(lines: Sequence[str], indent: str = "") -> Iterator[str]:
    """A block of code whose fence is longer than every run of backticks in it."""
    kept = [plain(line) for line in lines]
    longest = max((len(run) for line in kept for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield ""
    yield f"{indent}{fence}text"
    yield from (f"{indent}{line}" for line in kept)
    yield f"{indent}{fence}"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows[:MOST_ROWS]:
        yield f"| {' | '.join(text(field) for field in row)} |"
    if len(rows) > MOST_ROWS:
        yield ""
        yield f"… and {len(rows) - MOST_ROWS} more, in the JSON report"


def text(words: str) -> str:
    """Text that is no markup. A name with @ becomes code, so that it is no mention of a user."""
    parts = MENTIONS.split(plain(cut(words, MAX_LINE)))
    escaped = "".join(_code(part) if number % 2 else SPECIAL.sub(r"\\\1", part) for number, part in enumerate(parts))
    return AT_START.sub(r"\1\\\2", escaped)


def _code(name: str) -> str:
    """A code span; within a table a vertical bar ends a cell even there, so it is replaced."""
    return "`" + name.replace("`", "'").replace("|", "¦") + "`"


def _lines(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode(errors="replace") if lines else b""
