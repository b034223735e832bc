"""Marks the cells of a matrix that a user accepts although they are not as expected."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from krbcheck.facts.smb import SessionKind
from krbcheck.judging.verdict import Waived
from krbcheck.judging.waivers import use_of
from krbcheck.report.matrix import Cell, Matrix, Row, totals
from krbcheck.report.report import finding_id
from krbcheck.site.waivers import Waiver
from krbcheck.views.observed_access import Outcome

CODES: Mapping[Outcome, str] = {
    Outcome.BREACH: "isolation.others/breach",
    Outcome.LOCKED_OUT: "isolation.own/locked-out",
    Outcome.LESS: "isolation.own/less-than-stated",
}
"""The code that `krbcheck run` gives to a cell of a stated share that is not as expected."""
NOT_STATED = "isolation.unstated/reachable"
"""The code of a breach at a share that the site file does not state."""


def with_waivers(matrix: Matrix, waivers: Sequence[Waiver], today: date, *, whole: bool = True) -> Matrix:
    """The matrix with its waived cells marked. `whole` if no tenant, principal or storage was left out."""
    if not waivers:
        return matrix
    relevant = [waiver for waiver in waivers if waiver.code in (*CODES.values(), NOT_STATED)]
    valid = [waiver for waiver in relevant if today <= waiver.until]
    rows = tuple(_row(row, valid) for row in matrix.rows) if valid else matrix.rows
    uses = tuple(
        use_of(waiver, _concerned(matrix.rows, waiver) if waiver in relevant else None, today, whole=whole)
        for waiver in waivers
    )
    return msgspec.structs.replace(matrix, rows=rows, totals=totals(rows), waivers=uses)


def subject(row: Row, cell: Cell) -> str:
    """The subject of the finding about the cell; that about a share that is not stated concerns all principals."""
    share = rf"\\{row.path}\{cell.share}"
    return f"{row.principal} on {share}" if cell.owner else share


def code_of(cell: Cell) -> str:
    """The code of the finding about the cell; empty if there is none."""
    if cell.owner:
        return CODES.get(cell.outcome, "")
    return NOT_STATED if cell.outcome is Outcome.BREACH else ""


def _row(row: Row, waivers: Collection[Waiver]) -> Row:
    if row.kind is not SessionKind.KERBEROS or all(cell.outcome not in CODES for cell in row.cells):
        return row
    return msgspec.structs.replace(row, cells=tuple(_cell(row, cell, waivers) for cell in row.cells))


def _cell(row: Row, cell: Cell, waivers: Collection[Waiver]) -> Cell:
    code = code_of(cell)
    for waiver in waivers:
        if code and waiver.concerns(code, subject(row, cell)):
            return msgspec.structs.replace(cell, waived=Waived(waiver.reason, waiver.owner, waiver.until))
    return cell


def _concerned(rows: Collection[Row], waiver: Waiver) -> tuple[str, ...]:
    found = (
        finding_id(waiver.code, subject(row, cell), row.tenant)
        for row, cell in _invited(rows)
        if code_of(cell) == waiver.code and waiver.concerns(waiver.code, subject(row, cell))
    )
    return tuple(dict.fromkeys(found))


def _invited(rows: Collection[Row]) -> Iterator[tuple[Row, Cell]]:
    return ((row, cell) for row in rows if row.kind is SessionKind.KERBEROS for cell in row.cells)
