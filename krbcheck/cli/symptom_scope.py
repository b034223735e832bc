"""The scope of `krbcheck run --symptom`: the site narrowed to a host and a path, and the checks to run first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.names import chosen_account, unknown
from krbcheck.judging.check import Check
from krbcheck.judging.explanations import not_known
from krbcheck.judging.focusing import Wanted, leading_to
from krbcheck.judging.meanings import meanings
from krbcheck.judging.rules import rules_of
from krbcheck.report.question import Question
from krbcheck.site.expected_access import Expected, expected
from krbcheck.site.narrowing import Focus, narrowed
from krbcheck.site.stated import DataPath, Principal, Share, Site, Tenant
from krbcheck.site.typed import UncPath, unc_path
from krbcheck.windows.symptoms import BACKUP


@dataclass(frozen=True)
class Scope:
    """`site` sends queries for the host and the path only; `checks` are run first; `wanted` and `tenants` are what the
    report has results about.
    """

    site: Site
    question: Question
    checks: Sequence[Check[Any]]
    wanted: Wanted
    tenants: Sequence[str]


@dataclass(frozen=True)
class _Host:
    """An account of the site; `tenant` is None for a backup account that is no host of a tenant."""

    name: str
    tenant: Tenant | None
    principal: Principal


@dataclass(frozen=True)
class _Place:
    """A data path, the share that was typed (None if none was), and its tenant."""

    tenant: Tenant
    path: DataPath
    share: Share | None
    owner: Tenant | None
    remarks: tuple[str, ...]

    @property
    def shown(self) -> str:
        return rf"\\{self.path.name}" + (rf"\{self.share.name}" if self.share else "")


def scoped(site: Site, checks: Mapping[str, Check[Any]], symptom: str, typed_host: str, typed_path: str) -> Scope:
    """Raises Mistake if the symptom is not known, or the site file does not state the host, the path or the share."""
    found = sorted(meanings(symptom), key=lambda meaning: not meaning.kind.startswith("Win32")) if symptom else []
    if symptom and not found:
        raise Mistake(str(not_known(symptom, checks)))
    host = _host(site, typed_host) if typed_host else None
    place = _place(site, typed_path, host) if typed_path else None
    first = dict.fromkeys(check for meaning in found for check in meaning.first)
    if found and host is not None and any(host.name in backup.accounts for backup in site.backups):
        first |= dict.fromkeys(BACKUP)
    stated, refused = _stated(site, host, place)
    question = Question(
        typed=symptom,
        meanings=tuple(f"{meaning.title}: {meaning.means}" for meaning in found),
        host=host.name if host else "",
        path=place.shown if place else "",
        stated=stated,
        refused=refused,
        remarks=place.remarks if place else (),
        first=tuple(first),
    )
    leading = leading_to(first, rules_of(checks.values())) if first else frozenset(checks)
    tenants = [tenant.name for tenant in (host and host.tenant, place and place.tenant) if tenant]
    return Scope(
        narrowed(site, _focus(site, host, place)),
        question,
        [check for name, check in checks.items() if name in leading],
        _wanted(host, place),
        list(dict.fromkeys(tenants)),
    )


def _host(site: Site, typed: str) -> _Host:
    of_tenants: dict[str, tuple[Tenant, Principal]] = {}
    for tenant, principal in site.principals():
        of_tenants.setdefault(principal.name, (tenant, principal))
    of_backups = {entry.name: entry for backup in site.backups for entry in backup.principals}
    accounts = [account for backup in site.backups for account in backup.accounts]
    name = chosen_account(site, typed, list(dict.fromkeys([*of_tenants, *accounts])), "host")
    if name in of_tenants:
        return _Host(name, *of_tenants[name])
    return _Host(name, None, of_backups.get(name) or Principal(name))


def _place(site: Site, typed: str, host: _Host | None) -> _Place:
    path = unc_path(typed) or UncPath(typed.strip().lower(), "")
    own = host.tenant.name if host and host.tenant else ""
    known = sorted(site.paths(), key=lambda entry: entry[0].name != own)
    found = next((entry for entry in known if entry[1].name == path.server), None)
    remarks: tuple[str, ...] = ()
    if found is None and (found := next((e for e in known if e[1].stated_address == path.server), None)):
        remarks = (rf"the path contains an address, for which Windows uses no Kerberos: use \\{found[1].name}",)
    if found is None and (found := next((e for e in known if e[1].name.startswith(f"{path.server}.")), None)):
        remarks = (
            f"the path contains the short name, for which Windows requests cifs/{path.server}: use "
            rf"\\{found[1].name}, or compare krbcheck trace with cifs/{path.server}",
        )
    if found is None:
        names = [rf"\\{data_path.name}" for _, data_path in known]
        raise unknown("data path", typed, names, f"the site file contains {', '.join(names[:12]) or 'none'}")
    tenant, data_path = found
    owner, share = _share(site, tenant, data_path, path.share) if path.share else (None, None)
    return _Place(tenant, data_path, share, owner, remarks)


def _share(site: Site, tenant: Tenant, path: DataPath, name: str) -> tuple[Tenant, Share]:
    owners = sorted(site.tenants, key=lambda entry: entry.name != tenant.name)
    shares = [(owner, share) for owner in owners for share in owner.shares_of(path.storage)]
    found = next((entry for entry in shares if entry[1].name.casefold() == name.casefold()), None)
    if found is None:
        names = [share.name for _, share in shares]
        raise unknown("share", name, names, f"the site file contains {', '.join(names[:12]) or 'none'} at {path.name}")
    return found


def _stated(site: Site, host: _Host | None, place: _Place | None) -> tuple[str, bool]:
    """What the site file states about the access of the host, and whether it states none."""
    if host is None or place is None or place.share is None or place.owner is None:
        return "", False
    if host.tenant is None:
        return (
            f"the site file states it as an account for backup, and {place.share.name} as a share of "
            f"{place.owner.name}",
            False,
        )
    access = expected(host.principal, host.tenant, place.owner, place.share, site.storage(place.path.storage))
    if access is Expected.REFUSED:
        return f"{place.share.name} is a share of {place.owner.name}, and the host is one of {host.tenant.name}", True
    return f"the site file states {access} access", False


def _focus(site: Site, host: _Host | None, place: _Place | None) -> Focus:
    """The principals and data paths for which queries are sent.

    The hosts of the path's tenant are needed if the host is none of them: their sessions read the list of its folder.
    """
    hosts = {(host.tenant.name, host.name)} if host is not None and host.tenant else set()
    if place is not None and (host is None or host.tenant is not place.tenant):
        hosts |= {(place.tenant.name, entry.name) for entry in place.tenant.principals}
    principals = frozenset(hosts) if host or place else None
    tenants = [tenant for tenant in (host.tenant if host else None, place.tenant if place else None) if tenant]
    paths = None
    if tenants:
        paths = frozenset(
            (tenant.name, path.name)
            for tenant in tenants
            for path in tenant.data_paths
            if place is None
            or path == place.path
            or (tenant is not place.tenant and path.storage == place.path.storage)
        )
    return Focus(principals, paths)


def _wanted(host: _Host | None, place: _Place | None) -> Wanted:
    wanted: dict[str, frozenset[str]] = {}
    if host is not None:
        wanted["principal"] = wanted["account"] = frozenset({host.name.casefold()})
    if place is not None:
        wanted["storage"] = frozenset({place.path.storage.casefold()})
    if place is not None and place.share is not None:
        wanted["share"] = frozenset({place.share.name.casefold()})
    return wanted
