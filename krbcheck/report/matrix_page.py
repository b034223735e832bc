"""The matrix at a terminal: the verdict, the exceptions, then who reaches what; folded where it is large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TextIO

from krbcheck.facts.smb import SessionKind
from krbcheck.judging.verdict import Waived
from krbcheck.report.matrix import Cell, Matrix, Row
from krbcheck.report.page import Page, Span
from krbcheck.report.remedy_page import put_remedy
from krbcheck.report.text import cut
from krbcheck.site.expected_access import Expected
from krbcheck.views.observed_access import NO_ACCESS, Outcome

GOOD, DIM = "bold green", "dim"
STYLES = {
    Outcome.BREACH: "bold red",
    Outcome.LOCKED_OUT: "bold red",
    Outcome.LESS: "bold yellow",
    Outcome.UNKNOWN: "bold magenta",
}
WAIVED = "bold blue"
WORST = tuple(STYLES)
COLUMN, MOST_GROUPS, MOST_NAMES = 18, 40, 6
MOST_ROWS, MOST_SHARES = 40, 6
"""A table of more rows or columns than these is folded to a line a tenant."""
MAX_LINE = 400
SHARES = "shares"
"""Stands for several shares, instead of the name of a share."""
NOT_STATED = "not stated"
"""Stands for the owner of a share that the site file does not state."""


class Exceptional(NamedTuple):
    """Cells with the same deviation. `tenant` has the principals, `owner` the share; it is empty for several owners,
    and for a share that is not stated.
    """

    outcome: Outcome
    tenant: str
    owner: str
    share: str
    storage: str
    expected: Expected
    why: str
    waived: Waived | None = None


def render(matrix: Matrix, stream: TextIO, environ: Mapping[str, str], *, quiet: bool = False, width: int = 0) -> None:
    """`quiet` leaves the verdict line, and nothing at all where all is as expected."""
    page = Page(stream, environ, width)
    if quiet:
        if matrix.wrong or matrix.totals.unknown or matrix.interrupted or matrix.waiver_warnings:
            page.put(*_verdict(matrix))
        return
    page.put(*_verdict(matrix))
    started = matrix.started.strftime("%Y-%m-%d %H:%M:%S UTC")
    page.put((f"{matrix.site} · {started} · {matrix.seconds:.1f} s · krbcheck {matrix.krbcheck}", DIM))
    for line in not_listed(matrix):
        page.put((cut(line, MAX_LINE), DIM))
    _causes(page, matrix)
    _exceptions(page, matrix)
    for waiver in matrix.waiver_warnings:
        page.gap()
        page.put(cut(waiver.says, MAX_LINE), label=("WARNING", STYLES[Outcome.LESS]), column=COLUMN)
    if len(matrix.rows) <= MOST_ROWS and max((len(row.cells) for row in matrix.rows), default=0) <= MOST_SHARES:
        _whole(page, matrix)
    else:
        _folded(page, matrix)


def _verdict(matrix: Matrix) -> list[Span]:
    totals = matrix.totals
    parts: list[Span] = [("interrupted", "bold red")] if matrix.interrupted else []
    counts = (
        (totals.breaches, "breach" if totals.breaches == 1 else "breaches", Outcome.BREACH),
        (totals.locked_out, "locked out", Outcome.LOCKED_OUT),
        (totals.less_than_stated, "less than stated", Outcome.LESS),
        (totals.unknown, "not determined", Outcome.UNKNOWN),
    )
    parts += [(f"{number} {words}", STYLES[outcome]) for number, words, outcome in counts if number]
    if matrix.waiver_warnings:
        parts.append((f"{len(matrix.waiver_warnings)} waivers expired or unused", STYLES[Outcome.LESS]))
    if totals.waived:
        parts.append((f"{totals.waived} waived", WAIVED))
    parts.append((f"{totals.as_expected} of {totals.cells} cells as expected", GOOD if totals.as_expected else DIM))
    return [span for number, part in enumerate(parts) for span in ([" · "] if number else []) + [part]]


def not_listed(matrix: Matrix) -> list[str]:
    """Returns a line for each storage whose further shares are not in the matrix."""
    return [f"{entry.storage}: only the stated shares are in the matrix: {entry.why}" for entry in matrix.unlisted]


def owner_of(entry: Exceptional) -> str:
    """Returns whose share it is, as text."""
    return entry.owner or ("others" if entry.share == SHARES else NOT_STATED)


def verdict_line(matrix: Matrix) -> str:
    """The verdict in one line, for formats without styles."""
    return "".join(span if isinstance(span, str) else span[0] for span in _verdict(matrix))


def _causes(page: Page, matrix: Matrix) -> None:
    """What the cells below follow from, with its fix."""
    for cause in matrix.causes[:MOST_GROUPS]:
        page.gap()
        whose = f" · {cause.tenant}" if cause.tenant else ""
        page.put((cause.code, "bold"), (whose, DIM), label=("CAUSE", "bold red"), column=COLUMN)
        page.put(cut(cause.says, MAX_LINE), indent=COLUMN)
        put_remedy(page, cause.remedy, indent=COLUMN)


def _exceptions(page: Page, matrix: Matrix) -> None:
    """Prints the deviations, the most serious first; principals with the same deviation are in one entry."""
    groups = exceptional(matrix)
    for entry, names, lists in groups[:MOST_GROUPS]:
        page.gap()
        style = STYLES[entry.outcome]
        label = ("WAIVED", WAIVED) if entry.waived else (entry.outcome.replace("-", " ").upper(), style)
        page.put(f"{entry.tenant} at {_whose(entry)} {entry.share} on {entry.storage}", label=label, column=COLUMN)
        page.put((cut(entry.why, MAX_LINE), ""), indent=COLUMN)
        if entry.waived:
            page.put((cut(entry.waived.line, MAX_LINE), WAIVED), indent=COLUMN)
        if lists:
            page.put((cut(f"access lists: {lists}", MAX_LINE), DIM), indent=COLUMN)
        page.put((f"expected: {entry.expected}", DIM), indent=COLUMN)
        more = f" … and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        page.put((cut(", ".join(names[:MOST_NAMES]), MAX_LINE) + more, DIM), indent=COLUMN)
    if len(groups) > MOST_GROUPS:
        page.gap()
        page.put((f"… and {len(groups) - MOST_GROUPS} more of the kind, in the CSV, JSON and HTML forms", DIM))


def _whose(entry: Exceptional) -> str:
    if entry.owner:
        return "its own" if entry.owner == entry.tenant else f"{entry.owner}'s"
    return "others'" if entry.share == SHARES else "share"


def exceptional(matrix: Matrix) -> list[tuple[Exceptional, list[str], str]]:
    """Returns the deviations, each with its principals and the access that the access lists grant the first of them.

    Cells that are not determined are grouped without their share.
    """
    groups: dict[Exceptional, dict[str, str]] = {}
    for row in matrix.rows:
        for cell in row.cells:
            if cell.outcome is not Outcome.AS_EXPECTED:
                groups.setdefault(_key(row, cell), {}).setdefault(row.principal, cell.computed)
    ordered = sorted(groups.items(), key=lambda item: (item[0].waived is not None, WORST.index(item[0].outcome)))
    return [
        (entry, list(names), "" if entry.share == SHARES else next(iter(names.values()))) for entry, names in ordered
    ]


def _key(row: Row, cell: Cell) -> Exceptional:
    if cell.outcome is Outcome.UNKNOWN:
        owner = row.tenant if cell.owner == row.tenant else ""
        return Exceptional(cell.outcome, row.tenant, owner, SHARES, row.storage, cell.expected, cell.why)
    whose = (row.tenant, cell.owner, cell.share, row.storage)
    return Exceptional(cell.outcome, *whose, cell.expected, cell.why, cell.waived)


def _whole(page: Page, matrix: Matrix) -> None:
    """A line for each principal at each data path."""
    for path in dict.fromkeys(row.path for row in matrix.rows):
        rows = [row for row in matrix.rows if row.path == path]
        page.gap()
        page.put((path, "bold"), (f" · {rows[0].of}'s data path to {rows[0].storage}", DIM))
        widest = max(len(row.principal) for row in rows)
        for row in rows:
            spans: list[Span] = []
            for cell in row.cells:
                as_expected = DIM if cell.expected is Expected.REFUSED else "green"
                style = WAIVED if cell.waived else STYLES.get(cell.outcome, as_expected)
                waived = " (waived)" if cell.waived else ""
                spans += [" · " if spans else "", (f"{cell.share} {word(cell)}{waived}", style)]
            page.put(*spans, label=cut(row.principal, 60), indent=2, column=min(widest, 60) + 2)


def state(cell: Cell) -> str:
    """The outcome of the cell, or "waived"."""
    return "waived" if cell.waived else cell.outcome


def word(cell: Cell) -> str:
    """Returns the short name of the observed access; if nothing was observed, of the computed access."""
    if cell.outcome is Outcome.UNKNOWN:
        return f"? (computed: {cell.computed_access})" if cell.computed_access else "?"
    if cell.observed_access or not cell.computed_access:
        return cell.observed_access
    by_right = cell.outcome is Outcome.BREACH and cell.computed_access == NO_ACCESS
    return f"{'opened by a right' if by_right else cell.computed_access} (computed)"


def _folded(page: Page, matrix: Matrix) -> None:
    """A line for each tenant: its own shares, the others', and who has no account."""
    page.gap()
    by_tenant: dict[str, list[Row]] = {}
    for row in matrix.rows:
        by_tenant.setdefault(row.tenant, []).append(row)
    lines = [(cut(name, 30), "; ".join(_counts(rows))) for name, rows in by_tenant.items()]
    if lines:
        page.table(lines, heading=("TENANTS", "bold"), column=COLUMN - 8, style="")


def _counts(rows: list[Row]) -> Iterator[str]:
    invited = [row for row in rows if row.kind is SessionKind.KERBEROS]
    yield f"{len({row.principal for row in invited})} principals"
    own = Counter(state(cell) for row in invited for cell in row.cells if cell.owner == row.tenant)
    others = Counter(state(cell) for row in invited for cell in row.cells if cell.owner not in ("", row.tenant))
    more = Counter(state(cell) for row in invited for cell in row.cells if not cell.owner)
    nobody = Counter(state(cell) for row in rows if row.kind is not SessionKind.KERBEROS for cell in row.cells)
    for words, found in (
        ("own shares", own),
        ("others' shares", others),
        ("shares that are not stated", more),
        ("without an account", nobody),
    ):
        if found:
            rest = [f"{found[outcome]} {outcome.replace('-', ' ')}" for outcome in (*WORST, "waived") if found[outcome]]
            yield f"{words}: {', '.join([f'{found[Outcome.AS_EXPECTED]} as expected', *rest])}"
