"""krbcheck list: every check with the facts that it needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def test_list_names_every_check_with_what_it_needs(krbcheck: Callable[..., Any]) -> None:
    said = json.loads(krbcheck("list", "--format", "json").out)
    plain = krbcheck("list").out
    assert all(entry["id"] in plain and entry["title"] in plain for entry in said)
    assert next(entry for entry in said if entry["id"] == "backup.path")["needs"] == ["Site"]
