"""One collection from here, whole or as far as it came: what `run` judges at once and `collect` saves."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from krbcheck.asking.answering import now
from krbcheck.asking.collection import Collecting, scopes, vantages
from krbcheck.asking.needs import load_collector, needs
from krbcheck.asking.scheduler import USUAL, Limits
from krbcheck.asking.this_host import ThisHost, read_this_host
from krbcheck.asking.writes import READ_ONLY, Writes, allowed_writes
from krbcheck.cli.exits import tell
from krbcheck.cli.inputs import open_wallet
from krbcheck.cli.interrupts import INTERRUPTS
from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.progress import progress
from krbcheck.cli.results import Collected
from krbcheck.credentials.redaction import redacted, redacted_facts
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.observation import Facts
from krbcheck.facts.scopes import Scopes
from krbcheck.facts.vantages import Vantages
from krbcheck.site.stated import Site
from krbcheck.site.write_probes import planned_writes


def this_host_for(site: Site, vantages: Collection[str]) -> ThisHost:
    """Returns this host. Raises Mistake if the vantage point named on the command line is not on this host."""
    this_host = read_this_host(site, vantages)
    for name in vantages:
        if not this_host.source(name):
            raise Mistake(f"this host cannot send queries as a host of {name}: {this_host.sources[name].why}")
    return this_host


def announced_writes(site: Site, *, write_probes: bool) -> Writes:
    """Returns what may be written, after a message on stderr that states what, where, and as which account.

    Raises Mistake if --write-probes has nothing to write: the site file states no account that backs up a share.
    """
    if not write_probes:
        return READ_ONLY
    writes, plans = allowed_writes(), list(planned_writes(site))
    if not plans:
        raise Mistake("--write-probes needs accounts under backup, and a share on their storage, in the site file")
    tell(f"--write-probes creates a folder {writes.folder}-N with a file of 1 byte that denies everyone to read it,")
    tell("reads the file with backup intent, and removes both at once. It does so in")
    for plan in plans:
        tell(rf"  {plan.share} as {plan.account}")
    return writes


def collect_here(
    site: Site,
    site_file: Path,
    this_host: ThisHost,
    wanted: Collection[type[Facts]],
    table: Mapping[str, str],
    *,
    quiet: bool,
    limits: Limits = USUAL,
    writes: Writes = READ_ONLY,
    partial: Collection[type[Facts]] = (),
    opened: Wallet | None = None,
    further: Callable[[Mapping[type[Facts], Facts]], Collection[type[Facts]]] | None = None,
    quiet_network: bool = False,
    retry: bool = False,
) -> Collected:
    """With the secrets that the site states, which are read only for who needs them, and progress on stderr. `opened`
    is the wallet of the site, if it was opened before. `quiet_network` leaves out the queries that alarm;
    `retry` sends what servers rejected in earlier runs.

    Ctrl-C ends it: what is known by then is returned, of the `partial` families also what is not yet whole. `further`
    returns the families that are collected after the wanted ones, by what these contain.
    """
    began = time.monotonic()
    known: dict[type[Facts], Facts] = {Vantages: vantages(this_host), Scopes: scopes(site, this_host)}
    said = Collected(this_host.name, now(), known)
    wallet = opened or Wallet()
    collecting: Collecting | None = None
    shown = progress(quiet=quiet)
    try:
        if opened is None and (further is not None or _needs_wallet(wanted, table)):
            wallet = open_wallet(site, this_host.tenants(site), site_file, retry=retry)
        collecting = Collecting(site, this_host, wallet, table, limits, shown, writes, quiet_network=quiet_network)
        collecting.run(wanted)
        if further is not None:
            collecting.run(further(collecting.facts))
        INTERRUPTS.stoppable = False
    except KeyboardInterrupt:
        said.interrupted = True
    finally:
        shown.close()
    INTERRUPTS.stoppable = False
    if collecting is not None and said.interrupted:
        collecting.break_off(partial, "the collection was interrupted before this query")
    if collecting is not None:
        said.facts = redacted_facts(collecting.facts, wallet)
        said.crashes = {family: redacted(text, wallet) for family, text in collecting.crashes.items()}
    said.seconds = time.monotonic() - began
    return said


def _needs_wallet(wanted: Collection[type[Facts]], table: Mapping[str, str]) -> bool:
    waiting, known = list(wanted), set(wanted) | {Vantages}
    while waiting:
        family = waiting.pop()
        if family is Vantages:
            continue
        kinds = set(needs(load_collector(family, table)).values())
        if Wallet in kinds:
            return True
        new = {kind for kind in kinds - known if issubclass(kind, Facts)}
        known |= new
        waiting += new
    return False
