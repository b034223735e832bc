"""The lab in the hands of the tests: brought up once, broken and repaired, and asked by the installed krbcheck."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest

from fixtures import scenarios
from krbcheck.judging.verdict import Verdict

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ROOT / "fixtures" / "lab" / "lab"
LAB = (sys.executable, COMMAND)
"""By this Python: what `python3` of the PATH starts first may cost more than the command."""
KRBCHECK = Path(sys.executable).with_name("krbcheck")
UP_SECONDS, WORD_SECONDS, RUN_SECONDS = 600, 120, 180


@dataclass(frozen=True)
class Ran:
    """One command in a host of the lab, and how it ended."""

    code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def report(self) -> Any:
        return json.loads(self.stdout)

    def codes(self) -> set[str]:
        """The codes at warning or above."""
        return {finding["code"] for finding in self.findings()}

    def findings(self) -> list[Any]:
        """The findings at warning or above."""
        return [verdict for verdict in self.verdicts("finding") if verdict["severity"] != "note"]

    def lines(self) -> list[str]:
        """Every verdict as fixtures/scenarios.py pins it."""
        return sorted(
            scenarios.line_of(check["id"], msgspec.convert(verdict, Verdict))
            for check in self.report["checks"]
            for verdict in check["verdicts"]
        )

    def summary(self) -> str:
        """What was found, and what stayed unknown, for a person who reads a failed test."""
        lines = [f"{finding['code']} | {finding['tenant']} | {finding['says']}" for finding in self.findings()]
        unknown = [f"unknown: {verdict['subject']}: {verdict['says'][:300]}" for verdict in self.verdicts("unknown")]
        return "\n".join([*lines, *unknown[:5], f"{len(unknown)} unknown"])

    def assert_silent(self) -> None:
        """No warning, no error, and nothing unknown."""
        assert not self.findings(), self.summary()
        assert not self.verdicts("unknown"), self.summary()
        assert self.code == 0

    def verdicts(self, kind: str) -> list[Any]:
        """`kind` is finding, fine or unknown."""
        return [entry for check in self.report["checks"] for entry in check["verdicts"] if entry["verdict"] == kind]


class Lab:
    """`fixtures/lab/lab` of this checkout."""

    def word(self, *words: str, seconds: float = WORD_SECONDS) -> str:
        """One word of the lab's command; what it prints."""
        done = subprocess.run([*LAB, *words], capture_output=True, text=True, timeout=seconds, check=False)
        assert done.returncode == 0, f"lab {' '.join(words)}: {done.stderr}{done.stdout}"
        return done.stdout.strip()

    def is_up(self) -> bool:
        return subprocess.run([*LAB, "status"], capture_output=True, check=False).returncode == 0

    def repair_all(self) -> None:
        """Repairs the faults that `lab status` lists."""
        lines = subprocess.run([*LAB, "status"], capture_output=True, text=True, check=False).stdout.splitlines()
        for line in lines:
            if line.startswith("fault: "):
                self.word("repair", line.split()[1])

    def execute(self, host: str, *command: str, seconds: float = RUN_SECONDS) -> Ran:
        began = time.monotonic()
        done = subprocess.run(
            [*LAB, "exec", host, *command], capture_output=True, text=True, timeout=seconds, check=False
        )
        return Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - began)

    def krbcheck(self, host: str, *arguments: str, remembers: bool = False) -> Ran:
        """The krbcheck that is installed beside this Python, in a host; `remembers` if with the state of the tests."""
        nothing = f"XDG_STATE_HOME={os.environ['XDG_STATE_HOME']}/{uuid.uuid4()}"  # no memory of another run
        ran = self.execute(host, "env", *([] if remembers else [nothing]), str(KRBCHECK), *arguments)
        assert "Traceback" not in ran.stderr, ran.stderr
        assert ran.code in (0, 1, 3), f"exit {ran.code}: {ran.stderr}{ran.stdout[-3000:]}"
        return ran

    def run(self, site: str, *options: str) -> Ran:
        """`krbcheck run` from the administrator's station."""
        return self.krbcheck("station", "run", site, "--format", "json", *options)

    def site(self, fault: str = "") -> str:
        """The path of the site file, healthy or as a fault wants it."""
        return self.word("site", *([fault] if fault else []))

    @contextmanager
    def broken(self, fault: str) -> Iterator[str]:
        """The lab with one fault; the path of the site file to use meanwhile."""
        site = self.word("fault", fault)
        try:
            yield site
        finally:
            self.word("repair", fault)

    def interrupted(self, seconds: str, *arguments: str) -> Ran:
        """krbcheck in the station, sent Ctrl-C's signal after so many seconds."""
        return self.execute(
            "station", "timeout", "--signal=INT", "--preserve-status", seconds, str(KRBCHECK), *arguments
        )

    def left_over(self) -> list[str]:
        """Processes of krbcheck that still run in the station, each as its command line."""
        lines = self.execute("station", "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n'").stdout.splitlines()
        return [line for line in lines if line == str(KRBCHECK)]


