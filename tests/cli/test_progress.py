"""Progress is one line on stderr, for who looks; it goes away, and server names in it steer nothing."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from krbcheck.cli.progress import Progress


def test_progress_is_one_harmless_line_that_goes_away() -> None:
    stream = io.StringIO()
    shown = Progress(stream)
    shown.asked(3, 10, "A of \x1b]0;x\x07\u202eevil\n" + "x" * 500)
    shown.asked(4, 10, "too soon to be shown")
    shown.close()
    first, second, last = stream.getvalue().split("\r\x1b[K")
    assert (first, last) == ("", "")
    assert second.startswith("[######--------------] 3 of 10 queries answered · A of ")
    assert second.isprintable()
    assert len(second) < 100


def test_a_narrow_terminal_has_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    stream = io.StringIO()
    shown = Progress(stream)
    shown.stage("57 checks are applied")
    shown.close()
    shown.last = 0
    shown.asked(3, 10, "x" * 500)
    lines = stream.getvalue().split("\r\x1b[K")
    assert lines[1] == "57 checks are applied"
    assert lines[3].startswith("3 of 10 queries answered · x")
    assert len(lines[3]) < 50


def test_progress_and_colour_are_for_terminals_only(site: Path) -> None:
    """stderr and stdout are each looked at by themselves."""
    master, terminal = pty.openpty()
    command = [sys.executable, "-m", "krbcheck", "run", str(site), "--only", "dns.resolves"]
    environ = {**os.environ, "TERM": "xterm-256color"}
    environ.pop("NO_COLOR", None)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, timeout=60, env=environ, check=False)
    os.close(terminal)
    said = os.read(master, 100_000)
    os.close(master)
    assert done.returncode == 3
    assert b"\x1b" not in done.stdout
    assert b"queries answered" in said
    assert said.endswith(b"\r\x1b[K")
