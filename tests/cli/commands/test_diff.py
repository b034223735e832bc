"""krbcheck diff: the exit status says whether something is new."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from krbcheck.report.formats.json import encode
from tests.support.reports import bad_night, healthy, report


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(encode(report(healthy())))
    bad.write_bytes(encode(report([check for check in bad_night() if not check.crash])))
    return good, bad


def test_the_exit_status(krbcheck: Callable[..., Any], files: tuple[Path, Path]) -> None:
    good, bad = files
    assert krbcheck("diff", good, bad).status == 1
    assert krbcheck("diff", good, good).status == 0
    assert krbcheck("diff", bad, bad).status == 0, "nothing is new"
    assert krbcheck("diff", bad, good).status == 3, "ticket.service was not run again"


def test_a_new_warning_counts_unless_fail_on_is_error(krbcheck: Callable[..., Any], files: tuple[Path, Path]) -> None:
    good, warned = files
    checks = [check for check in bad_night() if check.id in ("dns.reverse", "spn.exists")]
    warned.write_bytes(encode(report(checks)))
    assert krbcheck("diff", good, warned).status == 1
    assert krbcheck("diff", good, warned, "--fail-on", "error").status == 0


def test_formats_and_files(krbcheck: Callable[..., Any], files: tuple[Path, Path], tmp_path: Path) -> None:
    good, bad = files
    output = tmp_path / "diff.json"
    assert krbcheck("diff", good, bad, "--output", output).out == ""
    codes = {change["code"] for change in json.loads(output.read_text())["new"]}
    assert codes == {"ticket.service/needs-search-order", "spn.unique/duplicate", "dns.reverse/reverse-differs"}
    assert krbcheck("diff", good, bad, "--format", "csv").line == (
        "--format csv is not available for krbcheck diff; allowed: terminal, json, markdown"
    )


def test_what_is_no_report_is_one_line(krbcheck: Callable[..., Any], files: tuple[Path, Path], tmp_path: Path) -> None:
    good, bad = files
    bad.write_bytes(msgspec.json.encode({"schema": 99, "checks": []}))
    assert krbcheck("diff", good, bad).line.startswith(f"{bad}: written by krbcheck")
    assert krbcheck("diff", tmp_path / "none.json", bad).line.startswith(f"{tmp_path}/none.json: cannot be read")
