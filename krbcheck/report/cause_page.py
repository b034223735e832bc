"""A problem on a terminal: its findings, its evidence, what follows from it, and its fix."""

from __future__ import annotations

from krbcheck.judging.verdict import Finding, Severity
from krbcheck.report.consequences import Consequences
from krbcheck.report.grouping import Cause
from krbcheck.report.page import Page
from krbcheck.report.remedy_page import put_remedy
from krbcheck.report.text import cut

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
WAIVED = "bold blue"
DIM = "dim"
COLUMN = 10
MOST_SUBJECTS = 8
MOST_TENANTS = 12
MANY, FEW = 20, 3
"""Of more than `MANY` messages or subjects, `FEW` are shown, so that a report of hundreds of tenants stays short."""
MOST_REASONS = 3
MAX_SUBJECT = 200
MAX_LINE = 700
LONG = 60
"""Characters of a found value from which on it is left out below a message that contains it."""


def put_cause(page: Page, cause: Cause, *, unfold: bool = False) -> None:
    """The state, the values, the evidence, what follows (with `unfold` each result), and the fix."""
    page.gap()
    more = f" and {len(cause.tenants) - MOST_TENANTS} more" if len(cause.tenants) > MOST_TENANTS else ""
    owners = f" · {', '.join(cause.tenants[:MOST_TENANTS])}{more}" if cause.tenants else ""
    label = ("WAIVED", WAIVED) if cause.waived else (cause.severity.upper(), STYLES[cause.severity])
    page.put((cause.code, "bold"), (owners, DIM), label=label, column=COLUMN)
    if cause.severity is Severity.NOTE:
        _note(page, cause)
        return
    _sentences(page, cause, with_found=not _same(cause, "found"))
    if cause.waived:
        page.put((cut(cause.waived.line, MAX_LINE), WAIVED), indent=2)
        put_consequences(page, cause.follows, indent=2, unfold=unfold)
        return
    for name in ("expected", "found"):
        if _same(cause, name):
            _value(page, cause.findings[0], name, indent=2)
    _because(page, tuple(dict.fromkeys(reason.line for finding in cause.findings for reason in finding.because)))
    put_consequences(page, cause.follows, indent=2, unfold=unfold)
    if cause.remedies > 1:
        page.put(
            (
                f"{cause.remedies} fixes that differ in names only; for {cut(cause.findings[0].subject, MAX_SUBJECT)}:",
                DIM,
            ),
            indent=2,
        )
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
    most = MOST_SUBJECTS if len(same) <= MANY else FEW
    for findings in list(same.values())[:most]:
        page.put(cut(findings[0].says, MAX_LINE), indent=2, label="" if alone else "-", column=0 if alone else 2)
        subjects = list(dict.fromkeys(finding.subject for finding in findings))
        if len(subjects) > 1:
            more = f" … and {len(subjects) - MOST_SUBJECTS} more" if len(subjects) > MOST_SUBJECTS else ""
            named = ", ".join(cut(subject, MAX_SUBJECT) for subject in subjects[:MOST_SUBJECTS])
            page.put((f"({named}{more})", DIM), indent=2 if alone else 4)
        if with_found:
            _value(page, findings[0], "found", indent=4)
    if len(same) > most:
        page.put((f"… and {len(same) - most} more, in the JSON report", DIM), indent=2)


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


def put_consequences(page: Page, follows: Consequences, *, indent: int, unfold: bool = False) -> None:
    """One line, or each finding and undetermined result."""
    if not follows:
        return
    page.put(cut(follows.line, MAX_LINE), indent=indent, label=("therefore:", DIM), column=COLUMN + 1)
    if not unfold:
        return
    for finding in follows.findings:
        page.put((finding.code, DIM), f" {cut(finding.says, MAX_LINE)}", indent=indent + 2, label="-", column=2)
    for check, verdict in follows.undetermined:
        said = f" {cut(verdict.subject, MAX_SUBJECT)}: {cut(verdict.says, MAX_LINE)}"
        page.put((f"{check} not determined,", DIM), said, indent=indent + 2, label="-", column=2)
