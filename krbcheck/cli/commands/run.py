"""`krbcheck run`: collects from here and judges."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from krbcheck.cli.exits import FailOn, Status
from krbcheck.cli.options import (
    Context,
    FailAt,
    Formats,
    Only,
    Outputs,
    Quiet,
    QuietNetwork,
    Retry,
    Save,
    SiteFile,
    Tenants,
    Unfold,
    Vantages,
    Waivers,
    WriteProbes,
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
    unfold: Unfold = False,
    waivers: Waivers = None,
    write_probes: WriteProbes = False,
    quiet_network: QuietNetwork = False,
    retry: Retry = False,
    symptom: Annotated[
        str,
        typer.Option(metavar="WHAT", help="What Windows shows, such as 0x80070005: its checks first, and an answer."),
    ] = "",
    host: Annotated[
        str, typer.Option(metavar="NAME", help="Only this host or account: alice-hv01, DOMAIN\\ACCOUNT.")
    ] = "",
    path: Annotated[str, typer.Option(metavar="PATH", help="Only this path: \\\\SERVER\\SHARE.")] = "",
) -> Status:
    """Query the servers from this host and report problems.

    A site file without tenants is enough for a first report: data paths and hosts are then looked up, as by init.
    """
    from krbcheck.cli.asking_here import announced_writes, collect_here, this_host_for
    from krbcheck.cli.first_contact import show_hints, with_found_tenants
    from krbcheck.cli.inputs import load_site, load_waivers
    from krbcheck.cli.names import chosen_checks, chosen_tenants, families_of
    from krbcheck.cli.outputs import Order, deliver, sinks, writable
    from krbcheck.collectors import COLLECTORS
    from krbcheck.judging.registry import load
    from krbcheck.report.forms import Kind

    wanted = sinks(Kind.REPORT, format or [], output or [], typed_words(context))
    if save is not None:
        writable(save)
    typed = load_site(site)
    accepted = load_waivers(waivers)
    if symptom or host or path:
        from krbcheck.cli.symptom_run import SymptomRun

        asked = SymptomRun(typed, load(), only, tenant, symptom, host, path)
        order = Order(
            asked.site,
            asked.checks,
            asked.tenants,
            wanted,
            save,
            fail_on,
            quiet,
            unfold,
            asked.wanted,
            waivers=accepted,
        )
        this_host = this_host_for(asked.site, chosen_tenants(typed, vantage))
        found = collect_here(
            asked.site,
            site,
            this_host,
            families_of(asked.checks),
            COLLECTORS,
            quiet=quiet,
            writes=announced_writes(asked.site, write_probes=write_probes),
            further=asked.further,
            quiet_network=quiet_network,
            retry=retry,
        )
        return deliver(replace(order, checks=asked.checks, question=asked.question), found)
    checks = chosen_checks(load(), only)
    stated, wallet = with_found_tenants(typed, site, quiet=quiet, quiet_network=quiet_network, retry=retry)
    chosen = chosen_tenants(stated, tenant)
    order = Order(stated, checks, chosen, wanted, save, fail_on, quiet, unfold, waivers=accepted)
    this_host = this_host_for(stated, chosen_tenants(stated, vantage))
    writes = announced_writes(stated, write_probes=write_probes)
    families = families_of(checks)
    found = collect_here(
        stated,
        site,
        this_host,
        families,
        COLLECTORS,
        quiet=quiet,
        writes=writes,
        opened=wallet,
        quiet_network=quiet_network,
        retry=retry,
    )
    status = deliver(order, found)
    show_hints(stated, typed, quiet=quiet)
    return status
