"""How a command ends: its status, and a message on stderr that may be closed."""

from __future__ import annotations

import sys

import pytest

from krbcheck.cli.exits import Status, tell


def test_a_message_names_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    tell("the lab is down")
    assert capsys.readouterr() == ("", "krbcheck: the lab is down\n")


def test_a_service_without_stderr_gets_no_message_and_no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    tell("nobody reads this")
    assert sys.stderr is None


def test_the_numbers_are_those_of_the_documentation() -> None:
    """README.md, "Exit codes"; 130 is what a shell returns for an interrupt (128 + SIGINT)."""
    numbers = {status.name: int(status) for status in Status}
    assert numbers == {"GOOD": 0, "FINDINGS": 1, "MISTAKE": 2, "UNKNOWN": 3, "CRASHED": 4, "INTERRUPTED": 130}
