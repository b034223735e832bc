"""`krbcheck recheck`: queries again only what concerns the causes of a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from krbcheck.cli.exits import FailOn, Status, tell
from krbcheck.cli.options import Context, FailAt, Formats, Outputs, Quiet, Retry, Save, SiteFile, Vantages, typed_words

if TYPE_CHECKING:
    from krbcheck.report.recheck import Recheck


def recheck(
    context: Context,
    site: SiteFile,
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="A report in JSON (krbcheck run --format json).")],
    cause: Annotated[str, typer.Option(metavar="ID", help="Only the finding with this id.")] = "",
    vantage: Vantages = None,
    format: Formats = None,
    output: Outputs = None,
    save: Save = None,
    fail_on: FailAt = FailOn.WARNING,
    quiet: Quiet = False,
    retry: Retry = False,
) -> Status:
    """Query again only what concerns the causes of a report, and show which are fixed.

    Exit status: 0 all are fixed; 1 one is not, or there is a new problem; 3 nothing worse, but something was not
    determined; 4 krbcheck crashed; 130 interrupted, with the results so far.
    """
    from krbcheck.cli.asking_here import collect_here, this_host_for
    from krbcheck.cli.inputs import load_site
    from krbcheck.cli.mistakes import Mistake
    from krbcheck.cli.names import chosen_tenants, families_of
    from krbcheck.cli.outputs import emit, sinks, writable, write
    from krbcheck.cli.report_files import load_report
    from krbcheck.cli.results import report_of
    from krbcheck.collectors import COLLECTORS
    from krbcheck.judging.recheck_focus import focus_of
    from krbcheck.judging.registry import load
    from krbcheck.report.forms import Kind
    from krbcheck.report.recheck import NoSuchCause, compared, roots, targets
    from krbcheck.site.narrowing import WHOLE, narrowed

    wanted = sinks(Kind.RECHECK, format or [], output or [], typed_words(context))
    if save is not None:
        writable(save)
    stated, before, known = load_site(site), load_report(report), load()
    try:
        causes = roots(before, cause)
    except NoSuchCause as bad:
        raise Mistake(f"{report}: {bad}") from None
    every = targets(before, causes)
    focus = focus_of(every, stated, known)
    narrow = narrowed(stated, focus)
    checks = [known[name] for name in dict.fromkeys(check for check, _ in every) if name in known]
    this_host = this_host_for(narrow, chosen_tenants(narrow, vantage))
    found = collect_here(narrow, site, this_host, families_of(checks), COLLECTORS, quiet=quiet, retry=retry)
    after = report_of(narrow, checks, found, ())
    made = compared(before, causes, after, stated, known=len(known), narrow=focus != WHOLE)
    try:
        emit(made, wanted, quiet=quiet)
    finally:
        if save is not None:
            write(save, found.encoded())
    if made.crashes and not made.interrupted:
        tell(f"this is a bug in krbcheck, please report it:\n{made.crashes[0].where}\n{made.crashes[0].detail}")
    return status(made, fail_on)


def status(made: Recheck, fail_on: FailOn) -> Status:
    """The exit status: that of the worst state."""
    from krbcheck.judging.recheck import State
    from krbcheck.judging.verdict import Severity

    counted = {Severity.ERROR} if fail_on is FailOn.ERROR else {Severity.ERROR, Severity.WARNING, None}
    if made.interrupted:
        return Status.INTERRUPTED
    if made.crashes:
        return Status.CRASHED
    if any(cause.severity in counted for cause in made.of(State.STAYS)) or any(
        finding.severity in counted for finding in made.new
    ):
        return Status.FINDINGS
    left = {each.state for cause in made.causes for each in cause.follows} | {cause.state for cause in made.causes}
    if made.open_results and State.STAYS in {each.state for each in made.open_results}:
        return Status.FINDINGS
    return Status.UNKNOWN if State.UNKNOWN in left else Status.GOOD
