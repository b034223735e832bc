"""`krbcheck collect`: asks from here and saves what came back; judges nothing."""

from __future__ import annotations

from krbcheck.cli.exits import Status
from krbcheck.cli.interrupts import INTERRUPTS
from krbcheck.cli.options import NeededSave, Quiet, SiteFile, Vantages


def collect(site: SiteFile, save: NeededSave, vantage: Vantages = None, quiet: Quiet = False) -> Status:
    """Ask from here and save the facts; judge them with krbcheck judge."""
    from krbcheck.cli.choosing import chosen_tenants, families_of
    from krbcheck.cli.collecting import collected, place_for
    from krbcheck.cli.inputs import load_site, open_wallet
    from krbcheck.cli.outputs import writable, write
    from krbcheck.cli.progress import progress
    from krbcheck.collectors import COLLECTORS
    from krbcheck.registry import load
    from krbcheck.report.report import crashes_of

    writable(save)
    stated = load_site(site)
    place = place_for(stated, chosen_tenants(stated, vantage))
    shown = progress(quiet=quiet)
    wanted = families_of(load().values())
    found = collected(stated, place, wanted, lambda: open_wallet(stated, place, site), COLLECTORS, shown, INTERRUPTS)
    shown.close()
    write(save, found.encoded())
    if found.interrupted:
        return Status.INTERRUPTED
    return Status.CRASHED if crashes_of(found.facts, found.crashes) else Status.GOOD
