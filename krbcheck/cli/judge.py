"""`krbcheck judge`: judges saved facts, of one or many vantage points, offline."""

from __future__ import annotations

from krbcheck.cli.exits import FailOn, Status
from krbcheck.cli.options import (
    Context,
    FactFiles,
    FailAt,
    Formats,
    Only,
    Outputs,
    Quiet,
    Save,
    SiteFile,
    Tenants,
    typed_words,
)


def judge(
    context: Context,
    site: SiteFile,
    facts: FactFiles,
    only: Only = None,
    tenant: Tenants = None,
    format: Formats = None,
    output: Outputs = None,
    save: Save = None,
    fail_on: FailAt = FailOn.ERROR,
    quiet: Quiet = False,
) -> Status:
    """Judge saved facts, of one or many vantage points, offline."""
    from krbcheck.cli.choosing import chosen_checks, chosen_tenants
    from krbcheck.cli.collected import joined, report_of, status_of
    from krbcheck.cli.inputs import load_recordings, load_site
    from krbcheck.cli.outputs import emit, sinks, writable, write
    from krbcheck.registry import load

    wanted = sinks(format or [], output or [], typed_words(context))
    if save is not None:
        writable(save)
    stated = load_site(site)
    checks = chosen_checks(load(), only)
    tenants = chosen_tenants(stated, tenant)
    found = joined(load_recordings(facts))
    report = report_of(stated, checks, found, tenants)
    emit(report, wanted, quiet=quiet)
    if save is not None:
        write(save, found.encoded())
    return status_of(report, fail_on)
