"""`krbcheck matrix` where nothing answers: every cell is there, unknown, with its reason; and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
