"""A recording travels: what happened to it on the way is told in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def facts(krbcheck: Callable[..., Any], site: Path, tmp_path: Path) -> Path:
    path = tmp_path / "facts.json"
    assert krbcheck("collect", site, "--vantage", "alice", "--save", path).status == 0
    return path


def refused(krbcheck: Callable[..., Any], site: Path, path: Path, data: bytes) -> str:
    path.write_bytes(data)
    line: str = krbcheck("judge", site, path).line
    assert line.startswith(f"{path}: ")
    return line.removeprefix(f"{path}: ")


def test_a_truncated_recording_is_told(krbcheck: Callable[..., Any], site: Path, facts: Path) -> None:
    data = facts.read_bytes()
    for size in (len(data) // 2, 1, 0):
        assert refused(krbcheck, site, facts, data[:size]).startswith("cut off, or not a recording")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("127.0.77.30", "127.0.77.31"),
        ('"refused"', '"timed-out"'),
        ('"interrupted": false', '"interrupted": true'),
        ('"digest": "', '"digest": "00'),
        ('"krbcheck": "', '"krbcheck": "9'),
    ],
)
def test_an_edited_recording_is_told(krbcheck: Callable[..., Any], site: Path, facts: Path, old: str, new: str) -> None:
    text = facts.read_text()
    assert old in text
    said = refused(krbcheck, site, facts, text.replace(old, new, 1).encode())
    assert said.startswith("was edited after it was saved; ")


def test_layout_is_no_edit(krbcheck: Callable[..., Any], site: Path, facts: Path) -> None:
    facts.write_text(json.dumps(json.loads(facts.read_text())))
    assert krbcheck("judge", site, facts).status == 1


def test_a_newer_recording_is_told(krbcheck: Callable[..., Any], site: Path, facts: Path) -> None:
    said = json.loads(facts.read_text()) | {"schema": 3, "krbcheck": "7.0"}
    line = refused(krbcheck, site, facts, json.dumps(said).encode())
    assert line.startswith("recorded by krbcheck 7.0 in schema 3; this krbcheck")
    assert line.endswith("update krbcheck")


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"schema": 1}', b"null", b"[" * 100_000, b"\xff\xfe", b'"x"'])
def test_what_is_no_recording_is_told(krbcheck: Callable[..., Any], site: Path, facts: Path, data: bytes) -> None:
    assert "not a recording" in refused(krbcheck, site, facts, data)


def test_a_report_is_no_recording(krbcheck: Callable[..., Any], site: Path, facts: Path) -> None:
    report = krbcheck("judge", site, facts, "--format", "json").out
    assert refused(krbcheck, site, facts, report.encode()).startswith("not a recording; krbcheck collect --save")


def test_a_recording_is_no_site_file(krbcheck: Callable[..., Any], site: Path, facts: Path) -> None:
    assert "a recording, not a site file" in krbcheck("judge", facts, site).line
