"""The matrix and the report in pieces: the whole is never held a second time."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import msgspec

from krbcheck.judging.verdict import Fine
from krbcheck.report.formats import csv as csv_form
from krbcheck.report.formats import json as json_form
from krbcheck.report.formats.json import encode
from krbcheck.report.forms import Screen
from krbcheck.report.report import Report
from krbcheck.site.stated import SecretKind, SecretSource, Site
from tests.support import matrix_report
from tests.support.matrix_report import nasty
from tests.support.reports import checked

site = matrix_report.site

AT = datetime(2026, 1, 1, tzinfo=UTC)
KEYTAB = SecretSource(SecretKind.KEYTAB, "/x.keytab")
FULL, DENIED, LOGON_FAILURE = 0x1F01FF, 0xC0000022, 0xC000006D
NASTY = "=cmd|<script>\x1b[31m"


def test_json_in_pieces_is_the_json_of_the_whole(site: Site) -> None:
    for matrix in (nasty(site), msgspec.structs.replace(nasty(site), rows=())):
        assert b"".join(json_form.matrix(matrix, Screen())) == encode(matrix)


def test_csv_has_a_line_a_cell_and_no_formula(site: Site) -> None:
    lines = list(csv.DictReader(io.StringIO(b"".join(csv_form.matrix(nasty(site), Screen())).decode())))
    assert len(lines) == 8
    assert lines[0]["why"].startswith("'=cmd|")
    assert "\x1b" not in lines[0]["why"]


def test_a_report_in_pieces_is_the_json_of_the_whole(
    good_report: Report, bad_report: Report, hostile_report: Report
) -> None:
    empty = msgspec.structs.replace(good_report, checks=())
    for made in (good_report, bad_report, hostile_report, empty):
        assert b"".join(json_form.report(made, Screen())) == encode(made)


def test_a_large_report_comes_in_small_pieces(good_report: Report) -> None:
    fine = tuple(Fine(f"subject {number} \x1b", "alice") for number in range(3 * json_form.MANY + 1))
    large = msgspec.structs.replace(good_report, checks=(checked("isolation.others", "t", *fine),) * 3)
    pieces = list(json_form.report(large, Screen()))
    assert b"".join(pieces) == encode(large)
    assert max(map(len, pieces)) < len(encode(large)) / 6