@dataclass(frozen=True)
class Fault:
    name: str
    about: str
    leads_to: tuple[str, ...]


def _faults() -> list[Fault]:
    reply = subprocess.run([*LAB, "faults", "--json"], capture_output=True, text=True, check=True).stdout
    return [Fault(load["name"], load["about"], tuple(load["leads_to"])) for load in json.loads(reply)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fault" in metafunc.fixturenames:
        metafunc.parametrize("fault", _faults(), ids=lambda fault: fault.name)


def _interrupt(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM ends the run as Ctrl-C does, so that fixtures are torn down."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _own_lab(lab: Lab) -> Iterator[None]:
    """A lab for this run alone. It is taken down however the run ends, by its guard if pytest is killed outright."""
    try:
        lab.word("up", "--for", str(os.getpid()), seconds=UP_SECONDS)
    except (AssertionError, subprocess.TimeoutExpired) as failed:
        lab.word("down")
        pytest.exit(f"the lab does not come up: {failed}", returncode=1)
    except BaseException:
        lab.word("down")
        raise
    try:
        yield
    finally:
        lab.word("down")


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A lab that was up stays up, without the faults that a killed run left; another is taken down. CI needs a lab."""
    lab = Lab()
    if lab.is_up():
        lab.repair_all()
        yield lab
        return
    if os.geteuid() != 0 and not os.environ.get("CI"):
        pytest.skip("the lab needs root")
    with _ended_by_sigterm(), _own_lab(lab):
        yield lab


class Recorder:
    """With --record: what a run saw becomes a scenario that the fast tests replay."""

    def __init__(self, folder: Path | None) -> None:
        self.facts = folder / "facts.json" if folder else None

    @property
    def records(self) -> bool:
        return self.facts is not None

    @property
    def options(self) -> tuple[str, ...]:
        return ("--save", str(self.facts)) if self.facts else ()

    def keep(self, name: str, about: str, site: str, ran: Ran) -> None:
        """Called once the run has proved to be as expected; `site` is the text of the site file."""
        if self.facts is None:
            return
        facts = self.facts.read_text()
        assert str(ROOT) not in facts, "a path of this machine"
        for secret in json.loads((ROOT / "fixtures/lab/.state/secrets.json").read_text()).values():
            assert secret not in facts, "a password of the lab"
        expected = (f"{finding['code']} | {finding['tenant']} | {finding['subject']}" for finding in ran.findings())
        scenarios.write(name, facts.encode(), site, about, expected)


@pytest.fixture
def recorder(request: pytest.FixtureRequest, tmp_path: Path) -> Recorder:
    return Recorder(tmp_path if request.config.getoption("--record") else None)


@pytest.fixture(scope="session")
def healthy_site(lab: Lab) -> str:
    return lab.site()
