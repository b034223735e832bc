"""Ctrl-C at any moment: the report so far, exit status 130, no traceback, no process left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("seconds", ["0.1", "0.2", "0.5", "1", "2", "3"])
def test_an_interrupted_run_reports_what_it_knows(lab: Lab, healthy_site: str, seconds: str) -> None:
    ran = lab.interrupted(seconds, "run", healthy_site, "--format", "json")
    assert ran.stderr == ""
    assert lab.left_over() == []
    if ran.code == 0:  # a quick machine was done before
        return
    assert ran.code == 130
    if ran.stdout:  # nothing is known, and nothing said, until the site file is read
        assert json.loads(ran.stdout)["interrupted"] is True


def test_a_silent_controller_does_not_hold_up_the_end(lab: Lab, healthy_site: str, tmp_path: Path) -> None:
    saved = tmp_path / "facts.json"
    with lab.broken("controller-drops"):  # which makes it last long enough to be interrupted
        run = lab.interrupted("3", "run", healthy_site, "--format", "json")
        collect = lab.interrupted("3", "collect", healthy_site, "--vantage", "alice", "--save", str(saved))
    assert (run.code, collect.code) == (130, 130)
    assert json.loads(run.stdout)["interrupted"] is True
    assert json.loads(saved.read_text())["interrupted"] is True
    assert max(run.seconds, collect.seconds) < 6, "what waits for a dead server holds up the end"
    assert lab.left_over() == []
