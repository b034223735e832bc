"""Ctrl-C at any moment: the report so far, exit status 130, no traceback, no process left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.lab import vmstore_api
from tests.lab.conftest import COMMAND, KRBCHECK

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


SESSIONS = """
import sys, httpx, ssl
url, account, secret, ca = sys.argv[1:]
with httpx.Client(base_url=url + "/api/v310", verify=ssl.create_default_context(cafile=ca), trust_env=False) as client:
    body = {"username": account, "password": open(secret).read().strip()}
    client.post("/session/login", json=body).raise_for_status()
    print(len(client.get("/session/active").raise_for_status().json()) - 1)
    client.post("/session/logout")
"""
"""Prints how many sessions the simulated VMstore has beside that of the program itself."""


def sessions(lab: Lab, site: str) -> int:
    folder = Path(site).parent
    secret, ca_file = folder / vmstore_api.SECRET, folder / vmstore_api.CA_FILE
    arguments = (vmstore_api.URL, vmstore_api.ACCOUNT, str(secret), str(ca_file))
    ran = lab.execute("station", sys.executable, "-c", SESSIONS, *arguments)
    assert ran.code == 0, ran.stderr
    return int(ran.stdout)


def test_an_interrupted_run_ends_its_session_at_the_vmstore(lab: Lab) -> None:
    """The VMstore does not answer the request for its roles, so that the session is open when Ctrl-C comes."""
    with lab.broken("vmstore-slow") as site:
        assert sessions(lab, site) == 0
        command = [str(COMMAND), "exec", "station", str(KRBCHECK), "run", site, "--only", "backup", "--format", "json"]
        run = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            until = time.monotonic() + 60
            while not sessions(lab, site):
                assert run.poll() is None, "the run ended before it had a session"
                assert time.monotonic() < until, "the run opened no session"
            os.killpg(run.pid, signal.SIGINT)  # as a terminal does
            out, errors = run.communicate(timeout=60)
        finally:
            run.kill()
            run.wait()
        assert (run.returncode, errors) == (130, "")
        assert json.loads(out)["interrupted"] is True
        assert sessions(lab, site) == 0, "krbcheck left its session open"
    assert lab.left_over() == []
