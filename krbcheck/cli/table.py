"""The table of commands."""

from __future__ import annotations

from collections.abc import Sequence
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
from krbcheck.cli.exits import Status
from krbcheck.cli.options import LeanCommand, LeanGroup, Remembering

PLAIN: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}


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
    app.command("run", cls=Remembering)(run)
    app.command("init")(init)
    app.command("collect")(collect)
    app.command("judge", cls=Remembering)(judge)
    app.command("recheck", cls=Remembering)(recheck)
    app.command("diff", cls=Remembering)(diff)
    app.command("fix")(fix)
    app.command("export")(export)
    app.command("keygen")(keygen)
    app.command("list", cls=LeanCommand)(list_checks)
    app.command("explain", context_settings={"ignore_unknown_options": True})(explain)
    app.command("trace", cls=Remembering)(trace)
    app.command("matrix", cls=Remembering)(matrix)
    app.command("audit")(audit)
    app.command("schema")(schema)
    app.command("validate")(validate)
    app.command("completion")(completion)
    app.command("manual")(manual)
    return typer.main.get_command(app).main(args=list(arguments), prog_name="krbcheck", standalone_mode=False)
