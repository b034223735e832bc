"""The HTML page of a matrix: the picture, the causes, the deviations, and every cell."""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.report.access_grid import grid_of_matrix
from krbcheck.report.html_pages import page
from krbcheck.report.matrix import Matrix, Row
from krbcheck.report.matrix_page import exceptional, not_listed, owner_of, verdict_line, word
from krbcheck.report.pictures import grid_picture
from krbcheck.report.report_html import cells
from krbcheck.site.expected_access import AS_EXPECTED

MOST_CELLS = 6000
"""Cells up to which each has its own field in a table; larger matrices list the shares of each row by outcome."""
MOST_DEVIATIONS = 300


def matrix_page(matrix: Matrix) -> Iterator[bytes]:
    """Yields the page."""
    grid = grid_of_matrix(matrix)
    paths: dict[str, list[Row]] = {}
    for row in matrix.rows:
        paths.setdefault(row.path, []).append(row)
    deviations = exceptional(matrix)
    yield from page(
        "matrix.html",
        matrix=matrix,
        verdict=verdict_line(matrix),
        grid=grid_picture(grid),
        rows_in_words=[] if matrix.totals.cells <= MOST_CELLS else [(row, cells(grid, row)) for row in grid.rows],
        deviations=deviations[:MOST_DEVIATIONS],
        more_deviations=max(0, len(deviations) - MOST_DEVIATIONS),
        paths=list(paths.items()) if matrix.totals.cells <= MOST_CELLS else [],
        word=word,
        owner_of=owner_of,
        not_listed=not_listed(matrix),
        as_expected=AS_EXPECTED,
    )
