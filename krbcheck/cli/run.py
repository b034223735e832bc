"""`krbcheck run`: collects from here and judges."""

from __future__ import annotations

from krbcheck.cli.exits import FailOn, Status
from krbcheck.cli.interrupts import INTERRUPTS
from krbcheck.cli.options import (
    Context,
    FailAt,
    Formats,
    Only,
    Outputs,
    Quiet,
    Save,
    SiteFile,
    Tenants,
    Vantages,
    typed_words,
)


def run(
    context: Context,
    site: SiteFile,
    vantage: Vantages = None,
    only: Only = None,
    tenant: Tenants = None,
    format: Formats = None,
    output: Outputs = None,
    save: Save = None,
    fail_on: FailAt = FailOn.ERROR,
    quiet: Quiet = False,
) -> Status:
    """Collect from here and judge; the main job."""
    from krbcheck.cli.choosing import chosen_checks, chosen_tenants, families_of
    from krbcheck.cli.collected import report_of, status_of
    from krbcheck.cli.collecting import collected, place_for
    from krbcheck.cli.inputs import load_site, open_wallet
    from krbcheck.cli.outputs import emit, sinks, writable, write
    from krbcheck.cli.progress import progress
    from krbcheck.collectors import COLLECTORS
    from krbcheck.registry import load

    wanted = sinks(format or [], output or [], typed_words(context))
    if save is not None:
        writable(save)
    stated = load_site(site)
    checks = chosen_checks(load(), only)
    tenants = chosen_tenants(stated, tenant)
    place = place_for(stated, chosen_tenants(stated, vantage))
    shown = progress(quiet=quiet)
    found = collected(
        stated, place, families_of(checks), lambda: open_wallet(stated, place, site), COLLECTORS, shown, INTERRUPTS
    )
    shown.close()
    report = report_of(stated, checks, found, tenants)
    emit(report, wanted, quiet=quiet)
    if save is not None:
        write(save, found.encoded())
    return status_of(report, fail_on)
