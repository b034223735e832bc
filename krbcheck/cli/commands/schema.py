"""`krbcheck schema`: the JSON Schema of what goes in and comes out."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Kind(StrEnum):
    SITE = "site"
    FACTS = "facts"
    REPORT = "report"
    TRACE = "trace"
    MATRIX = "matrix"
    RECHECK = "recheck"


def schema(
    of: Annotated[Kind, typer.Argument(help="The format: site file, facts, JSON report, trace, matrix or recheck.")],
) -> None:
    """Print a JSON Schema."""
    import json

    from krbcheck.cli.schemas import schema as made

    typer.echo(json.dumps(made(of), indent=1))
