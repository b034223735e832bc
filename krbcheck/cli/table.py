"""The table of commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

from krbcheck import __version__
from krbcheck.cli.commands.audit import audit
from krbcheck.cli.commands.collect import collect
from krbcheck.cli.commands.completion import completion, manual
from krbcheck.cli.commands.diff import diff
from krbcheck.cli.commands.explain import explain
from krbcheck.cli.commands.export import export
from krbcheck.cli.commands.fix import fix
from krbcheck.cli.commands.init import init
from krbcheck.cli.commands.judge import judge
from krbcheck.cli.commands.keygen import keygen
from krbcheck.cli.commands.list import list_checks
from krbcheck.cli.commands.matrix import matrix
from krbcheck.cli.commands.recheck import recheck
from krbcheck.cli.commands.run import run
from krbcheck.cli.commands.schema import schema
from krbcheck.cli.commands.trace import trace
from krbcheck.cli.commands.validate import validate
from krbcheck.cli.commands.verify import verify
from krbcheck.cli.exits import Status
from krbcheck.cli.options import LeanCommand, LeanGroup, Remembering

PLAIN: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}
COMMANDS: Mapping[str, tuple[Callable[..., object], str]] = {
    "init": (init, "Draft a site file from DNS, the directories and the storages."),
    "validate": (validate, "Show every mistake of a site file, and try its secrets."),
    "run": (run, "Query the servers from this host and report problems."),
    "fix": (fix, "Write the steps that fix the causes of a report, by host."),
    "recheck": (recheck, "Query again what concerns the causes of a report."),
    "diff": (diff, "Show what changed between two JSON reports."),
    "matrix": (matrix, "Test the access of every principal to every share."),
    "audit": (audit, "Write an audit pack: who can access which share, and why."),
    "verify": (verify, "Verify that an audit pack is unchanged, and who signed it."),
    "trace": (trace, "Show every hop of one service ticket, and where it fails."),
    "collect": (collect, "Query the servers from this host and save the facts."),
    "judge": (judge, "Judge saved facts of one or several hosts, offline."),
    "export": (export, "Write a recording for others, with other names."),
    "keygen": (keygen, "Make a key that signs recordings and audit packs."),
    "list": (list_checks, "List every check and the facts that it needs."),
    "explain": (explain, "Explain a check, a finding or an error, and its fix."),
    "schema": (schema, "Print a JSON Schema."),
    "completion": (completion, "Print the completion script of a shell."),
    "manual": (manual, "Print the manual page."),
}
"""The commands in the order in which a user needs them, each with a line for the list of commands."""
OPTIONS: Mapping[str, dict[str, Any]] = {
    **{name: {"cls": Remembering} for name in ("run", "judge", "recheck", "diff", "trace", "matrix")},
    "list": {"cls": LeanCommand},
    "explain": {"context_settings": {"ignore_unknown_options": True}},
}


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"krbcheck {__version__}")
        raise typer.Exit


def _all(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Checks every link between Hyper-V tenants and shared SMB storage, and reports problems with their fix.

    Start with krbcheck init, which drafts a site file, and krbcheck run, which checks what the site file states.

    Exit status: 0 everything was checked, no problems; 1 findings at or above --fail-on; 2 an error in the command line
    or the site file; 3 nothing worse, but something was not determined; 4 krbcheck crashed; 130 interrupted.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(Status.MISTAKE)


def run_command(arguments: Sequence[str]) -> object:
    """What the command returned, or the status it ended with."""
    names = {"help_option_names": ["-h", "--help"]}
    app = typer.Typer(name="krbcheck", cls=LeanGroup, context_settings=names, **PLAIN)
    app.callback(invoke_without_command=True)(_all)
    for name, (function, summary) in COMMANDS.items():
        app.command(name, short_help=summary, **OPTIONS.get(name, {}))(function)
    return typer.main.get_command(app).main(args=list(arguments), prog_name="krbcheck", standalone_mode=False)
