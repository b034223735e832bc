"""Nothing that only POSIX has is needed to start, to read a site file, and to judge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RECORDED = Path(__file__).resolve().parents[2] / "fixtures/recorded"
WITHOUT = """
import os, socket, sys
for name in ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty"):
    sys.modules[name] = None
missing = {{os: ("geteuid", "getuid", "memfd_create", "fork", "fchmod", "fchown"), socket: ("AF_NETLINK", "AF_UNIX")}}
for module, names in missing.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
sys.argv = ["krbcheck", {arguments}]
from krbcheck.cli.main import main
main()
"""


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--help"], 0),
        (["list"], 0),
        (["validate", RECORDED / "site.yaml"], 2),  # the recorded secrets are not here
        (["judge", RECORDED / "site.yaml", RECORDED / "healthy/facts.json", "--max-age", "none"], 0),
    ],
)
def test_a_host_without_posix_modules_runs_it(process: Callable[..., Any], arguments: list[Any], status: int) -> None:
    code = WITHOUT.format(arguments=", ".join(repr(str(argument)) for argument in arguments))
    ended = process(code=code)
    assert ended.status == status, ended.err
    assert "Traceback" not in ended.err
