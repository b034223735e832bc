"""krbcheck list: every check with the facts that it needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest


def test_list_names_every_check_with_what_it_needs(krbcheck: Callable[..., Any]) -> None:
    said = json.loads(krbcheck("list", "--format", "json").out)
    plain = krbcheck("list").out
    together = " ".join(plain.split())
    assert all(f"{entry['id']} {entry['title']} needs {', '.join(entry['needs'])}" in together for entry in said)
    assert next(entry for entry in said if entry["id"] == "backup.path")["needs"] == ["Site"]


@pytest.mark.parametrize(("columns", "most"), [("60", 60), ("80", 80), ("400", 120), ("", 100)])
def test_its_lines_end_at_the_width_of_the_terminal(
    krbcheck: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, columns: str, most: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    longest = max(map(len, krbcheck("list").out.splitlines()))
    assert most - 20 < longest <= most
