"""`krbcheck fix`: the plan that fixes the causes of a report, as scripts to read and to run by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def fix(
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="A report in JSON (krbcheck run --format json).")],
    plan: Annotated[bool, typer.Option("--plan", help="Write the plan; krbcheck runs nothing of it.")] = False,
    cause: Annotated[str, typer.Option(metavar="ID", help="Only the finding with this id.")] = "",
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="File for the plan. Default: stdout.")] = None,
) -> None:
    """Write the steps that fix the causes of a report, host by host; nothing is run."""
    from krbcheck.cli.mistakes import Mistake
    from krbcheck.cli.report_files import load_report
    from krbcheck.report.plan import NoSuchCause
    from krbcheck.report.plan import plan as planned

    if not plan:
        raise Mistake("krbcheck fix changes nothing: add --plan to write the steps, and run them by hand")
    try:
        text = planned(load_report(report), cause)
    except NoSuchCause as bad:
        raise Mistake(str(bad)) from None
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text)
    except OSError as unwritten:
        raise Mistake(f"{output}: cannot be written: {unwritten.strerror}") from None
