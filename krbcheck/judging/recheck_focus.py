"""The part of the site that a recheck queries again, by the labels of the verdicts and the families of their checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, get_args, get_type_hints

from krbcheck.facts.observation import Facts
from krbcheck.facts.share_access import ShareAccess
from krbcheck.judging.check import Check
from krbcheck.judging.recheck import bare
from krbcheck.judging.verdict import Finding, Unknown
from krbcheck.site.narrowing import Focus, Named
from krbcheck.site.stated import DataPath, Site, Tenant

PRINCIPAL = frozenset(("tenant", "principal"))
"""The fields of a record that is read with the secret of a principal."""
OF_PATH = ("path", "name", "service", "spn")
"""The fields of a record that is read for a data path: by its name, or by its SPN."""
READS_FOLDERS: frozenset[type[Facts]] = frozenset((ShareAccess,))
"""The families that hold what any principal with access read for all: the list of a share's root folder."""

Target = tuple[str, Finding | Unknown]
"""A verdict of the earlier report, with the id of its check."""


def focus_of(targets: Sequence[Target], site: Site, checks: Mapping[str, Check[Any]]) -> Focus:
    """What queries are needed for, to judge these verdicts again, each with its check.

    A check that reads nothing with the secret of a principal needs none. Where the labels of a verdict name neither a
    principal nor a data path, those of its tenant are needed, else those of its storage, else all.
    """
    known = [(checks[name], verdict) for name, verdict in targets if name in checks]
    principals = [_principals(verdict, check.families, site) for check, verdict in known if _any(check, PRINCIPAL)]
    paths = [found for check, verdict in known if (found := _paths(verdict, site)) is not None or _by_path(check)]
    return Focus(_union(principals), _union(paths) if paths else None)


def _union(parts: Iterable[Named | None]) -> Named | None:
    """All pairs; None, which is everything, if one of the parts is that."""
    found: set[tuple[str, str]] = set()
    for part in parts:
        if part is None:
            return None
        found |= part
    return frozenset(found)


def _by_path(check: Check[Any]) -> bool:
    return any(_any(check, frozenset((field,))) for field in OF_PATH)


def _any(check: Check[Any], fields: frozenset[str]) -> bool:
    return any(has_records_with(family, fields) for family in check.families)


@cache
def has_records_with(family: type[Facts], fields: frozenset[str]) -> bool:
    """Whether the family has records with all of these fields."""
    return any(fields <= set(record.__struct_fields__) for record in _records(family))


def _records(family: type[Facts]) -> Iterator[Any]:
    for hint in get_type_hints(family).values():
        yield from (record for record in get_args(hint) if hasattr(record, "__struct_fields__"))


def _principals(verdict: Finding | Unknown, families: Sequence[type[Facts]], site: Site) -> Named | None:
    """The principals that the labels name; where folders are read too, those of the tenants with access as well.

    A directory is read with the secret of its reader, and an account of no tenant has its own.
    """
    names = verdict.labels.get("principal", ())
    named = frozenset((tenant.name, each.name) for tenant, each in site.principals() if each.name in names)
    if named and READS_FOLDERS.isdisjoint(families):
        return named
    tenants = _tenants(verdict, site)
    if tenants is None:
        return frozenset() if verdict.labels.keys() & {"directory", "account"} else None
    return named | {(tenant.name, each.name) for tenant, each in site.principals() if tenant.name in tenants}


def _tenants(verdict: Finding | Unknown, site: Site) -> frozenset[str] | None:
    """The tenant of the verdict, else those of its data paths; None for all."""
    if verdict.tenant:
        return frozenset((verdict.tenant,))
    paths = _paths(verdict, site)
    return None if paths is None else frozenset(tenant for tenant, _ in paths)


def _paths(verdict: Finding | Unknown, site: Site) -> Named | None:
    """The data paths that the labels name, and those of the tenants with a share that they name; else those of the
    tenant, of the storage or of the storages of a domain; None for all.
    """
    of = {name: frozenset(map(bare, values)) for name, values in verdict.labels.items()}
    none: frozenset[str] = frozenset()
    stated = list(site.paths())

    def those(wanted: Callable[[Tenant, DataPath], bool]) -> Named:
        return frozenset((tenant.name, path.name) for tenant, path in stated if wanted(tenant, path))

    paths, services, shares = (of.get(name, none) for name in ("path", "service", "share"))
    storages, domains = of.get("storage", none) | of.get("appliance", none), of.get("storage_domain", none)
    named = those(lambda _, path: path.name in paths or path.spn in services)
    named |= those(lambda tenant, path: any(share.name in shares for share in tenant.shares_of(path.storage)))
    return (
        named
        or those(lambda tenant, _: tenant.name == verdict.tenant)
        or those(lambda _, path: path.storage in storages)
        or those(lambda _, path: site.storage(path.storage).domain in domains)
        or None
    )
