"""`krbcheck completion` and `krbcheck manual`: what a shell and man(1) need."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def completion(shell: Annotated[Shell, typer.Argument(help="The shell that reads the script.")]) -> None:
    """Print the completion script of a shell.

    bash: source <(krbcheck completion bash); zsh: a file _krbcheck in a folder of $fpath; fish:
    ~/.config/fish/completions/krbcheck.fish; PowerShell: the file $PROFILE.
    """
    from typer._completion_shared import get_completion_script

    script = get_completion_script(prog_name="krbcheck", complete_var="_KRBCHECK_COMPLETE", shell=shell.value)
    typer.echo(script)


def manual(context: typer.Context) -> None:
    """Print the manual page: krbcheck manual > krbcheck.1; man ./krbcheck.1."""
    from krbcheck.cli.manual import manual as page

    assert context.parent is not None
    typer.echo(page(context.parent.command), nl=False)
