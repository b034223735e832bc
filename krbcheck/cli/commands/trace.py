"""`krbcheck trace`: every hop to one service ticket at each KDC, with the requests that a Windows host sends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from krbcheck.cli.exits import Status, tell
from krbcheck.cli.options import Context, Formats, Outputs, Quiet, Retry, Save, typed_words

if TYPE_CHECKING:
    from krbcheck.report.trace import Trace

PRINCIPALS_SESSIONS = "krbcheck.collectors.smb.sessions:principals_sessions"


def trace(
    context: Context,
    principal: Annotated[
        str,
        typer.Argument(
            metavar="PRINCIPAL", help="An account of the site file: ACCOUNT@REALM, DOMAIN\\ACCOUNT or a host name."
        ),
    ],
    service: Annotated[
        str, typer.Argument(metavar="SERVICE", help="The SPN, a host name or a UNC path: cifs/storage.tintri.com.")
    ],
    site: Annotated[Path, typer.Option("--site", metavar="SITE", help="The site file (YAML).")],
    format: Formats = None,
    output: Outputs = None,
    save: Save = None,
    quiet: Quiet = False,
    retry: Retry = False,
) -> Status:
    """Show every hop of one service ticket, per KDC, and where it fails.

    Exit status: 0 every KDC of the principal leads to the ticket; 1 at least one does not; 3 at least one times out.
    """
    from krbcheck.cli.asking_here import collect_here
    from krbcheck.cli.inputs import load_site
    from krbcheck.cli.names import families_of
    from krbcheck.cli.outputs import emit, sinks, writable, write
    from krbcheck.cli.trace_scope import spn, this_host_of, traced
    from krbcheck.collectors import COLLECTORS
    from krbcheck.facts.kerberos import LibkrbTickets
    from krbcheck.facts.observation import Facts
    from krbcheck.facts.smb import SmbSessions
    from krbcheck.judging.judge import judge
    from krbcheck.judging.registry import load
    from krbcheck.judging.rules import rules_of
    from krbcheck.report.forms import Kind
    from krbcheck.report.report import crashes_of
    from krbcheck.report.trace import EXPLAINING, SERVICE, TGT, assemble

    wanted_forms = sinks(Kind.TRACE, format or [], output or [], typed_words(context))
    if save is not None:
        writable(save)
    asked = traced(load_site(site), principal, spn(service))
    checks = [check for check in load().values() if check.id in (TGT, SERVICE)]
    checks += [check for check in load().values() if asked.known_owner and check.id in EXPLAINING]
    this_host = this_host_of(asked)
    wanted: list[type[Facts]] = [*families_of(checks), LibkrbTickets, *([SmbSessions] if asked.answers else [])]
    table = {**COLLECTORS, SmbSessions.__name__: PRINCIPALS_SESSIONS}
    found = collect_here(asked.site, site, this_host, wanted, table, quiet=quiet, retry=retry)
    judged = judge(asked.site, found.facts, checks, missing="the collection was interrupted before this query")
    made = assemble(
        asked,
        judged,
        found.facts,
        vantage=asked.tenant,
        source=this_host.source(asked.tenant),
        started=found.started,
        seconds=found.seconds,
        rules=rules_of(checks),
    )
    try:
        emit(made, wanted_forms, quiet=quiet)
    finally:
        if save is not None:
            write(save, found.encoded())
    if found.interrupted:
        return Status.INTERRUPTED
    crashes = [f"{crash.where}\n{crash.detail}" for crash in crashes_of(found.facts, found.crashes)]
    crashes += [report.crash for report in judged if report.crash]
    if crashes:
        tell(f"this is a bug in krbcheck, please report it:\n{crashes[0]}")
        return Status.CRASHED
    return _status(made)


def _status(made: Trace) -> Status:
    from krbcheck.report.trace import Outcome

    by_outcome = {Outcome.TICKET: Status.GOOD, Outcome.UNKNOWN: Status.UNKNOWN}
    return by_outcome.get(made.outcome, Status.FINDINGS)
