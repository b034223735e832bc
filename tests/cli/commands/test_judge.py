"""krbcheck judge: recordings give the report of the run that saved them."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema

from krbcheck.cli.schemas import schema


def without_times(text: str) -> list[str]:
    return [line for line in text.splitlines() if '"seconds"' not in line and '"started"' not in line]


def test_a_recording_gives_the_same_report(krbcheck: Callable[..., Any], site: Path, tmp_path: Path) -> None:
    facts, first, second = tmp_path / "facts.json", tmp_path / "run.json", tmp_path / "judge.json"
    ran = krbcheck("run", site, "--save", facts, "--format", "json", "--output", first)
    judged = krbcheck("judge", site, facts, "--format", "json", "--output", second)
    assert (ran.out, ran.err, judged.out, judged.err) == ("", "", "", "")
    assert ran.status == judged.status == 1
    assert without_times(first.read_text()) == without_times(second.read_text())
    assert stat.S_IMODE(first.stat().st_mode) == stat.S_IMODE(facts.stat().st_mode) == 0o600
    jsonschema.validate(json.loads(first.read_text()), schema("report"))
    jsonschema.validate(json.loads(facts.read_text()), schema("facts"))
    assert sorted(os.listdir(tmp_path)) == ["facts.json", "judge.json", "run.json", "site.yaml"]


def test_recordings_of_several_places_are_judged_together(
    krbcheck: Callable[..., Any], site: Path, tmp_path: Path
) -> None:
    alice, bob, both = tmp_path / "alice.json", tmp_path / "bob.json", tmp_path / "both.json"
    assert krbcheck("collect", site, "--vantage", "alice", "--save", alice).status == 0
    site.write_text(site.read_text().replace("127.0.", "198.51.").replace("203.0.113.", "127.0.0."))
    assert krbcheck("collect", site, "--vantage", "bob", "--save", bob).status == 0
    orders = [krbcheck("judge", site, *files, "--format", "json").out for files in ([alice, bob], [bob, alice])]
    assert without_times(orders[0]) == without_times(orders[1])
    assert json.loads(orders[0])["vantages"] == ["alice", "bob"]
    assert krbcheck("judge", site, alice, bob, "--quiet", "--save", both).status in (1, 3)
    assert without_times(krbcheck("judge", site, both, "--format", "json").out) == without_times(orders[0])
