"""`krbcheck recheck`: what it asks, its exit status, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from krbcheck.cli.commands.recheck import status
from krbcheck.cli.exits import FailOn, Status
from krbcheck.cli.schemas import schema
from krbcheck.report.formats.json import encode
from tests.report.test_recheck import recheck
from tests.support.reports import bad_night, report


@pytest.fixture
def unreached(krbcheck: Callable[..., Any], site: Path, tmp_path: Path) -> Path:
    """A report of a site whose name servers do not respond."""
    file = tmp_path / "report.json"
    krbcheck("run", site, "--only", "dns.resolves,backup.path", "--format", "json", "--output", file)
    return file


def test_only_what_the_causes_rest_on_is_asked_again(
    krbcheck: Callable[..., Any], site: Path, unreached: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.json"
    ended = krbcheck("recheck", site, unreached, "--format", "json", "--output", again)
    assert ended.status == Status.UNKNOWN
    made = json.loads(again.read_text())
    jsonschema.validate(made, schema("recheck"))
    assert made["checks"] == ["dns.resolves"]
    assert {cause["state"] for cause in made["causes"]} == {"not-determined"}


def test_one_result_is_chosen_by_its_id(krbcheck: Callable[..., Any], site: Path, unreached: Path) -> None:
    verdicts = [each for check in json.loads(unreached.read_text())["checks"] for each in check["verdicts"]]
    alice = next(each for each in verdicts if each["tenant"] == "alice" and each["verdict"] == "unknown")
    ended = krbcheck("recheck", site, unreached, "--cause", alice["id"])
    assert ended.out.startswith("1 not determined\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cause", "nothing-1"], "no cause has the id nothing-1; the report has "),
        (["--format", "csv"], "--format csv is not available for krbcheck recheck; allowed: terminal, json"),
        (["--vantage", "carol"], "'carol' does not exist"),
    ],
)
def test_a_mistake_is_one_line(
    krbcheck: Callable[..., Any], site: Path, unreached: Path, arguments: list[str], words: str
) -> None:
    assert words in krbcheck("recheck", site, unreached, *arguments).line


def test_what_is_no_report_is_named(krbcheck: Callable[..., Any], site: Path, tmp_path: Path) -> None:
    assert "cannot be read: No such file" in krbcheck("recheck", site, tmp_path / "none.json").line
    assert "not a report" in krbcheck("recheck", site, site).line


def test_objects_of_another_site_are_not_determined(krbcheck: Callable[..., Any], site: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_bytes(encode(report(bad_night())))
    assert krbcheck("recheck", site, file, "--quiet").status in (Status.FINDINGS, Status.UNKNOWN)


@pytest.mark.parametrize(
    ("before", "after", "fail_on", "ended"),
    [
        ("spn-duplicate", "healthy", FailOn.WARNING, Status.GOOD),
        ("spn-duplicate", "spn-duplicate", FailOn.ERROR, Status.FINDINGS),
        ("spn-duplicate", "spn-missing", FailOn.ERROR, Status.FINDINGS),
        ("reverse-differs", "reverse-differs", FailOn.WARNING, Status.FINDINGS),
        ("reverse-differs", "reverse-differs", FailOn.ERROR, Status.GOOD),
    ],
)
def test_the_exit_status_is_that_of_what_stays(before: str, after: str, fail_on: FailOn, ended: Status) -> None:
    assert status(recheck(before, after), fail_on) is ended
