"""The manual page and the completion scripts are made from the commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

COMMANDS = ["run", "init", "judge", "validate", "matrix", "trace", "explain"]


def test_the_manual_page_has_every_command_and_its_options(krbcheck: Callable[..., Any]) -> None:
    page = krbcheck("manual").out
    assert page.startswith(".TH KRBCHECK 1 ")
    for command in COMMANDS:
        assert f".SS krbcheck {command}" in page
    assert "\\fB\\-\\-try\\fR" in page
    assert "\\fB\\-\\-fail\\-on\\fR" in page


@pytest.mark.parametrize(
    ("shell", "words"), [("bash", "complete"), ("zsh", "compdef"), ("fish", "complete"), ("powershell", "Register")]
)
def test_each_shell_has_a_completion_script(krbcheck: Callable[..., Any], shell: str, words: str) -> None:
    script = krbcheck("completion", shell).out
    assert words in script
    assert "_KRBCHECK_COMPLETE" in script


def test_what_is_typed_is_completed(process: Callable[..., Any]) -> None:
    typed = {"_KRBCHECK_COMPLETE": "complete_bash", "COMP_WORDS": "krbcheck va", "COMP_CWORD": "1"}
    code = "import sys; sys.argv = ['krbcheck']; from krbcheck.cli.main import main; main()"
    assert process(code=code, environ=typed).out.strip() == "validate"
