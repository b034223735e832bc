"""`krbcheck matrix`: who reaches which share, expected against observed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from krbcheck.cli.exits import Status, tell
from krbcheck.cli.options import (
    USUAL_AGE,
    Context,
    Formats,
    MaxAge,
    Outputs,
    Quiet,
    QuietNetwork,
    Retry,
    Save,
    SiteFile,
    Trusted,
    Vantages,
    Waivers,
    typed_words,
)

if TYPE_CHECKING:
    from krbcheck.report.matrix import Matrix


Tenants = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Only principals of these tenants; repeatable.")
]
Principals = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME", help="Only these principals: ACCOUNT@REALM, DOMAIN\\ACCOUNT or a host name; repeatable."
    ),
]
Storages = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only shares of these storages; repeatable.")]
Facts = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FACTS", help="Files from --save or krbcheck collect; no queries are sent then."),
]


def matrix(
    context: Context,
    site: SiteFile,
    facts: Facts = None,
    tenant: Tenants = None,
    principal: Principals = None,
    storage: Storages = None,
    vantage: Vantages = None,
    sessions: Annotated[int, typer.Option(min=1, max=64, help="Maximum number of parallel sessions to a storage.")] = 4,
    requests: Annotated[
        int, typer.Option(min=1, max=512, help="Maximum number of parallel requests in a session.")
    ] = 32,
    computed: Annotated[bool, typer.Option(help="Also read the access lists and compute the effective access.")] = True,
    format: Formats = None,
    output: Outputs = None,
    save: Save = None,
    quiet: Quiet = False,
    waivers: Waivers = None,
    max_age: MaxAge = USUAL_AGE,
    trusted: Trusted = None,
    quiet_network: QuietNetwork = False,
    retry: Retry = False,
) -> Status:
    """Test every principal at every share, and show expected and observed access.

    Exit status: 0 all as expected; 1 a breach, no access or less access than stated; 3 nothing worse, but something
    is not determined; 130 interrupted, with the results so far.
    """
    from krbcheck.cli.ages import age_from, today
    from krbcheck.cli.inputs import load_recordings, load_site, load_waivers
    from krbcheck.cli.matrix_scope import asked_here, derived, narrowed
    from krbcheck.cli.outputs import emit, sinks, writable, write
    from krbcheck.report.forms import Kind
    from krbcheck.report.matrix import assemble, nothing_computed
    from krbcheck.report.matrix_waivers import with_waivers
    from krbcheck.report.report import crashes_of

    wanted = sinks(Kind.MATRIX, format or [], output or [], typed_words(context))
    age = age_from(max_age)
    if save is not None:
        writable(save)
    accepted = load_waivers(waivers)
    narrow = narrowed(load_site(site), tenant, principal, storage)
    if facts:
        from krbcheck.cli.results import joined

        found = joined(load_recordings(facts, trusted), age, narrow.site, trusted=trusted is not None)
    else:
        found = asked_here(
            narrow,
            site,
            vantage,
            sessions,
            requests,
            computed=computed,
            quiet=quiet,
            quiet_network=quiet_network,
            retry=retry,
        )
    access, unstated = derived(narrow.site, found.facts) if computed else (nothing_computed, None)
    made = assemble(
        narrow.site,
        found.facts,
        tenants=narrow.tenants,
        started=found.started,
        seconds=found.seconds,
        interrupted=found.interrupted,
        computed=access,
        unstated=unstated,
    )
    whole = not (tenant or principal or storage)
    made = with_waivers(made, accepted, today(), whole=whole)
    if made.wrong or made.totals.unknown:
        import msgspec

        from krbcheck.judging.registry import load
        from krbcheck.report.matrix_causes import causes_of

        causes = causes_of(narrow.site, found.facts, load().values(), narrow.tenants)
        made = msgspec.structs.replace(made, causes=causes)
    try:
        emit(made, wanted, quiet=quiet)
    finally:
        if save is not None:
            write(save, found.encoded())
    crashes = crashes_of(found.facts, found.crashes)
    if crashes and not found.interrupted:
        tell(f"this is a bug in krbcheck, please report it: {crashes[0].where}\n{crashes[0].detail}")
        return Status.CRASHED
    return _status(made, listed=unstated is not None)


def _status(made: Matrix, *, listed: bool) -> Status:
    """Returns the exit status. `listed` if the lists of shares were read: without one of them, shares that are not
    stated are not determined.
    """
    if made.interrupted:
        return Status.INTERRUPTED
    if made.wrong:
        return Status.FINDINGS
    undetermined = made.totals.unknown or not made.totals.cells or (listed and made.unlisted)
    return Status.UNKNOWN if undetermined else Status.GOOD
