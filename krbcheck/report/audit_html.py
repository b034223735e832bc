"""The HTML page of an audit pack: made to be printed."""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.judging.verdict import Severity
from krbcheck.report.access_grid import DENIED, LETTERS, NOT_JUDGED, OWN, WAIVED, AccessGrid, GridRow, GridShare
from krbcheck.report.audit import Audit, How, Pair
from krbcheck.report.difference_page import KINDS
from krbcheck.report.grouping import causes
from krbcheck.report.html_pages import page
from krbcheck.report.pictures import grid_picture
from krbcheck.report.report import Report
from krbcheck.site.expected_access import Expected
from krbcheck.views.observed_access import Outcome

MOST_PAIRS = 4000
"""Pairs up to which each has a line with its evidence; a larger pack has them in audit.csv."""
MOST_LISTED = 400
MOST_CAUSES = 100
MOST_VANTAGES = 12
TERMS = {
    Outcome.BREACH: ("breach", "breaches"),
    Outcome.LOCKED_OUT: ("locked out", "locked out"),
    Outcome.LESS: ("less than stated", "less than stated"),
    Outcome.UNKNOWN: ("not determined", "not determined"),
}


def audit_page(audit: Audit, report: Report) -> Iterator[bytes]:
    """Yields the page."""
    deviating = [pair for pair in audit.pairs if pair.outcome not in (Outcome.AS_EXPECTED, Outcome.UNKNOWN)]
    found = [cause for cause in causes(report) if cause.severity is not Severity.NOTE]
    yield from page(
        "audit.html",
        audit=audit,
        headline=headline(audit),
        scope_line=scope_line(audit),
        grid=grid_picture(_grid(audit)),
        deviating=deviating[:MOST_LISTED],
        more_deviating=max(0, len(deviating) - MOST_LISTED),
        not_tested=[(how, pairs[:MOST_LISTED], len(pairs)) for how, pairs in _not_tested(audit)],
        most=MOST_LISTED,
        most_vantages=MOST_VANTAGES,
        pairs=_by_principal(audit) if len(audit.pairs) <= MOST_PAIRS else [],
        causes=found[:MOST_CAUSES],
        more_causes=max(0, len(found) - MOST_CAUSES),
        changes=_changes(audit),
    )


def headline(audit: Audit) -> str:
    """The outcomes of the pairs in one line."""
    parts = ["interrupted"] if audit.interrupted else []
    for outcome, (singular, plural) in TERMS.items():
        if number := audit.outcomes[outcome]:
            parts.append(f"{number} {singular if number == 1 else plural}")
    if waived := audit.outcomes["waived"]:
        parts.append(f"{waived} waived")
    parts.append(f"{audit.outcomes[Outcome.AS_EXPECTED]} of {audit.scope.pairs} pairs as expected")
    errors = sum(change.severity is Severity.ERROR and not change.waived for change in audit.findings)
    warnings = sum(change.severity is Severity.WARNING and not change.waived for change in audit.findings)
    found = [
        f"{number} {word}{'s' if number != 1 else ''}" for number, word in ((errors, "error"), (warnings, "warning"))
    ]
    return " · ".join([*parts, ", ".join(found)])


def scope_line(audit: Audit) -> str:
    """How the access of the pairs is known, in one sentence."""
    scope = audit.scope
    return (
        f"{scope.pairs} pairs of a principal and a share: {scope.tested} tested, {scope.computed} computed only, "
        f"{scope.not_examined} not examined"
    )


def _not_tested(audit: Audit) -> Iterator[tuple[How, list[Pair]]]:
    for how in (How.NOT_EXAMINED, How.COMPUTED):
        if pairs := audit.of(how):
            yield how, pairs


def _by_principal(audit: Audit) -> list[tuple[str, list[Pair]]]:
    grouped: dict[str, list[Pair]] = {}
    for pair in audit.pairs:
        of = ", ".join(filter(None, (pair.role.replace("-", " "), pair.tenant)))
        grouped.setdefault(f"{pair.principal} ({of})", []).append(pair)
    return list(grouped.items())


def _changes(audit: Audit) -> list[tuple[str, int, list[str]]]:
    """The lists of the difference to the earlier pack: the term, the number, and the first messages."""
    if audit.since is None:
        return []
    lists = ((term, getattr(audit.since.report, name)) for name, _, term, _ in KINDS)
    return [(term, len(those), [f"{each.code}: {each.says}" for each in those[:20]]) for term, those in lists if those]


def _grid(audit: Audit) -> AccessGrid:
    """A row for each principal and a column for each share."""
    shares = tuple(dict.fromkeys(GridShare(pair.share, pair.owner, pair.storage) for pair in audit.pairs))
    rows: dict[tuple[str, str], dict[GridShare, str]] = {}
    for pair in audit.pairs:
        row = rows.setdefault((pair.tenant or pair.role, pair.principal), {})
        row[GridShare(pair.share, pair.owner, pair.storage)] = _letter(pair)
    return AccessGrid(
        shares,
        tuple(
            GridRow(tenant, principal, tenant, "".join(cells.get(share, NOT_JUDGED) for share in shares))
            for (tenant, principal), cells in rows.items()
        ),
    )


def _letter(pair: Pair) -> str:
    if pair.waived is not None:
        return WAIVED
    return LETTERS.get(pair.outcome, DENIED if pair.expected is Expected.REFUSED else OWN)
