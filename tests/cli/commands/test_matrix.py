"""`krbcheck matrix` where nothing answers: every cell is there, unknown, with its reason; and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from krbcheck.cli.commands.matrix import _status
from krbcheck.cli.exits import Status
from krbcheck.facts.smb import SessionKind
from krbcheck.report.matrix import Cell, Matrix, Row, Unlisted, totals
from krbcheck.site.expected_access import Expected
from krbcheck.views.observed_access import Outcome

AT = datetime(2026, 1, 1, tzinfo=UTC)
Krbcheck = Callable[..., Any]


def test_what_could_not_be_tried_ends_with_unknown(krbcheck: Krbcheck, site: Path) -> None:
    ended = krbcheck("matrix", site, "--format", "json")
    matrix = json.loads(ended.out)
    assert ended.status == 3
    assert matrix["totals"]["unknown"] == matrix["totals"]["cells"] > 0
    assert {entry["why"] for row in matrix["rows"] for entry in row["cells"] if row["kind"] == "kerberos"} == {
        "the site names no secret for it"
    }


def test_each_form_goes_to_its_file_and_facts_are_told_again(krbcheck: Krbcheck, site: Path, tmp_path: Path) -> None:
    page, table, facts = (tmp_path / name for name in ("m.html", "m.csv", "m.json"))
    ended = krbcheck(
        "matrix", site, "--format", "html", "--output", page, "--format=csv", "--output", table, "--save", facts,
        "--no-computed",
    )  # fmt: skip
    assert (ended.status, ended.out) == (3, "")
    assert page.read_text().startswith("<!doctype html>")
    assert table.read_text().startswith("tenant,principal,")
    again = krbcheck("matrix", site, facts, "--format", "csv", "--tenant", "alice")
    assert again.out.splitlines()[1] in table.read_text().splitlines()


def test_quiet_leaves_the_verdict(krbcheck: Krbcheck, site: Path) -> None:
    ended = krbcheck("matrix", site, "--quiet", "--no-computed")
    assert (ended.status, ended.out.count("\n")) == (3, 1)
    assert "not determined" in ended.out


def test_a_storage_that_the_site_does_not_have_is_a_mistake(krbcheck: Krbcheck, site: Path) -> None:
    assert "did you mean" in krbcheck("matrix", site, "--storage", "vmstor").line
    assert "alice-hv01$@VMLEVEL.TEST" in krbcheck("matrix", site, "--principal", "carol").line


def test_a_list_of_shares_that_was_not_read_is_not_good() -> None:
    """Every cell is as expected; whether there are further shares is not known."""
    cell = Cell("AliceVMs", "alice", Expected.FULL, "full", Outcome.AS_EXPECTED)
    row = Row("alice", "a1@VM.COM", SessionKind.KERBEROS, "vmstore", "v-alice.t.com", "alice", (cell,))
    whole = Matrix(2, "", "cloud", ("alice",), AT, 1.0, False, totals([row]), (), (row,))
    part = msgspec.structs.replace(whole, unlisted=(Unlisted("vmstore", "no answer"),))
    assert _status(whole, listed=True) is Status.GOOD
    assert _status(part, listed=True) is Status.UNKNOWN
    assert _status(part, listed=False) is Status.GOOD, "--no-computed, or a recording of an older version"
