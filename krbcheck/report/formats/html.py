"""One page for a browser: it loads nothing, works without scripts, and prints."""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.report.forms import Screen
from krbcheck.report.matrix import Matrix
from krbcheck.report.matrix_html import matrix_page
from krbcheck.report.report import Report
from krbcheck.report.report_html import report_page
from krbcheck.report.trace import Trace
from krbcheck.report.trace_html import trace_page


def report(report: Report, screen: Screen) -> Iterator[bytes]:
    return report_page(report)


def matrix(matrix: Matrix, screen: Screen) -> Iterator[bytes]:
    return matrix_page(matrix)


def trace(trace: Trace, screen: Screen) -> Iterator[bytes]:
    return trace_page(trace)
