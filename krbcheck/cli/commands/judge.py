"""`krbcheck judge`: judges saved facts, of one or many vantage points, offline."""

from __future__ import annotations

from krbcheck.cli.exits import FailOn, Status
from krbcheck.cli.options import (
    USUAL_AGE,
    Context,
    FactFiles,
    FailAt,
    Formats,
    MaxAge,
    Only,
    Outputs,
    Quiet,
    Save,
    SiteFile,
    Tenants,
    Trusted,
    Unfold,
    Waivers,
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
    unfold: Unfold = False,
    waivers: Waivers = None,
    max_age: MaxAge = USUAL_AGE,
    trusted: Trusted = None,
) -> Status:
    """Judge saved facts of one or several vantage points, offline."""
    from krbcheck.cli.ages import age_from
    from krbcheck.cli.inputs import load_recordings, load_site, load_waivers
    from krbcheck.cli.names import chosen_checks, chosen_tenants
    from krbcheck.cli.outputs import Order, deliver, sinks, writable
    from krbcheck.cli.results import joined
    from krbcheck.judging.registry import load
    from krbcheck.report.forms import Kind

    wanted = sinks(Kind.REPORT, format or [], output or [], typed_words(context))
    age = age_from(max_age)
    if save is not None:
        writable(save)
    stated = load_site(site)
    accepted = load_waivers(waivers)
    checks = chosen_checks(load(), only)
    chosen = chosen_tenants(stated, tenant)
    order = Order(stated, checks, chosen, wanted, save, fail_on, quiet, unfold, waivers=accepted)
    return deliver(order, joined(load_recordings(facts, trusted), age, stated, trusted=trusted is not None))
