"""The scope of a trace: the site narrowed to one principal and one service, with this host as the vantage point."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from krbcheck.asking.this_host import SourceAddress, ThisHost, local_address_towards, source_for
from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.names import chosen_account
from krbcheck.site.stated import DataPath, Domain, Principal, Site, Storage, Tenant, is_address, realm_of
from krbcheck.site.suggest import quoted
from krbcheck.site.typed import accounts, service_name, unc_path

OWNER = "OWNER"
ANYWHERE = "0.0.0.0"
"""Where the site names no name server: the routing table decides."""


class TracedPath(DataPath, frozen=True):
    """A service that need be no data path of the site."""

    service: str = ""

    @property
    def spn(self) -> str:
        return self.service

    @property
    def is_address(self) -> bool:
        return False


@dataclass(frozen=True)
class Asked:
    """`site` has one tenant with one principal and one service. `order` is the stated search order of its domain.

    `answers` if krbcheck sends the ticket to the storage: at a data path of the site, for a tenant's host.
    `known_owner` if the site file states the account that has to own the SPN.
    """

    site: Site
    tenant: str
    principal: str
    service: str
    order: tuple[str, ...]
    answers: bool = False
    known_owner: bool = False


def spn(typed: str) -> str:
    r"""Returns the SPN of what was typed: CLASS/HOST, a host name, or a UNC path. Raises Mistake."""
    path = unc_path(typed)
    if path is not None and is_address(path.server):
        raise Mistake(
            f"{quoted(typed)} contains an address: Windows uses no Kerberos for it; type the path with the host name"
        )
    name = service_name(typed)
    if not name:
        raise Mistake(
            f"{quoted(typed)} is not a service name; allowed: CLASS/HOST, such as cifs/storage.example.com, or "
            "\\\\storage.example.com\\share"
        )
    return name


def traced(site: Site, typed: str, service: str) -> Asked:
    """Returns the scope of a trace. Raises Mistake if the site file does not state the principal."""
    known = dict(_known(site))
    name = chosen_account(site, typed, known)
    candidates = known[name]
    tenant, principal = next((candidate for candidate in candidates if source_for(candidate[0]).address), candidates[0])
    home = site.domain(principal.realm)
    path, storages = _path(site, service, principal)
    known_owner = path.storage != OWNER
    read = {home, site.domain(storages[0].domain) if known_owner else None}
    narrow = Site(
        site.name,
        tuple(
            domain if domain in read else msgspec.structs.replace(domain, account="", secret=None)
            for domain in site.domains
        ),
        storages,
        (msgspec.structs.replace(tenant, principals=(principal,), data_paths=(path,), shares=()),),
    )
    order = (home.forest_search_order if home else None) or ()
    answers = known_owner and tenant in site.tenants
    return Asked(narrow, tenant.name, name, service, order, answers, known_owner)


def _path(site: Site, service: str, principal: Principal) -> tuple[DataPath, tuple[Storage, ...]]:
    """Returns the service as a data path of its storage.

    If the site file does not state the service, its storage is unknown, and its domain is that of the host name.
    """
    host = service.split("/")[1].partition(":")[0].lower()
    for _, path in site.paths():
        if path.spn.lower() == service.lower():
            return TracedPath(host, path.storage, path.address, service), (site.storage(path.storage),)
    suffix = next((domain for domain in site.domains if host.endswith(f".{domain.name}")), None)
    realm = suffix.realm if suffix else principal.realm
    return TracedPath(host, OWNER, service=service), (Storage(OWNER, f"{OWNER}@{realm}"),)


def _known(site: Site) -> Iterator[tuple[str, list[tuple[Tenant, Principal]]]]:
    """Returns each principal with its tenants. Accounts of no tenant (readers, backup, storage, administrators) send
    their queries from this host.
    """
    found: dict[str, list[tuple[Tenant, Principal]]] = {}
    for tenant, principal in site.principals():
        found.setdefault(principal.name, []).append((tenant, principal))
    for domain in site.domains:
        if domain.account:
            found.setdefault(domain.account, []).append((_host(domain), Principal(domain.account, domain.secret)))
    with_secret = {principal.name: principal for backup in site.backups for principal in backup.principals}
    for name in accounts(site):
        home = site.domain(realm_of(name))
        if name not in found and home is not None:
            found[name] = [(_host(home), with_secret.get(name) or Principal(name))]
    return iter(found.items())


def _host(domain: Domain) -> Tenant:
    """This host as a tenant: queries are sent from its own address."""
    return Tenant(socket.gethostname(), name_servers=domain.name_servers, source=_source(domain))


def _source(domain: Domain) -> str:
    return next((local_address_towards(name_server) for name_server in domain.name_servers), "") or ANYWHERE


def this_host_of(asked: Asked) -> ThisHost:
    tenant = asked.site.tenants[0]
    source = SourceAddress(tenant.name, tenant.source) if tenant.source == ANYWHERE else source_for(tenant)
    return ThisHost(socket.gethostname(), {tenant.name: source})
