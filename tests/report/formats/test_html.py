"""HTML serves every kind of report, and holds text of servers without markup."""

from __future__ import annotations

from krbcheck.report.formats import html
from krbcheck.report.forms import Kind, Screen, serves
from krbcheck.report.report import Report
from krbcheck.site.stated import Site
from tests.support import matrix_report
from tests.support.matrix_report import nasty
from tests.support.pages import assert_harmless, read_page

site = matrix_report.site


def test_it_serves_every_command() -> None:
    assert [kind for kind in (Kind.REPORT, Kind.MATRIX, Kind.TRACE) if not serves("html", kind)] == []


def test_the_page_is_escaped(site: Site, hostile_report: Report) -> None:
    for page in (html.matrix(nasty(site), Screen()), html.report(hostile_report, Screen())):
        text = b"".join(page)
        assert_harmless(read_page([text]))
        assert b"&lt;script&gt;" in text
        assert b"\x1b" not in text
