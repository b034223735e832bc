"""The report for a person at a terminal: the verdict first, then what is wrong and what mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TextIO

from krbcheck.model import Finding, Fine, Outcome, Severity
from krbcheck.report.causes import SEVERITIES, Cause, Gap, area_rank, causes, gaps
from krbcheck.report.page import Page, Span
from krbcheck.report.plain import cut
from krbcheck.report.report import Asked, Report

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
GOOD, OPEN, CRASH, DIM, MEND = "bold green", "bold magenta", "bold red", "dim", "bold"
COLUMN = 10
MOST_SUBJECTS = 8
MOST_REASONS = 3
MOST_GAPS = 12
MAX_SUBJECT = 200
MAX_LINE = 700


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
    _crashes(page, report)
    for cause in causes(report):
        _cause(page, cause)
    _gaps(page, gaps(report))
    _passed(page, report)
    _asked(page, report.asked)
    if found := causes(report):
        page.gap()
        page.put((f"krbcheck explain {found[0].code} says more.", DIM))


def is_good(report: Report) -> bool:
    totals = report.totals
    return not (totals.failed or totals.warned or report.unknown or report.crashed or report.interrupted)


def counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _verdict(report: Report) -> list[Span]:
    """The worst first: errors and warnings, what is unknown, what is good."""
    found = Counter(one.severity for one in report.findings())
    crashes = len(report.crashes) + report.totals.crashed
    parts: list[Span] = []
    if report.interrupted:
        parts.append(("interrupted", CRASH))
    if crashes:
        parts.append((f"krbcheck crashed in {counted(crashes, 'place')}", CRASH))
    parts += [(counted(found[one], one), STYLES[one]) for one in SEVERITIES[:2] if found[one]]
    if report.unknown:
        parts.append((f"{report.unknown} unknown", OPEN))
    if not parts:
        parts.append(("all good", GOOD) if report.totals.passed else ("nothing to judge", OPEN))
    if found[Severity.NOTE]:
        parts.append((counted(found[Severity.NOTE], "note"), STYLES[Severity.NOTE]))
    parts.append((f"{counted(report.totals.passed, 'check')} passed", GOOD if report.totals.passed else DIM))
    return [each for part in parts for each in (part, " · ")][:-1]


def _cause(page: Page, cause: Cause) -> None:
    """What is; what was expected and found; why we think so; and on a line of its own, what mends it."""
    page.gap()
    head: list[Span] = [(cause.code, "bold")]
    if cause.tenants:
        head.append((f"  {', '.join(cause.tenants)}", DIM))
    page.put(*head, label=(cause.severity.upper(), STYLES[cause.severity]), column=COLUMN)
    first, alone = cause.findings[0], len(cause.findings) == 1
    for one in cause.findings[:MOST_SUBJECTS]:
        page.put(cut(one.says, MAX_LINE), indent=2, label="" if alone else "-", column=0 if alone else 2)
        if not _same(cause, "found"):
            _value(page, one, "found", indent=2 if alone else 4)
    more = len(cause.findings) - MOST_SUBJECTS
    if more > 0:
        page.put((f"… and {counted(more, 'more subject')}, in the JSON report", DIM), indent=2)
    if _same(cause, "expected"):
        _value(page, first, "expected", indent=2)
    if _same(cause, "found"):
        _value(page, first, "found", indent=2)
    reasons = tuple(dict.fromkeys(line for one in cause.findings for line in one.because))
    _because(page, reasons, indent=2)
    page.put(("to mend it:", DIM), indent=2)
    page.copyable(cut(first.remedy), MEND, indent=4)


def _same(cause: Cause, value: str) -> bool:
    return len({one.values.get(value) for one in cause.findings}) == 1


def _value(page: Page, one: Finding, name: str, indent: int) -> None:
    value = one.values.get(name, "")
    words = value if isinstance(value, str) else ", ".join(value)
    if words:
        page.put(cut(words, MAX_LINE), indent=indent, label=(name, DIM), column=COLUMN)


def _because(page: Page, reasons: tuple[str, ...], indent: int) -> None:
    for number, line in enumerate(reasons[:MOST_REASONS]):
        page.put(
            (cut(line, MAX_LINE), DIM), indent=indent, label=("because" if number == 0 else "", DIM), column=COLUMN
        )
    if len(reasons) > MOST_REASONS:
        page.put((f"… and {len(reasons) - MOST_REASONS} more, in the JSON report", DIM), indent=indent + COLUMN)


def _gaps(page: Page, found: list[Gap]) -> None:
    for gap in found[:MOST_GAPS]:
        page.gap()
        head: list[Span] = [cut(gap.says, MAX_LINE)]
        page.put(*head, label=("UNKNOWN", OPEN), column=COLUMN)
        for check, subjects in gap.subjects.items():
            shown = [cut(one, MAX_SUBJECT) for one in subjects if one != check][:MOST_SUBJECTS]
            more = f" … and {len(subjects) - len(shown)} more" if len(subjects) > MOST_SUBJECTS else ""
            said = f": {', '.join(shown)}{more}" if shown else ""
            page.put((check, "bold"), (said, DIM), indent=2, label="", column=0)
    if len(found) > MOST_GAPS:
        page.gap()
        page.put((f"… and {counted(len(found) - MOST_GAPS, 'more reason')}, in the JSON report", DIM))


def _passed(page: Page, report: Report) -> None:
    """A line an area; and those that had nothing to look at."""
    areas: dict[str, list[str]] = {}
    fine: Counter[str] = Counter()
    for one in sorted(report.checks, key=lambda one: area_rank(one.id)):
        area, _, name = one.id.partition(".")
        if one.outcome is Outcome.PASSED:
            areas.setdefault(area, []).append(name)
            fine[area] += sum(isinstance(verdict, Fine) for verdict in one.verdicts)
    idle = [one.id for one in report.checks if one.outcome is Outcome.NOT_APPLICABLE]
    if areas or idle:
        page.gap()
    for area, names in areas.items():
        page.put(
            f"{area}: {', '.join(names)}",
            (f" ({counted(fine[area], 'subject')})", DIM),
            label=("GOOD", GOOD),
            column=COLUMN,
        )
    if idle:
        page.put((", ".join(idle), DIM), label=("NO SUBJECT", DIM), column=COLUMN + 2)


def _asked(page: Page, asked: tuple[Asked, ...]) -> None:
    page.gap()
    column = 2 + max((len(cut(one.vantage, 30)) for one in asked), default=0)
    for one in asked:
        label = (cut(one.vantage, 30), "bold")
        if one.why and not one.sources:
            page.put((f"not asked: {one.why}", OPEN), label=label, column=column)
            continue
        hosts = f" ({', '.join(one.hosts)})" if one.sources else ""
        where = f"from {', '.join(one.sources)}{hosts}, " if one.sources else ""
        silent = f", {one.unanswered} without answer" if one.unanswered else ""
        page.put((f"{where}{counted(one.questions, 'question')}{silent}", DIM), label=label, column=column)


def _crashes(page: Page, report: Report) -> None:
    crashes = [(one.where, one.detail) for one in report.crashes]
    crashes += [(f"check {one.id}", one.crash) for one in report.checks if one.crash]
    for where, detail in crashes[:MOST_SUBJECTS]:
        page.gap()
        page.put(cut(where, MAX_LINE), label=("CRASHED", CRASH), column=COLUMN)
        for line in detail.strip().splitlines()[-4:]:
            page.put((cut(line, MAX_LINE), DIM), indent=2)
    if crashes:
        page.put("This is a bug of krbcheck: please report it with the JSON report.", indent=2)
