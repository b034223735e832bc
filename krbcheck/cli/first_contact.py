"""A site file without tenants: what can be found is drafted, and what the user can add to learn more."""

from __future__ import annotations

import sys
from pathlib import Path

from msgspec import structs

from krbcheck.cli.inputs import open_wallet
from krbcheck.cli.progress import progress
from krbcheck.credentials.wallet import Wallet
from krbcheck.site.draft import Draft, render
from krbcheck.site.reading import SiteError, site_of
from krbcheck.site.stated import Site


def with_found_tenants(
    site: Site, file: Path, *, quiet: bool, quiet_network: bool = False, retry: bool = False
) -> tuple[Site, Wallet | None]:
    """Returns the site with the tenants that DNS, the directories and the storages show, and the wallet that was opened
    for it; a site with tenants is returned as it is. Raises Mistake if a secret cannot be read.
    """
    if site.tenants:
        return site, None
    from krbcheck.cli.init_scope import Drafting, Wish

    shown = progress(quiet=quiet)
    try:
        wallet = open_wallet(site, (), file, retry=retry)
        folder = file.parent.absolute()
        wish = Wish(site.domains, site.storages, folder=folder, excluded=site.excluded, quiet_network=quiet_network)
        draft = Drafting(wish, wallet, shown).run()
    finally:
        shown.close()
    found = _tenants(draft, file)
    if found is None or not found.tenants:
        return site, wallet
    return structs.replace(found, excluded=site.excluded), wallet


def _tenants(draft: Draft, file: Path) -> Site | None:
    try:
        return site_of(render(draft, []).encode(), str(file), file)
    except SiteError:
        return None


def hints(site: Site, stated: Site) -> list[str]:
    """Returns what the user can add to the site file `stated`, when `site` with what was found was checked."""
    found: list[str] = []
    if not stated.tenants and site.tenants:
        names = ", ".join(tenant.name for tenant in site.tenants)
        found.append(f"tenants: found {names} by the SPNs of the storage; krbcheck init writes them to a site file")
    elif not stated.tenants:
        found.append("tenants: their networks, data paths, shares and hosts; krbcheck init drafts them")
    for domain in site.domains:
        if not domain.account:
            found.append(
                f"{domain.name}: account and secret of any user; directory, SPNs and policies are read with it"
            )
        elif domain.secret is None:
            found.append(f"{domain.name}: secret of {domain.account}; the directory is read with it")
    without = [principal.name for _, principal in site.principals() if principal.secret is None]
    if site.tenants and not any(tenant.principals for tenant in site.tenants):
        found.append("principals: the Hyper-V hosts; their tickets and access are tested")
    elif without:
        found.append(f"secrets of {len(without)} hosts, such as {without[0]}; their tickets and sessions are tested")
    if not site.backups:
        found.append("backup: the backup product and its accounts; their rights are checked")
    return found


def show_hints(site: Site, stated: Site, *, quiet: bool) -> None:
    """Writes the hints to stderr, for a site file without tenants."""
    if quiet or stated.tenants or sys.stderr is None:
        return
    sys.stderr.write("\nTo check more, add to the site file:\n")
    sys.stderr.writelines(f"  {hint}\n" for hint in hints(site, stated))
