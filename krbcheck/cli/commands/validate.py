"""`krbcheck validate`: every mistake of a site file at once, and which of its secrets can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from krbcheck.cli.exits import Status
from krbcheck.cli.options import Quiet, Retry, SiteFile

if TYPE_CHECKING:
    from pathlib import Path

    from krbcheck.credentials.availability import Availability
    from krbcheck.site.stated import Site

Try = Annotated[
    bool,
    typer.Option("--try", help="Use each secret once: query the KDCs, and read what the accounts of the domains can."),
]


def validate(site: SiteFile, attempt: Try = False, quiet: Quiet = False, retry: Retry = False) -> Status:
    """Check a site file: every mistake in one line, and whether each secret is available.

    Without --try, nothing is sent to any server.

    Exit status: 0 no mistakes, every secret is available; 1 a KDC rejects a secret (--try); 2 mistakes in the site file
    or in a file of a secret; 3 nothing worse, but a secret is not available or was not tested.
    """
    import os

    from krbcheck.cli.exits import tell
    from krbcheck.credentials.availability import availabilities
    from krbcheck.credentials.loading import Surroundings
    from krbcheck.site.reading import SiteError, one_line, read_site

    shown = one_line(str(site))
    try:
        stated = read_site(site)
    except SiteError as bad:
        for line in bad.lines:
            typer.echo(line)
        from krbcheck.report.text import counted

        those = "it" if len(bad.lines) == 1 else "them"
        tell(f"{shown}: {counted(len(bad.lines), 'mistake')}; fix {those}, and run krbcheck validate again")
        return Status.MISTAKE
    found = list(availabilities(stated, Surroundings(shown, os.environ, None, tell)))
    _say(f"{shown}: no mistakes; {_summary(stated)}", quiet=quiet)
    unreadable = [entry for entry in found if entry.problem and not entry.lacking]
    for entry in found:
        if entry.problem:
            typer.echo(f"{shown}:{entry.source.line}: {entry.account}: {entry.described}: {entry.problem}")
        elif not attempt:
            state = "krbcheck prompts for the password" if entry.prompted else f"{entry.described} is available"
            _say(f"{entry.account}: {state}", quiet=quiet)
    for line in _without(stated):
        _say(line, quiet=quiet)
    if unreadable:
        return Status.MISTAKE
    missing = any(entry.problem for entry in found)
    if not attempt:
        _say("Nothing was sent to a server; krbcheck validate --try uses each secret once.", quiet=quiet)
        return Status.UNKNOWN if missing else Status.GOOD
    return _attempted(
        stated, site, [entry for entry in found if not entry.problem], missing=missing, quiet=quiet, retry=retry
    )


def _say(line: str, *, quiet: bool) -> None:
    if not quiet:
        typer.echo(line)


def _summary(site: Site) -> str:
    from krbcheck.report.text import counted

    parts = [
        counted(len(site.domains), "domain"),
        counted(len(site.storages), "storage"),
        counted(len(site.tenants), "tenant"),
        counted(sum(len(tenant.principals) for tenant in site.tenants), "principal"),
        counted(len(site.backups), "backup product"),
    ]
    return ", ".join(parts)


def _without(site: Site) -> list[str]:
    """Returns a line for each account without a secret, with what stays not determined."""
    lines = [
        f"{domain.name}: no account is stated; its directory and group policy stay not determined"
        if not domain.account
        else f"{domain.account}: no secret is stated; the directory of {domain.name} stays not determined"
        for domain in site.domains
        if domain.secret is None
    ]
    lines += [
        f"{principal.name}: no secret is stated; its tickets and sessions stay not determined"
        for _, principal in site.principals()
        if principal.secret is None
    ]
    return lines


def _attempted(
    site: Site, file: Path, secrets: list[Availability], *, missing: bool, quiet: bool, retry: bool
) -> Status:
    from krbcheck.cli.asking_here import collect_here, this_host_for
    from krbcheck.cli.matrix_scope import TABLE
    from krbcheck.facts.kerberos import TicketGrants
    from krbcheck.report.report import crashes_of
    from krbcheck.report.text import plain
    from krbcheck.report.tried_secrets import FAMILIES, Trial, rights, tried

    table = {**TABLE, TicketGrants.__name__: "krbcheck.collectors.kerberos.minimal_tickets:trial_tgts"}
    said = collect_here(site, file, this_host_for(site, ()), FAMILIES, table, quiet=quiet, retry=retry)
    results = {entry.account: tried(said.facts, entry.account) for entry in secrets if "@" in entry.account}
    for account, result in results.items():
        if result.trial is not Trial.ACCEPTED or not quiet:
            typer.echo(plain(f"{account}: {result.trial}: {result.detail}", 400))
        for domain in site.domains:
            if domain.account == account and result.trial is Trial.ACCEPTED:
                for line in rights(site, said.facts, domain):
                    _say(plain(f"    {line}", 400), quiet=quiet)
    if said.interrupted:
        return Status.INTERRUPTED
    if crashes_of(said.facts, said.crashes):
        return Status.CRASHED
    trials = {result.trial for result in results.values()}
    if Trial.REJECTED in trials:
        return Status.FINDINGS
    return Status.UNKNOWN if missing or Trial.UNTRIED in trials else Status.GOOD
