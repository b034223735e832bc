"""A site on the loopback network: nothing answers there, at once; and how the command is run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from krbcheck.cli.main import run

LOOPBACK = """\
krbcheck: 1
domains:
  vmlevel.test:
    account: reader@VMLEVEL.TEST
    secret: {env: KRBCHECK_TEST_READER}
    name_servers: [127.77.0.1]
    forest_search_order: [tintri.test]
  tintri.test: {name_servers: [127.77.0.1]}
storage:
  vmstore: {account: 'VMSTORE$@TINTRI.TEST'}
tenants:
  alice:
    networks: [127.0.0.0/16]
    name_servers: [127.77.0.1]
    data_paths:
      - {name: vmstore-alice.tintri.test, address: 127.0.77.30, storage: vmstore}
    shares:
      - {name: AliceVMs, access: full}
    principals:
      - {name: 'alice-hv01$@VMLEVEL.TEST'}
  bob:
    networks: [203.0.113.0/24]
    name_servers: [203.0.113.1]
    data_paths:
      - {name: vmstore-bob.tintri.test, address: 203.0.113.30, storage: vmstore}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(LOOPBACK)
    return path


class Ended:
    """How a command ended, and what it said."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def line(self) -> str:
        """The one line of a mistake."""
        assert self.status == 2, (self.status, self.out, self.err)
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("krbcheck: ")
        return self.err.strip().removeprefix("krbcheck: ")


Krbcheck = Callable[..., Ended]


@pytest.fixture
def krbcheck(capsys: pytest.CaptureFixture[str]) -> Krbcheck:
    """Runs a command within this process."""

    def call(*arguments: str | Path) -> Ended:
        status = run([str(argument) for argument in arguments])
        return Ended(status, *capsys.readouterr())

    return call


@pytest.fixture
def process() -> Krbcheck:
    """Runs a command, or Python code that calls it, as a process of its own."""

    def call(*arguments: str | Path, code: str = "", environ: Mapping[str, str] | None = None) -> Ended:
        start: Sequence[str] = ["-c", code] if code else ["-m", "krbcheck"]
        command = [sys.executable, *start, *(str(argument) for argument in arguments)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, env={**os.environ, **(environ or {})}, check=False
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return call
