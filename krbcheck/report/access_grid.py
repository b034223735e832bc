"""Who reaches which share, as a grid with one letter a cell: small enough for a picture of hundreds of tenants."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from krbcheck.judging.judge import CheckReport
from krbcheck.judging.verdict import Finding, Fine, Verdict
from krbcheck.report.matrix import Cell, Matrix
from krbcheck.site.stated import Site
from krbcheck.views.observed_access import Outcome

OWN, DENIED, BREACH, LOCKED_OUT, LESS, UNKNOWN, WAIVED, NOT_JUDGED = "o.BLl?w "
LETTERS: Mapping[Outcome, str] = {
    Outcome.BREACH: BREACH,
    Outcome.LOCKED_OUT: LOCKED_OUT,
    Outcome.LESS: LESS,
    Outcome.UNKNOWN: UNKNOWN,
}
MEANS: Mapping[str, str] = {
    OWN: "own share, as expected",
    DENIED: "another tenant's share, as expected",
    BREACH: "breach",
    LOCKED_OUT: "locked out",
    LESS: "less than stated",
    UNKNOWN: "not determined",
    WAIVED: "not as expected, waived",
}
ACCESS = {"isolation.own": LOCKED_OUT, "isolation.others": BREACH}
"""The checks that judge cells, and the letter of their errors."""


class GridShare(msgspec.Struct, frozen=True):
    """One column: a share, the tenant that owns it, and its storage."""

    share: str
    owner: str
    storage: str


class GridRow(msgspec.Struct, frozen=True):
    """One principal at one data path. `cells` has one letter for each share of the grid, a blank if not judged."""

    tenant: str
    principal: str
    path: str
    cells: str


class AccessGrid(msgspec.Struct, frozen=True):
    """The columns and the rows, both in the order of the site file."""

    shares: tuple[GridShare, ...] = ()
    rows: tuple[GridRow, ...] = ()

    def count(self, letters: Iterable[str]) -> int:
        return sum(row.cells.count(letter) for row in self.rows for letter in letters)


def grid_of_verdicts(site: Site, checks: Collection[CheckReport]) -> AccessGrid:
    """The grid of what isolation.own and isolation.others judge; empty if neither was run."""
    letters = dict(_letters(check for check in checks if check.id in ACCESS))
    if not letters:
        return AccessGrid()
    shares = tuple(
        GridShare(share.name, owner.name, storage.name)
        for storage in site.storages
        for owner in site.tenants
        for share in owner.shares_of(storage.name)
    )
    rows = (
        GridRow(
            tenant.name,
            principal.name,
            path.name,
            "".join(
                letters.get((tenant.name, rf"{principal.name} on \\{path.name}\{column.share}"), NOT_JUDGED)
                if column.storage == path.storage
                else NOT_JUDGED
                for column in shares
            ),
        )
        for tenant, path in site.paths()
        for principal in tenant.principals
    )
    return AccessGrid(shares, tuple(row for row in rows if row.cells.strip()))


def grid_of_matrix(matrix: Matrix) -> AccessGrid:
    """The same grid of a tested matrix, with the sessions without an account."""
    shares = dict.fromkeys(GridShare(cell.share, cell.owner, row.storage) for row in matrix.rows for cell in row.cells)
    rows = []
    for row in matrix.rows:
        known = {(cell.share, cell.owner, row.storage): _letter_of_cell(cell, row.tenant) for cell in row.cells}
        cells = "".join(known.get((share.share, share.owner, share.storage), NOT_JUDGED) for share in shares)
        rows.append(GridRow(row.tenant, row.principal, row.path, cells))
    return AccessGrid(tuple(shares), tuple(rows))


def _letter_of_cell(cell: Cell, tenant: str) -> str:
    if cell.waived is not None:
        return WAIVED
    as_expected = OWN if cell.owner == tenant and cell.expected != "refused" else DENIED
    return LETTERS.get(cell.outcome, as_expected)


def _letters(checks: Iterable[CheckReport]) -> Iterator[tuple[tuple[str, str], str]]:
    """Yields the letter of each tenant and subject; where a subject has several verdicts, that of the last."""
    for check in checks:
        for verdict in reversed(check.verdicts):
            yield (verdict.tenant, verdict.subject), _letter(check.id, verdict)


def _letter(check: str, verdict: Verdict) -> str:
    match verdict:
        case Finding(waived=waived) if waived is not None:
            return WAIVED
        case Finding():
            return LESS if verdict.code.endswith("/less-than-stated") else ACCESS[check]
        case Fine():
            return OWN if check == "isolation.own" else DENIED
        case _:
            return UNKNOWN
