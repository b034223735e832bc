"""A fault is made, reported and repaired in the lab; then a recheck alone says that its cause is fixed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("name", ["spn-duplicate", "access-share-stricter", "policy-not-linked"])
def test_a_repaired_cause_is_fixed_with_fewer_queries(lab: Lab, tmp_path: Path, name: str) -> None:
    before = tmp_path / "before.json"
    with lab.broken(name) as site:
        whole = lab.krbcheck("station", "run", site, "--format", "json", "--output", str(before))
        stays = lab.krbcheck("station", "recheck", site, str(before), "--format", "json")
    assert whole.code == stays.code == 1
    assert "stays" in {cause["state"] for cause in stays.report["causes"]}
    fixed = lab.krbcheck("station", "recheck", site, str(before), "--format", "json")
    assert {cause["state"] for cause in fixed.report["causes"]} == {"fixed"}
    assert fixed.code == 0
    assert fixed.report["questions"] < sum(entry["questions"] for entry in json.loads(before.read_text())["asked"])
