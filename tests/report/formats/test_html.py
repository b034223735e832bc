"""The page of a matrix holds text of servers without markup."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.report.formats import html
from krbcheck.report.forms import Screen
from krbcheck.site.stated import SecretKind, SecretSource, Site
from tests.support import matrix_report
from tests.support.matrix_report import nasty

site = matrix_report.site

AT = datetime(2026, 1, 1, tzinfo=UTC)
KEYTAB = SecretSource(SecretKind.KEYTAB, "/x.keytab")
FULL, DENIED, LOGON_FAILURE = 0x1F01FF, 0xC0000022, 0xC000006D
NASTY = "=cmd|<script>\x1b[31m"


def test_the_page_is_escaped(site: Site) -> None:
    text = b"".join(html.matrix(nasty(site), Screen())).decode()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text
