"""`krbcheck audit`: the audit pack: run and matrix of one collection, as files to print, to compare and to keep."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from krbcheck.cli.exits import Status, tell
from krbcheck.cli.options import USUAL_AGE, MaxAge, Quiet, Retry, SiteFile, Trusted, Vantages, Waivers

if TYPE_CHECKING:
    from krbcheck.report.audit import Audit
    from krbcheck.report.report import Report


def audit(
    site: SiteFile,
    output: Annotated[Path, typer.Option("--output", metavar="FOLDER", help="A new folder for the files of the pack.")],
    facts: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FACTS", help="Files of krbcheck collect; no queries are sent then."),
    ] = None,
    since: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="An earlier pack: the difference to it is shown.")
    ] = None,
    sign: Annotated[
        Path | None,
        typer.Option("--sign", metavar="KEY", help="Sign the pack with this private key (krbcheck keygen)."),
    ] = None,
    vantage: Vantages = None,
    waivers: Waivers = None,
    quiet: Quiet = False,
    max_age: MaxAge = USUAL_AGE,
    trusted: Trusted = None,
    retry: Retry = False,
) -> Status:
    """Write an audit pack: who can access which share, how that is known, what was not examined, and all findings.

    Exit status: 0 all as expected; 1 a finding, or a pair that is not as expected; 3 nothing worse, but something is
    not determined or not examined; 4 krbcheck crashed; 130 interrupted. --trusted also applies to the earlier pack.
    """
    from krbcheck.cli.ages import age_from
    from krbcheck.cli.asking_here import collect_here, this_host_for
    from krbcheck.cli.audit_pack import audited, empty_folder, write_pack
    from krbcheck.cli.inputs import load_recordings, load_signing_key, load_site, load_waivers
    from krbcheck.cli.matrix_scope import LISTED
    from krbcheck.cli.names import chosen_tenants, families_of
    from krbcheck.cli.pack_reading import earlier_pack
    from krbcheck.cli.results import joined
    from krbcheck.collectors import COLLECTORS
    from krbcheck.facts.cross_sessions import CrossSessions
    from krbcheck.facts.observation import Facts
    from krbcheck.facts.smb import SmbSessions
    from krbcheck.judging.registry import load

    age = age_from(max_age)
    key = load_signing_key(sign) if sign is not None else None
    stated, accepted = load_site(site), load_waivers(waivers)
    sha256 = hashlib.sha256(site.read_bytes()).hexdigest()
    earlier = earlier_pack(since, trusted) if since is not None else None
    folder = empty_folder(output)
    checks = list(load().values())
    if facts:
        found = joined(load_recordings(facts, trusted), age, stated, trusted=trusted is not None)
    else:
        this_host = this_host_for(stated, chosen_tenants(stated, vantage))
        wanted: list[type[Facts]] = [*families_of(checks), SmbSessions, CrossSessions, *LISTED]
        families = list(dict.fromkeys(wanted))
        found = collect_here(stated, site, this_host, families, COLLECTORS, quiet=quiet, retry=retry)
    made, report = audited(stated, sha256, checks, found, accepted, earlier)
    write_pack(folder, made, report, key)
    if not quiet:
        _show(made, folder)
    if report.crashed and not made.interrupted:
        tell("this is a bug in krbcheck, please report it with report.json of the pack")
    return status(made, report)


def _show(made: Audit, folder: Path) -> None:
    """The totals, and where the pack is."""
    from krbcheck.report import difference_page
    from krbcheck.report.audit_html import headline, scope_line
    from krbcheck.report.text import counted

    typer.echo(headline(made))
    typer.echo(scope_line(made))
    if made.since is not None:
        changed = counted(len(made.since.pairs), "changed pair")
        found = difference_page.headline(made.since.report)
        typer.echo(f"since the pack of {made.since.started:%Y-%m-%d}: {changed}; findings: {found}")
    typer.echo(f"{folder}: audit.html, audit.json, audit.csv, findings.csv, report.html, report.json, manifest.json")


def status(made: Audit, report: Report) -> Status:
    """The exit status: that of the worst result of the report and of the pairs."""
    from krbcheck.cli.exits import FailOn
    from krbcheck.cli.results import status_of
    from krbcheck.views.observed_access import Outcome

    of_report = status_of(report, FailOn.ERROR)
    wrong = sum(made.outcomes[name] for name in (Outcome.BREACH, Outcome.LOCKED_OUT, Outcome.LESS))
    if of_report in (Status.INTERRUPTED, Status.CRASHED, Status.FINDINGS):
        return of_report
    if wrong:
        return Status.FINDINGS
    return Status.UNKNOWN if of_report is Status.UNKNOWN or made.outcomes[Outcome.UNKNOWN] else Status.GOOD
