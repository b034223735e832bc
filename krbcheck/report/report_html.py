"""The HTML page of a report: what its template shows, and how much of it, so that a large page stays small."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from krbcheck.judging.causes import SEVERITIES
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown, Verdict
from krbcheck.report.access_grid import ACCESS, MEANS, NOT_JUDGED, AccessGrid, GridRow
from krbcheck.report.grouping import causes, undetermined, without_authentication
from krbcheck.report.html_pages import page
from krbcheck.report.pictures import WORDS, chain_of_path, grid_picture, worst_first
from krbcheck.report.report import Report
from krbcheck.report.report_page import verdict_line
from krbcheck.report.tenant_paths import PathState, TenantPath
from krbcheck.site.expected_access import AS_EXPECTED

MOST_CAUSES = 60
OPEN_PATHS = 12
"""Paths whose picture is open at first; those that are not broken are closed in larger sites."""
LARGE = 2000
"""Verdicts from which on a page shows less of each check."""
MOST_IN_SMALL, MOST_IN_LARGE = 200, 12
REASONS_IN_SMALL, REASONS_IN_LARGE = 10, 2


def report_page(report: Report) -> Iterator[bytes]:
    """Yields the page."""
    found = causes(report)
    wrong = [cause for cause in found if cause.severity is not Severity.NOTE]
    verdicts = sum(len(check.verdicts) for check in report.checks)
    large = verdicts > LARGE
    yield from page(
        "report.html",
        report=report,
        verdict=verdict_line(report),
        tiles=list(_tiles(report)),
        sections=list(_sections(report)),
        causes=wrong[:MOST_CAUSES],
        more_causes=max(0, len(wrong) - MOST_CAUSES),
        notes=[cause for cause in found if cause.severity is Severity.NOTE],
        paths=list(_paths(report)),
        words=WORDS,
        grid=grid_picture(report.access),
        deviations=list(_deviations(report)),
        tenants=_by_tenant(report.access),
        cells=lambda row: cells(report.access, row),
        undetermined=undetermined(report),
        following_unknown=sum(bool(each.explained_by) for _, each in report.verdicts() if isinstance(each, Unknown)),
        most=MOST_IN_LARGE if large else MOST_IN_SMALL,
        evidence_of_each=REASONS_IN_LARGE if large else REASONS_IN_SMALL,
        tag=_tag,
        as_expected=AS_EXPECTED,
        joined=lambda value: value if isinstance(value, str) else ", ".join(value),
        authentication=_authentication(report),
    )


def _tiles(report: Report) -> Iterator[tuple[str, int, str]]:
    """The class, the number and the term of each count."""
    for severity in SEVERITIES:
        if number := len(report.open_findings(severity)):
            yield severity, number, f"{severity}s" if number > 1 else str(severity)
    if number := sum(finding.waived is not None for finding in report.findings()):
        yield "waived", number, "waived"
    if number := len(report.waiver_warnings):
        yield "warning", number, "waivers expired or unused"
    if report.unknown:
        yield "unknown", report.unknown, "not determined"
    if number := len(report.crashes) + report.totals.crashed:
        yield "crashed", number, "crashed"
    yield "passed", report.totals.passed, "checks passed"


def _sections(report: Report) -> Iterator[tuple[str, str]]:
    yield "causes", "Causes and fixes"
    if report.waivers:
        yield "waivers", "Waivers"
    if report.crashed:
        yield "crashes", "Crashes"
    if report.paths:
        yield "paths", "Paths"
    if report.access.rows:
        yield "access", "Access"
    if report.readiness:
        yield "backup", "Backup"
    yield "unknown", "Not determined"
    yield "evidence", "Evidence"
    if report.findings(Severity.NOTE):
        yield "notes", "Notes"
    yield "queries", "From where and when"


def _paths(report: Report) -> Iterator[tuple[TenantPath, object, bool]]:
    """Each path, its picture, and whether it is open at first."""
    ordered = worst_first(report.paths)
    few = len(ordered) <= OPEN_PATHS
    for number, path in enumerate(ordered):
        bad = path.state is not PathState.WORKS and number < OPEN_PATHS
        yield path, chain_of_path(path), few or bad


def _deviations(report: Report) -> Iterator[tuple[str, str, str, str]]:
    """The class, the term, the subject and the message of each cell that is not as expected."""
    for check in report.checks:
        if check.id in ACCESS:
            for verdict in check.verdicts:
                if isinstance(verdict, Finding):
                    slug = verdict.code.rpartition("/")[2]
                    word = slug.replace("-", " ")
                    if verdict.waived:
                        yield "waived", f"{word}, waived", verdict.subject, f"{verdict.says}; {verdict.waived.line}"
                    else:
                        yield slug, word, verdict.subject, verdict.says
                elif isinstance(verdict, Unknown):
                    yield "unknown", "not determined", verdict.subject, verdict.says


def _by_tenant(grid: AccessGrid) -> list[tuple[str, list[GridRow]]]:
    return [(tenant, list(rows)) for tenant, rows in groupby(grid.rows, key=lambda row: row.tenant)]


def cells(grid: AccessGrid, row: GridRow) -> str:
    """The cells of a row as text: the shares by outcome, in the order of the shares."""
    found: dict[str, list[str]] = {}
    for letter, share in zip(row.cells, grid.shares, strict=True):
        if letter != NOT_JUDGED:
            found.setdefault(letter, []).append(share.share)
    return "; ".join(f"{MEANS[letter]}: {_few(names)}" for letter, names in found.items())


def _few(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _tag(verdict: Verdict) -> str:
    match verdict:
        case Finding():
            return "waived" if verdict.waived else verdict.severity
        case Fine():
            return "fine"
        case Unknown():
            return "unknown"


def _authentication(report: Report) -> str:
    without, answered = without_authentication(report)
    if not without:
        return ""
    return (
        f"{without} of {answered} results rest only on answers that are not authenticated "
        "(DNS, SMB NEGOTIATE, KRB-ERROR)."
    )
