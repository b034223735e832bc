"""`krbcheck explain`: the meaning of a check, a finding, a Kerberos error or an NTSTATUS, and how to fix it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def _known(incomplete: str) -> list[str]:
    from krbcheck.judging.explanations import names
    from krbcheck.judging.registry import load

    return [name for name in names(load()) if name.startswith(incomplete)]


def explain(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WHAT",
            help="A check, a finding code, a Kerberos error, an NTSTATUS, a Win32 error (1326, 0x80070005) or "
            "an event ID.",
            autocompletion=_known,
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Explain every check, in Markdown (checks/README.md).")
    ] = False,
) -> None:
    """Explain a check, a finding, a Kerberos error or an NTSTATUS, and how to fix it.

    Without a name, a terminal pages through every check.
    """
    from krbcheck.cli.mistakes import Mistake
    from krbcheck.judging.explanations import NotKnown, all_checks, every_check, explained
    from krbcheck.judging.registry import load
    from krbcheck.report.page import text_width

    if everything:
        typer.echo(all_checks(load()), nl=False)
        return
    if not what and sys.stdout is not None and sys.stdout.isatty():
        import pydoc

        pydoc.pager(every_check(load(), text_width(sys.stdout)))
        return
    if not what:
        raise Mistake("a name is missing; allowed: a check, a finding's code, a Kerberos error, an NTSTATUS, or --all")
    try:
        typer.echo(explained(" ".join(what), load(), text_width(sys.stdout)), nl=False)
    except NotKnown as unknown:
        raise Mistake(str(unknown)) from None
