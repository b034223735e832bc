"""`krbcheck collect`: sends the queries from this host and saves the answers; no check runs."""

from __future__ import annotations

from krbcheck.cli.exits import Status
from krbcheck.cli.options import NeededSave, Quiet, QuietNetwork, Retry, Sign, SiteFile, Vantages, WriteProbes


def collect(
    site: SiteFile,
    save: NeededSave,
    vantage: Vantages = None,
    sign: Sign = None,
    quiet: Quiet = False,
    write_probes: WriteProbes = False,
    quiet_network: QuietNetwork = False,
    retry: Retry = False,
) -> Status:
    """Query the servers from this host and save the facts for krbcheck judge."""
    from krbcheck.cli.asking_here import announced_writes, collect_here, this_host_for
    from krbcheck.cli.inputs import load_signing_key, load_site
    from krbcheck.cli.names import chosen_tenants, families_of
    from krbcheck.cli.outputs import writable, write
    from krbcheck.collectors import COLLECTORS
    from krbcheck.judging.registry import load
    from krbcheck.report.report import crashes_of

    writable(save)
    key = load_signing_key(sign) if sign is not None else None
    stated = load_site(site)
    this_host = this_host_for(stated, chosen_tenants(stated, vantage))
    writes = announced_writes(stated, write_probes=write_probes)
    families = families_of(load().values())
    found = collect_here(
        stated,
        site,
        this_host,
        families,
        COLLECTORS,
        quiet=quiet,
        writes=writes,
        quiet_network=quiet_network,
        retry=retry,
    )
    write(save, found.encoded(key))
    if found.interrupted:
        return Status.INTERRUPTED
    return Status.CRASHED if crashes_of(found.facts, found.crashes) else Status.GOOD
