"""The site narrowed to some principals and data paths, so that only what concerns these is queried."""

from __future__ import annotations

import msgspec

from krbcheck.site.stated import Site, Tenant

Named = frozenset[tuple[str, str]]
"""Pairs of a tenant's name and the name of one of its principals or data paths."""


class Focus(msgspec.Struct, frozen=True):
    """The principals and data paths for which queries are sent; None for all."""

    principals: Named | None = None
    paths: Named | None = None


WHOLE = Focus()


def narrowed(site: Site, focus: Focus) -> Site:
    """The site without the secrets of other principals and without other data paths.

    Other principals and all shares stay stated: who may access a share is judged for every account, from the
    directories and the access lists, for which no secret of a principal is needed.
    """
    if focus == WHOLE:
        return site
    return msgspec.structs.replace(site, tenants=tuple(_tenant(tenant, focus) for tenant in site.tenants))


def _tenant(tenant: Tenant, focus: Focus) -> Tenant:
    def asked(names: Named | None, name: str) -> bool:
        return names is None or (tenant.name, name) in names

    return msgspec.structs.replace(
        tenant,
        principals=tuple(
            entry if asked(focus.principals, entry.name) else msgspec.structs.replace(entry, secret=None, tickets=None)
            for entry in tenant.principals
        ),
        data_paths=tuple(path for path in tenant.data_paths if asked(focus.paths, path.name)),
    )
