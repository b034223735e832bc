"""The scope of a matrix: the site narrowed to what the user named, and the collectors with the fewest exchanges."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from krbcheck.asking.scheduler import Limits
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.cli.asking_here import collect_here, this_host_for
from krbcheck.cli.names import chosen_account, chosen_tenants, split, unknown
from krbcheck.cli.results import Collected
from krbcheck.collectors import COLLECTORS
from krbcheck.facts.cross_sessions import CrossSessions
from krbcheck.facts.kerberos import ServiceTickets, TicketGrants
from krbcheck.facts.observation import Facts
from krbcheck.facts.share_access import ShareAccess
from krbcheck.facts.smb import AccountRights, SmbSessions
from krbcheck.report.matrix import Computing, nothing_computed
from krbcheck.site.stated import Principal, Site, Tenant
from krbcheck.site.typed import matching, unc_path
from krbcheck.views.computed_access import ComputedAccess
from krbcheck.views.unstated_shares import UnstatedShares
from krbcheck.views.view import Views, families_of

COMPUTED = families_of([ComputedAccess])
LISTED = families_of([UnstatedShares])
TABLE = {
    **COLLECTORS,
    TicketGrants.__name__: "krbcheck.collectors.kerberos.minimal_tickets:first_tgts",
    ShareAccess.__name__: "krbcheck.collectors.rpc.share_access:access_lists",
    ServiceTickets.__name__: "krbcheck.collectors.kerberos.minimal_tickets:matrix_tickets",
}


@dataclass(frozen=True)
class Narrowed:
    """`site` has the shares of all tenants and the principals of some; `tenants` are those whose rows are wanted."""

    site: Site
    tenants: tuple[str, ...]


def narrowed(
    site: Site, tenants: Iterable[str] | None, principals: Iterable[str] | None, storages: Iterable[str] | None
) -> Narrowed:
    """Raises Mistake where something is named that the site does not have."""
    wanted = _principals(site, split(principals))
    kept = chosen_tenants(site, tenants) or [tenant.name for tenant in site.tenants]
    stores = _storages(site, split(storages))
    found = tuple(_tenant(tenant, wanted, stores, asked=tenant.name in kept) for tenant in site.tenants)
    rows = tuple(tenant.name for tenant in found if tenant.name in kept and (tenant.principals or not principals))
    whole = msgspec.structs.replace(
        site,
        tenants=found,
        storages=tuple(storage for storage in site.storages if not stores or storage.name in stores),
    )
    return Narrowed(whole, rows)


def _tenant(tenant: Tenant, wanted: Collection[Principal] | None, stores: Collection[str], *, asked: bool) -> Tenant:
    principals = tuple(principal for principal in tenant.principals if wanted is None or principal in wanted)
    return msgspec.structs.replace(
        tenant,
        principals=principals if asked else (),
        shares=tuple(share for share in tenant.shares if not stores or share.storage in stores),
        data_paths=tuple(data_path for data_path in tenant.data_paths if not stores or data_path.storage in stores),
    )


def _principals(site: Site, typed: Sequence[str]) -> list[Principal] | None:
    """None where none was named."""
    if not typed:
        return None
    known = [principal for _, principal in site.principals()]
    names = [principal.name for principal in known]
    found: list[Principal] = []
    for name in typed:
        same = matching(name, names, site) or [chosen_account(site, name, names)]
        found += [principal for principal in known if principal.name in same]
    return found


def _storages(site: Site, typed: Sequence[str]) -> list[str]:
    r"""A storage is also named by one of its data paths: by the host name, or by a UNC path."""
    known = [storage.name for storage in site.storages]
    of_paths = {path.name: path.storage for _, path in site.paths()}
    found = []
    for name in typed:
        path = unc_path(name)
        storage = name if name in known else of_paths.get(path.server if path else name.lower(), "")
        if not storage:
            raise unknown("storage", name, known, f"the site file contains {', '.join(known)}")
        found.append(storage)
    return found


def asked_here(
    narrow: Narrowed,
    site_file: Path,
    vantages: Iterable[str] | None,
    sessions: int,
    requests: int,
    *,
    computed: bool,
    quiet: bool,
    quiet_network: bool = False,
    retry: bool = False,
) -> Collected:
    """Sends no queries for tenants without a row in the matrix."""
    this_host = this_host_for(narrow.site, chosen_tenants(narrow.site, vantages))
    sources = {
        name: source if name in narrow.tenants else SourceAddress(name, "", f"{name} was not selected")
        for name, source in this_host.sources.items()
    }
    limits = Limits(per_server=sessions, requests=requests)
    kinds: list[type[Facts]] = [SmbSessions, CrossSessions, *(LISTED if computed else ())]
    return collect_here(
        narrow.site,
        site_file,
        ThisHost(this_host.name, sources),
        kinds,
        TABLE,
        quiet=quiet,
        limits=limits,
        partial=(SmbSessions, CrossSessions),
        quiet_network=quiet_network,
        retry=retry,
    )


def derived(site: Site, facts: Mapping[type[Facts], Facts]) -> tuple[Computing, UnstatedShares | None]:
    """Returns what the access lists give, by which entry and chain of groups, and the shares that are not stated;
    nothing of what was not read.
    """
    views = Views(site, {AccountRights: AccountRights(), **facts})
    known = {AccountRights, *facts}
    computed = views.get(ComputedAccess).at if known.issuperset(COMPUTED) else nothing_computed
    return computed, views.get(UnstatedShares) if known.issuperset(LISTED) else None
