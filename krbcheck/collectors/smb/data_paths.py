"""The address at which each tenant's data paths are queried, and the source address of the queries."""

from __future__ import annotations

from typing import NamedTuple

from krbcheck.asking.this_host import ThisHost
from krbcheck.facts.names import NameAnswers
from krbcheck.site.stated import DataPath, Site, Tenant


class Target(NamedTuple):
    """`address` is empty where the site and DNS have none; `source` is the tenant's source address."""

    tenant: Tenant
    path: DataPath
    address: str
    source: str

    @property
    def where(self) -> str:
        return f"{self.path.name} ({self.address})" if self.address != self.path.name else self.path.name

    @property
    def service(self) -> str:
        """What may be silent: one tenant's way to the storage says nothing about another's."""
        return f"smb from {self.tenant.name}"

    @property
    def why_none(self) -> str:
        return f"{self.path.name} has no address: none is stated, and no name server gives one"


def targets(site: Site, this_host: ThisHost, names: NameAnswers) -> list[Target]:
    found = []
    for tenant in this_host.tenants(site):
        for path in tenant.data_paths:
            held = [path.stated_address, *names.addresses(tenant.name, path.name)]
            address = next((one for one in held if one), "")
            found.append(Target(tenant, path, address, this_host.source(tenant.name)))
    return found
