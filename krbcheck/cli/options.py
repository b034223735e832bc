"""Options and arguments that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from krbcheck.cli.exits import FailOn
from krbcheck.report.formats import USUAL, names


def _check_ids(incomplete: str) -> list[str]:
    from krbcheck.judging.registry import load

    return [name for name in load() if name.startswith(incomplete)]


def _formats(incomplete: str) -> list[str]:
    return [name for name in names() if name.startswith(incomplete)]


SiteFile = Annotated[Path, typer.Argument(metavar="SITE", help="The site file (YAML).")]
Only = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID",
        help="Only these checks: ids or areas, separated by commas; repeatable.",
        autocompletion=_check_ids,
    ),
]
Tenants = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only these tenants; repeatable.")]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help=f"Format of the report: {', '.join(names())}; the next --output is its file. Default: {USUAL}.",
        autocompletion=_formats,
    ),
]
Outputs = Annotated[
    list[Path] | None, typer.Option("--output", metavar="FILE", help="File for the report in the preceding --format.")
]
Save = Annotated[Path | None, typer.Option(metavar="FACTS", help="Write the facts to this file, for krbcheck judge.")]
FailAt = Annotated[FailOn, typer.Option(help="The lowest severity that causes exit status 1.")]
Unfold = Annotated[
    bool, typer.Option("--all", help="Show every finding and undetermined result that follows from a cause.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show only the result, and nothing if there are no problems.")]
Vantages = Annotated[
    list[str] | None,
    typer.Option("--vantage", metavar="NAME", help="Send queries as a host of these tenants only; repeatable."),
]
WriteProbes = Annotated[
    bool,
    typer.Option(
        "--write-probes",
        help="Create a file that denies access in a share of each account that backs up, read it, and remove it.",
    ),
]
Retry = Annotated[
    bool,
    typer.Option(
        "--retry", help="Send credentials that a server rejected in an earlier run, and those of accounts near lockout."
    ),
]
QuietNetwork = Annotated[
    bool,
    typer.Option(
        "--quiet-network",
        help="Leave out what monitoring reports: anonymous sessions, requests for unknown users, the search for all "
        "SPNs, and SAMR. What needs them is not determined.",
    ),
]
NeededSave = Annotated[Path, typer.Option("--save", metavar="FACTS", help="Write the facts to this file.")]
FactFiles = Annotated[list[Path], typer.Argument(metavar="FACTS", help="Files that krbcheck collect saved.")]
MaxAge = Annotated[
    str,
    typer.Option(
        "--max-age", metavar="AGE", help="Recordings older than this do not count: 90m, 24h, 7d, or none for no limit."
    ),
]
USUAL_AGE = "24h"
Trusted = Annotated[
    Path | None,
    typer.Option("--trusted", metavar="KEYS", help="Accept only recordings signed with a public key in this file."),
]
Sign = Annotated[
    Path | None,
    typer.Option("--sign", metavar="KEY", help="Sign the recording with this private key (krbcheck keygen)."),
]
Waivers = Annotated[
    Path | None,
    typer.Option("--waivers", metavar="FILE", help="Findings that are accepted (YAML), shown as waived."),
]
Context = typer.Context
TYPED = "krbcheck.typed"


class Remembering(TyperCommand):
    """Keeps the arguments in the order of the command line, which states which --output belongs to which --format."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - a private type of typer
        ctx.meta[TYPED] = tuple(args)
        return super().parse_args(ctx, args)


class LeanCommand(TyperCommand):
    """Skips the parameters if the command line is empty: to find their defaults, typer imports pydantic (0.1 s)."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - a private type of typer
        return super().parse_args(ctx, args) if args else []


class LeanGroup(TyperGroup):
    """Does the same for the options before a command."""

    lean = False

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - a private type of typer
        return [] if self.lean else super().get_params(ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - a private type of typer
        self.lean = bool(args) and not args[0].startswith("-")
        try:
            return super().parse_args(ctx, args)
        finally:
            self.lean = False


def typed_words(context: typer.Context) -> tuple[str, ...]:
    words: tuple[str, ...] = context.meta.get(TYPED, ())
    return words
