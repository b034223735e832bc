"""The report for a person at a terminal: the verdict first, then what is wrong and the fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TextIO

from krbcheck.judging.verdict import Finding, Outcome, Severity
from krbcheck.report.grouping import (
    SEVERITIES,
    Cause,
    Undetermined,
    area_rank,
    causes,
    undetermined,
    without_authentication,
)
from krbcheck.report.page import Page, Span
from krbcheck.report.remedy_page import put_remedy
from krbcheck.report.report import Asked, RecordingRead, Report
from krbcheck.report.text import cut

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
GOOD, OPEN, CRASH, DIM = "bold green", "bold magenta", "bold red", "dim"
COLUMN = 10
OPEN_COLUMN = 16
MOST_CAUSES = 40
MOST_SUBJECTS = 8
MOST_REASONS = 3
MOST_GAPS = 12
MAX_SUBJECT = 200
MAX_LINE = 700
LONG = 60
"""Returns the lines below a message. The found value is left out if the message contains it, unless it is short."""


def render(report: Report, stream: TextIO, environ: Mapping[str, str], *, quiet: bool = False, width: int = 0) -> None:
    """`quiet` leaves the verdict line, and nothing at all where all is good."""
    page = Page(stream, environ, width)
    if quiet:
        if not is_good(report):
            page.put(*_verdict(report))
        return
    page.put(*_verdict(report))
    started = report.started.strftime("%Y-%m-%d %H:%M:%S UTC")
    page.put((f"{report.site} · {started} · {report.seconds:.1f} s · krbcheck {report.krbcheck}", DIM))
    found = causes(report)
    wrong = [entry for entry in found[:MOST_CAUSES] if entry.severity is not Severity.NOTE]
    for cause in wrong:
        _cause(page, cause)
    _crashes(page, report)
    _undetermined(page, undetermined(report))
    for cause in found[len(wrong) : MOST_CAUSES]:
        _cause(page, cause)
    if len(found) > MOST_CAUSES:
        page.gap()
        page.put((f"… and {counted(len(found) - MOST_CAUSES, 'more cause')}, in the JSON report", DIM))
    _passed(page, report)
    _asked(page, report.asked)
    _recordings(page, report.recordings)
    _authentication(page, report)
    if found:
        page.gap()
        page.put((f"Details: krbcheck explain {found[0].code}", DIM))


def is_good(report: Report) -> bool:
    totals = report.totals
    pending = report.unknown or report.unreached
    return not (totals.failed or totals.warned or pending or report.crashed or report.interrupted)


def counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _verdict(report: Report) -> list[Span]:
    """The worst first: errors and warnings, what is unknown, what is good."""
    found = Counter(finding.severity for finding in report.findings())
    crashes = len(report.crashes) + report.totals.crashed
    worst: list[Span] = [
        (counted(found[severity], severity), STYLES[severity]) for severity in SEVERITIES[:2] if found[severity]
    ]
    parts: list[list[Span]] = [_joined(worst, ", ")] if worst else []
    if report.interrupted:
        parts.insert(0, [("interrupted", CRASH)])
    if report.unknown:
        parts.append([(f"{report.unknown} not determined", OPEN)])
    if report.unreached:
        parts.append([(report.unreached, OPEN)])
    if crashes:
        parts.append([("krbcheck crashed once" if crashes == 1 else f"krbcheck crashed {crashes} times", CRASH)])
    if not parts:
        parts.append([("No problems found", GOOD) if report.totals.passed else ("nothing was checked", OPEN)])
    if found[Severity.NOTE]:
        parts.append([(counted(found[Severity.NOTE], "note"), STYLES[Severity.NOTE])])
    parts.append([(f"{counted(report.totals.passed, 'check')} passed", GOOD if report.totals.passed else DIM)])
    return [span for number, part in enumerate(parts) for span in ([" · "] if number else []) + part]


def _joined(spans: Iterable[Span], between: str) -> list[Span]:
    return [each for span in spans for each in (between, span)][1:]


def _cause(page: Page, cause: Cause) -> None:
    """What is; what was expected and found; why we think so; and on a line of its own, the fix."""
    page.gap()
    owners = f" · {', '.join(cause.tenants)}" if cause.tenants else ""
    page.put((cause.code, "bold"), (owners, DIM), label=(cause.severity.upper(), STYLES[cause.severity]), column=COLUMN)
    if cause.severity is Severity.NOTE:
        _note(page, cause)
        return
    _sentences(page, cause, with_found=not _same(cause, "found"))
    for name in ("expected", "found"):
        if _same(cause, name):
            _value(page, cause.findings[0], name, indent=2)
    _because(page, tuple(dict.fromkeys(reason.line for finding in cause.findings for reason in finding.because)))
    put_remedy(page, cause.remedy, indent=2)


def _note(page: Page, cause: Cause) -> None:
    """Nothing is wrong: what is to be known, and no more."""
    _sentences(page, cause, with_found=False)


def _sentences(page: Page, cause: Cause, *, with_found: bool) -> None:
    """Each sentence once; where it is that of several findings, with their subjects."""
    same: dict[tuple[str, object], list[Finding]] = {}
    for finding in cause.findings:
        same.setdefault((finding.says, finding.values.get("found") if with_found else ""), []).append(finding)
    alone = len(same) == 1
    for findings in list(same.values())[:MOST_SUBJECTS]:
        page.put(cut(findings[0].says, MAX_LINE), indent=2, label="" if alone else "-", column=0 if alone else 2)
        subjects = list(dict.fromkeys(finding.subject for finding in findings))
        if len(subjects) > 1:
            more = f" … and {len(subjects) - MOST_SUBJECTS} more" if len(subjects) > MOST_SUBJECTS else ""
            named = ", ".join(cut(subject, MAX_SUBJECT) for subject in subjects[:MOST_SUBJECTS])
            page.put((f"({named}{more})", DIM), indent=2 if alone else 4)
        if with_found:
            _value(page, findings[0], "found", indent=4)
    if len(same) > MOST_SUBJECTS:
        page.put((f"… and {len(same) - MOST_SUBJECTS} more, in the JSON report", DIM), indent=2)


def _same(cause: Cause, value: str) -> bool:
    return len({finding.values.get(value) for finding in cause.findings}) == 1


def _value(page: Page, finding: Finding, name: str, indent: int) -> None:
    value = finding.values.get(name, "")
    words = value if isinstance(value, str) else ", ".join(value)
    if words and not (len(words) > LONG and words in finding.says):
        page.put(cut(words, MAX_LINE), indent=indent, label=(name, DIM), column=COLUMN)


def _because(page: Page, reasons: tuple[str, ...]) -> None:
    for number, line in enumerate(reasons[:MOST_REASONS]):
        page.put((cut(line, MAX_LINE), DIM), indent=2, label=("" if number else "because", DIM), column=COLUMN)
    if len(reasons) > MOST_REASONS:
        page.put((f"… and {len(reasons) - MOST_REASONS} more, in the JSON report", DIM), indent=2 + COLUMN)


def _undetermined(page: Page, found: list[Undetermined]) -> None:
    """What is not determined, by reason."""
    for gap in found[:MOST_GAPS]:
        page.gap()
        page.put(cut(gap.says, MAX_LINE), label=("NOT DETERMINED", OPEN), column=OPEN_COLUMN)
        whole = [check for check, subjects in gap.subjects.items() if subjects == [check]]
        if whole:
            page.put(", ".join(whole), indent=COLUMN)
        for check, subjects in gap.subjects.items():
            if check not in whole:
                shown = ", ".join(cut(subject, MAX_SUBJECT) for subject in subjects[:MOST_SUBJECTS])
                more = f" … and {len(subjects) - MOST_SUBJECTS} more" if len(subjects) > MOST_SUBJECTS else ""
                page.put(check, (f": {shown}{more}", DIM), indent=COLUMN)
    if len(found) > MOST_GAPS:
        page.put((f"… and {counted(len(found) - MOST_GAPS, 'more reason')}, in the JSON report", DIM), indent=COLUMN)


def _passed(page: Page, report: Report) -> None:
    """A line an area; and those that had nothing to look at."""
    areas: dict[str, list[str]] = {}
    for check in sorted(report.checks, key=lambda entry: area_rank(entry.id)):
        area, _, name = check.id.partition(".")
        if check.outcome is Outcome.PASSED:
            areas.setdefault(area, []).append(name)
    idle = [check.id for check in report.checks if check.outcome is Outcome.NOT_APPLICABLE]
    rows = [(area, ", ".join(names)) for area, names in areas.items()]
    if rows:
        page.gap()
        page.table(rows, heading=("PASSED", GOOD), column=COLUMN, style="")
    if idle:
        page.gap()
        page.put((", ".join(idle), DIM), label=("N/A", DIM), column=COLUMN)


def _asked(page: Page, asked: tuple[Asked, ...]) -> None:
    """From where queries were sent, and how many."""
    rows: list[tuple[str, str]] = []
    for entry in asked:
        if entry.why and not entry.sources:
            rows.append((cut(entry.vantage, 30), f"not queried: {entry.why}"))
            continue
        where = f" from {', '.join(entry.sources)} ({', '.join(entry.hosts)})" if entry.sources else ""
        silent = f", {entry.unanswered} without answer" if entry.unanswered else ""
        rows.append((cut(entry.vantage, 30), f"{entry.questions}{where}{silent}"))
    if rows:
        page.gap()
        page.table(rows, heading=("Queries:", "bold"), column=COLUMN, style=DIM)


def _recordings(page: Page, recordings: tuple[RecordingRead, ...]) -> None:
    """From which host and time each recording is, and what of it does not count."""
    rows: list[tuple[str, str]] = []
    for read in recordings:
        tenants = f"for {', '.join(read.tenants)}" if read.tenants else "for no tenant"
        parts = [f"{read.started:%Y-%m-%d %H:%M:%S} UTC {tenants}", _signed(read), *read.remarks]
        rows.append((cut(read.host, 30), cut("; ".join(parts), MAX_LINE)))
    if rows:
        page.gap()
        page.table(rows, heading=("Recordings:", "bold"), column=OPEN_COLUMN, style=DIM)


def _authentication(page: Page, report: Report) -> None:
    """Prints one line: how many results have only unauthenticated answers as evidence."""
    without, answered = without_authentication(report)
    if without:
        page.gap()
        verb = "rests" if without == 1 else "rest"
        words = f"{without} of {counted(answered, 'result')} {verb} only on answers that are not authenticated"
        page.put((f"{words} (DNS, SMB NEGOTIATE, KRB-ERROR); the JSON report shows which", DIM))


def _signed(read: RecordingRead) -> str:
    if not read.signer:
        return "not signed"
    return f"signed with {read.signer}" + ("" if read.trusted else ", not compared with trusted keys")


def _crashes(page: Page, report: Report) -> None:
    crashes = [(crash.where, crash.detail) for crash in report.crashes]
    crashes += [(f"check {check.id}", check.crash) for check in report.checks if check.crash]
    for where, detail in crashes[:MOST_SUBJECTS]:
        page.gap()
        page.put(cut(where, MAX_LINE), label=("CRASHED", CRASH), column=COLUMN)
        for line in detail.strip().splitlines()[-4:]:
            page.put((cut(line, MAX_LINE), DIM), indent=2)
    if crashes:
        page.put("This is a bug of krbcheck: please report it, with the JSON report.", indent=2)
