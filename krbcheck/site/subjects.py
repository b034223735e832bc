"""What the site file states that is queried, as rows without secrets, so that two versions of it can be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from krbcheck.site.stated import Site, Tenant

Row = tuple[str, str, str, tuple[str, ...]]
"""The kind of a subject, its name, its tenant (empty for none), and the terms that a query depends on."""


def subjects(site: Site) -> tuple[Row, ...]:
    """Domains, storage, tenants, data paths, shares, principals and backups, sorted."""
    return tuple(sorted(_rows(site)))


def stated_names(site: Site) -> tuple[str, ...]:
    """The names that the site file states: of domains, storages, tenants, data paths, shares, principals and accounts.
    Each once, sorted, in lowercase: names are compared without case.
    """
    names = [name for kind, name, _, _ in _rows(site) if kind not in ("share", "backup")]
    names += [domain.account for domain in site.domains] + [storage.account for storage in site.storages]
    names += [share.name for tenant in site.tenants for share in tenant.shares]
    names += [name for backup in site.backups for name in (*backup.accounts, backup.group, backup.server)]
    return tuple(sorted({name.casefold() for name in names if name}))


def digest(site: Site) -> str:
    """The SHA-256 of the subjects, in hexadecimal digits."""
    return hashlib.sha256(json.dumps(subjects(site)).encode()).hexdigest()


def _rows(site: Site) -> Iterator[Row]:
    for domain in site.domains:
        yield "domain", domain.name, "", ()
    for storage in site.storages:
        yield "storage", storage.name, "", (storage.account,)
    for backup in site.backups:
        terms = (*backup.accounts, backup.group, *filter(None, (backup.server,)))
        yield "backup", f"{backup.product} of {backup.storage}", "", terms
    for tenant in site.tenants:
        yield "tenant", tenant.name, "", ()
        yield from _of_tenant(tenant)


def _of_tenant(tenant: Tenant) -> Iterator[Row]:
    for path in tenant.data_paths:
        yield "data path", path.name, tenant.name, (path.storage, path.address)
    for share in tenant.shares:
        yield "share", f"{share.name} of {share.storage}", tenant.name, ()
    for principal in tenant.principals:
        yield "principal", principal.name, tenant.name, ()
