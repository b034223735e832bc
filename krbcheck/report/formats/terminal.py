"""Text for people: the totals first, then each problem with its fix. Color only on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.report import difference_page, matrix_page, recheck_page, report_page, trace_page
from krbcheck.report.difference import Difference
from krbcheck.report.forms import Canvas, Screen
from krbcheck.report.matrix import Matrix
from krbcheck.report.recheck import Recheck
from krbcheck.report.report import Report
from krbcheck.report.trace import Trace


def report(report: Report, screen: Screen) -> Iterator[bytes]:
    canvas = Canvas(screen)
    report_page.render(report, canvas, screen.environ, quiet=screen.quiet, width=screen.width, unfold=screen.unfold)
    yield canvas.encoded()


def matrix(matrix: Matrix, screen: Screen) -> Iterator[bytes]:
    canvas = Canvas(screen)
    matrix_page.render(matrix, canvas, screen.environ, quiet=screen.quiet, width=screen.width)
    yield canvas.encoded()


def trace(trace: Trace, screen: Screen) -> Iterator[bytes]:
    canvas = Canvas(screen)
    trace_page.render(trace, canvas, screen.environ, quiet=screen.quiet, width=screen.width)
    yield canvas.encoded()


def recheck(recheck: Recheck, screen: Screen) -> Iterator[bytes]:
    canvas = Canvas(screen)
    recheck_page.render(recheck, canvas, screen.environ, quiet=screen.quiet, width=screen.width)
    yield canvas.encoded()


def diff(diff: Difference, screen: Screen) -> Iterator[bytes]:
    canvas = Canvas(screen)
    difference_page.render(diff, canvas, screen.environ, quiet=screen.quiet, width=screen.width)
    yield canvas.encoded()
