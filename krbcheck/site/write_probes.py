"""Where krbcheck writes a file of its own with --write-probes: in one share of each data path that is backed up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from krbcheck.site.stated import Site, Tenant


class WriteProbePlan(NamedTuple):
    r"""The account that writes, and the share (`\\data path\share`)."""

    account: str
    share: str


def probed_share(tenant: Tenant, storage: str) -> str:
    """Returns the share of a tenant in which the file is created: the first that is stated; empty if there is none."""
    return next((share.name for share in tenant.shares_of(storage)), "")


def planned_writes(site: Site) -> Iterator[WriteProbePlan]:
    """Yields each account that backs up with each share: a tenant's principal with its tenant's alone."""
    owners = {principal.name.lower(): tenant for tenant, principal in site.principals()}
    planned: set[WriteProbePlan] = set()
    for backup in site.backups:
        for account in backup.accounts:
            owner = owners.get(account.lower())
            for tenant, path in site.named_paths():
                share = probed_share(tenant, backup.storage)
                plan = WriteProbePlan(account, rf"\\{path.name}\{share}")
                if path.storage == backup.storage and (owner or tenant) == tenant and share and plan not in planned:
                    planned.add(plan)
                    yield plan
