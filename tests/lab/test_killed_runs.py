"""A test run whose lab fails, or that is killed, leaves no process and no state.

Each test runs pytest in a small copy of the checkout, which has a lab of its own.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0
HOLLOW = """
# Hosts without daemons: up in two seconds.
hosts.absent_daemons = lambda name: []
_from_nothing = _seen_by_clients = lambda: []
tickets.renew = lambda: None
"""
TEST = """
import time
from pathlib import Path
import pytest

@pytest.mark.lab
def test_of_the_copy(lab):
    Path(__file__).with_name("begun").touch()
    time.sleep(600)
"""

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="the lab needs root")]


def until(true: Callable[[], object]) -> bool:
    deadline = time.monotonic() + SECONDS
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(true())


def kill(processes: Iterable[int]) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):  # it ended with another
            os.kill(pid, signal.SIGKILL)


class Copy:
    """A checkout with the lab, its fixtures, and one test that never ends."""

    def __init__(self, root: Path) -> None:
        self.root = root
        leave_out = shutil.ignore_patterns(".state", "__pycache__")
        shutil.copytree(ROOT / "fixtures" / "lab", root / "fixtures" / "lab", ignore=leave_out)
        for name in ("fixtures/scenarios.py", "tests/conftest.py", "tests/lab/conftest.py"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
        (root / "tests" / "lab" / "test_copy.py").write_text(TEST)
        self.begun = root / "tests" / "lab" / "begun"
        self.runs: list[subprocess.Popen[str]] = []

    def hollow(self) -> None:
        """Leave out what takes long of `lab up`."""
        with (self.root / "fixtures" / "lab" / "up.py").open("a") as file:
            file.write(HOLLOW)

    def samba_tool(self, script: str) -> None:
        """Replaces samba-tool, which makes the domains once the hosts run."""
        file = self.root / "bin" / "samba-tool"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def run(self) -> subprocess.Popen[str]:
        """Pytest, with all of the copy's tests. What it starts has the copy's path in its environment."""
        command = [sys.executable, "-m", "pytest", "--config-file", str(ROOT / "pyproject.toml"), "-m", "lab"]
        self.runs.append(
            subprocess.Popen(
                [*command, "--rootdir", str(self.root), "-p", "no:cacheprovider", str(self.root / "tests")],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.root,
                env={**os.environ, "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}"},
            )
        )  # fmt: skip
        return self.runs[-1]

    def processes(self, having: str = "") -> list[int]:
        """What runs of the copy, as arguments and environment show it."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                shown = b"".join(Path("/proc", pid, name).read_bytes() for name in ("cmdline", "environ"))
            except OSError:
                continue
            if str(self.root).encode() in shown and having.encode() in shown:
                found.append(int(pid))
        return found

    def left(self) -> list[object]:
        """Processes and state."""
        return [*self.processes(), *self.root.glob("fixtures/lab/.state")]


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    made = Copy(tmp_path)
    yield made
    subprocess.run([tmp_path / "fixtures" / "lab" / "lab", "down"], capture_output=True, check=False)
    kill(made.processes())
    for run in made.runs:
        run.communicate()


def ended(run: subprocess.Popen[str]) -> str:
    """What a run printed, once it has ended by itself."""
    return run.communicate(timeout=SECONDS)[0]


def test_a_lab_that_does_not_come_up_leaves_nothing(copy: Copy) -> None:
    copy.samba_tool("echo out of disks >&2; exit 1")
    run = copy.run()
    output = ended(run)
    assert run.returncode == 1, output
    assert "the lab does not come up" in output
    assert "out of disks" in output
    assert copy.left() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_killed_while_the_lab_comes_up_leaves_nothing(copy: Copy, number: signal.Signals) -> None:
    copy.samba_tool(f"touch {copy.begun}; sleep 600")
    run = copy.run()
    assert until(copy.begun.exists), "the lab comes up as far as samba-tool"
    run.send_signal(number)
    run.wait(SECONDS)
    assert until(lambda: not copy.left()), copy.left()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_killed_in_a_test_leaves_nothing(copy: Copy, number: signal.Signals) -> None:
    copy.hollow()
    run = copy.run()
    assert until(copy.begun.exists), "the test begins"
    assert copy.processes("holder.py"), "hosts run"
    run.send_signal(number)
    run.wait(SECONDS)
    assert until(lambda: not copy.left()), copy.left()


def test_half_a_lab_whose_guard_was_killed_too_is_not_used_by_the_next_run(copy: Copy) -> None:
    copy.samba_tool(f"touch {copy.begun}; sleep 600")
    copy.run()
    assert until(copy.begun.exists), "the lab comes up as far as samba-tool"
    hosts = set(copy.processes("holder.py"))
    kill(set(copy.processes()) - hosts)
    assert set(copy.processes("holder.py")) & hosts, "the hosts outlive whoever started them"
    copy.samba_tool("echo again from nothing >&2; exit 1")
    assert "again from nothing" in ended(copy.run())
    assert copy.left() == []
