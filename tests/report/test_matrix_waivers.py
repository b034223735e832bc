"""Waived cells of a matrix are shown as such and counted apart."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from xml.etree import ElementTree

import jsonschema
import msgspec
import pytest

from krbcheck.cli.schemas import schema
from krbcheck.judging.waivers import WaiverState
from krbcheck.report.forms import Screen, rendered
from krbcheck.report.matrix import Matrix
from krbcheck.report.matrix_waivers import with_waivers
from krbcheck.site.stated import Site
from krbcheck.site.waivers import Waiver
from tests.support import matrix_report
from tests.support.matrix_report import facts, made, said, seen

site = matrix_report.site
DAY = date(2026, 11, 26)
BREACH = Waiver("isolation.others/breach", r"a1@VM.COM on \\v-alice.t.com\bobVMs", "migration", "alice", DAY)
LINE = "waived until 2026-11-26 by alice: migration"


@pytest.fixture
def breached(site: Site) -> Matrix:
    matrix = made(site, facts(seen(said("aliceVMs", "bobVMs", breach=True))))
    assert (matrix.totals.breaches, matrix.wrong) == (1, 1)
    return matrix


def text(matrix: Matrix, form: str) -> str:
    return b"".join(rendered(matrix, form, Screen())).decode("utf-8-sig")


def test_a_waived_breach_is_counted_apart(breached: Matrix) -> None:
    matrix = with_waivers(breached, [BREACH], DAY)
    assert (matrix.totals.breaches, matrix.totals.waived, matrix.wrong) == (0, 1, 0)
    assert matrix.totals.cells == breached.totals.cells
    assert [(use.state, len(use.findings)) for use in matrix.waivers] == [(WaiverState.USED, 1)]
    assert with_waivers(breached, [], DAY) is breached


@pytest.mark.parametrize(
    ("code", "subject", "until", "whole", "state"),
    [
        ("isolation.others/breach", "*", date(2026, 11, 25), True, WaiverState.EXPIRED),
        ("isolation.others/breach", "b1@*", DAY, True, WaiverState.UNUSED),
        ("isolation.others/breach", "b1@*", DAY, False, WaiverState.NOT_JUDGED),
        ("isolation.own/locked-out", "*", DAY, True, WaiverState.UNUSED),
        ("spn.exists/missing", "*", DAY, True, WaiverState.NOT_JUDGED),
    ],
)
def test_no_other_waiver_concerns_the_breach(
    breached: Matrix, code: str, subject: str, until: date, whole: bool, state: WaiverState
) -> None:
    matrix = with_waivers(breached, [Waiver(code, subject, "r", "o", until)], DAY, whole=whole)
    assert matrix.totals == breached.totals
    assert [use.state for use in matrix.waivers] == [state]


def test_every_format_shows_it(breached: Matrix) -> None:
    unused = Waiver("isolation.own/locked-out", "nobody", "moved", "alice", DAY)
    matrix = with_waivers(breached, [BREACH, unused], DAY)
    terminal = text(matrix, "terminal")
    assert "WAIVED" in terminal
    assert LINE in terminal
    assert "bobVMs full (waived)" in " ".join(terminal.split())
    assert "WARNING" in terminal
    loaded = json.loads(text(matrix, "json"))
    jsonschema.validate(loaded, schema("matrix"))
    cells = [cell for row in loaded["rows"] for cell in row["cells"] if cell["waived"]]
    assert [(cell["outcome"], cell["waived"]["reason"]) for cell in cells] == [("breach", "migration")]
    assert [use["state"] for use in loaded["waivers"]] == ["used", "unused"]
    rows = list(csv.DictReader(io.StringIO(text(matrix, "csv"))))
    assert [row["principal"] for row in rows if row["waived"] == LINE] == ["a1@VM.COM"]
    root = ElementTree.fromstring(text(matrix, "junit"))
    assert [entry.attrib["type"] for entry in root.iter("skipped")].count("waived") == 1
    assert not list(root.iter("failure"))
    assert 'outcome="waived"} 1' in text(matrix, "prometheus")
    assert LINE in text(matrix, "markdown")
    html = text(matrix, "html")
    assert '<span class="tag waived">breach, waived</span>' in html
    assert "not as expected, waived: 1" in html


def test_a_breach_at_a_share_that_is_not_stated_has_a_code_of_its_own(breached: Matrix) -> None:
    """Its finding concerns all principals of the tenant at once."""
    row = breached.rows[0]
    copies = msgspec.structs.replace(row.cells[1], share="Copies", owner="")
    rows = (msgspec.structs.replace(row, cells=(copies,)), *breached.rows[1:])
    matrix = msgspec.structs.replace(breached, rows=rows)
    wrong = Waiver("isolation.others/breach", "*", "migration", "alice", DAY)
    right = Waiver("isolation.unstated/reachable", r"\\v-alice.t.com\Copies", "migration", "alice", DAY)
    assert with_waivers(matrix, [wrong], DAY).totals.waived == 0
    waived = with_waivers(matrix, [right], DAY)
    assert waived.rows[0].cells[0].waived is not None
    assert [(use.state, len(use.findings)) for use in waived.waivers] == [(WaiverState.USED, 1)]
