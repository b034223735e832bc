"""`krbcheck diff`: what changed between two JSON reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from krbcheck.cli.exits import FailOn, Status
from krbcheck.cli.options import Context, FailAt, Formats, Outputs, Quiet, typed_words

if TYPE_CHECKING:
    from krbcheck.report.difference import Difference


def diff(
    context: Context,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The earlier report (krbcheck run --format json).")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The later report, in JSON.")],
    format: Formats = None,
    output: Outputs = None,
    fail_on: FailAt = FailOn.WARNING,
    quiet: Quiet = False,
) -> Status:
    """Show what is new, fixed, unchanged and newly not determined between two JSON reports.

    Exit status: 0 nothing is new; 1 a finding is new, or its waiver is no longer valid; 3 nothing is new, but something
    is newly not determined, was not tested again, or is no longer in the site file.
    """
    from krbcheck.cli.outputs import emit, sinks
    from krbcheck.cli.report_files import load_report
    from krbcheck.report.difference import difference
    from krbcheck.report.forms import Kind

    wanted = sinks(Kind.DIFF, format or [], output or [], typed_words(context))
    made = difference(load_report(old), load_report(new))
    emit(made, wanted, quiet=quiet)
    return status(made, fail_on)


def status(made: Difference, fail_on: FailOn) -> Status:
    """The exit status: what is new, then what is not known."""
    from krbcheck.judging.verdict import Severity

    counted = {Severity.ERROR} if fail_on is FailOn.ERROR else {Severity.ERROR, Severity.WARNING}
    if any(change.severity in counted and not change.waived for change in made.new):
        return Status.FINDINGS
    open_results = made.newly_undetermined or made.not_tested or made.no_longer_stated
    return Status.UNKNOWN if open_results else Status.GOOD
