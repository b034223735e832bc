"""`krbcheck list`: every check."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer


class ListFormat(StrEnum):
    TERMINAL = "terminal"
    JSON = "json"


def list_checks(
    format: Annotated[ListFormat, typer.Option("--format", help="Format of the list.")] = ListFormat.TERMINAL,
) -> None:
    """List every check: id, title, and the facts that it needs."""
    from textwrap import fill

    from krbcheck.judging.registry import load
    from krbcheck.report.page import text_width

    rows = [(check.id, check.title, [kind.__name__ for kind in check.sources]) for check in load().values()]
    if format is ListFormat.JSON:
        import msgspec

        made = [{"id": name, "title": title, "needs": kinds} for name, title, kinds in rows]
        typer.echo(msgspec.json.format(msgspec.json.encode(made), indent=1).decode())
        return
    column = max((len(name) for name, _, _ in rows), default=0) + 2
    width, space = text_width(sys.stdout), " " * column
    for name, title, kinds in rows:
        typer.echo(fill(title, width, initial_indent=f"{name:{column}}", subsequent_indent=space))
        typer.echo(fill(f"needs {', '.join(kinds)}", width, initial_indent=space, subsequent_indent=f"{space}  "))
