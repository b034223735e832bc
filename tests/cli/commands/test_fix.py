"""`krbcheck fix` writes a plan and runs nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from krbcheck.report.formats.json import encode
from tests.support.reports import bad_night, report


@pytest.fixture
def report_file(tmp_path: Path) -> Path:
    file = tmp_path / "report.json"
    file.write_bytes(encode(report(bad_night())))
    return file


def test_the_plan_is_written_to_stdout_or_a_file(
    krbcheck: Callable[..., Any], report_file: Path, tmp_path: Path
) -> None:
    ended = krbcheck("fix", str(report_file), "--plan")
    assert ended.status == 0
    assert "# ===== 1. " in ended.out
    target = tmp_path / "plan.txt"
    assert krbcheck("fix", str(report_file), "--plan", "--output", str(target)).status == 0
    assert target.read_text() == ended.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "krbcheck fix changes nothing: add --plan"),
        (["--plan", "--cause", "x-1"], "no finding has the id x-1"),
        (["--plan", "--output", "/nonexistent/plan"], "cannot be written"),
    ],
)
def test_a_mistake_is_one_line(krbcheck: Callable[..., Any], report_file: Path, options: list[str], words: str) -> None:
    ended = krbcheck("fix", str(report_file), *options)
    assert (ended.status, ended.out) == (2, "")
    assert words in ended.err


def test_what_is_no_report_is_named(krbcheck: Callable[..., Any], tmp_path: Path) -> None:
    assert "cannot be read" in krbcheck("fix", str(tmp_path / "none.json"), "--plan").err
    other = tmp_path / "other.json"
    other.write_text("[]")
    assert "not a report" in krbcheck("fix", str(other), "--plan").err
