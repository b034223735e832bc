"""The address at which each tenant's data paths are queried, and the source address of the queries."""

from __future__ import annotations

from typing import NamedTuple

from krbcheck.asking.ask import NotAsked, Server
from krbcheck.asking.this_host import ThisHost
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Gap
from krbcheck.site.stated import DataPath, Site, Tenant

SMB = 445


class Target(NamedTuple):
    """A data path to query: `address` is empty if the site and DNS have none; `source` is the
    tenant's source address.
    """

    tenant: Tenant
    path: DataPath
    address: str
    source: str

    @property
    def server(self) -> Server:
        """The storage for one tenant's network: it may respond to another's."""
        return self.serving("smb")

    def serving(self, service: str) -> Server:
        """Returns the storage as a server of its own for one protocol."""
        return Server(self.address, SMB, f"{service} from {self.tenant.name}", self.path.name)

    def no_address(self, question: str) -> NotAsked:
        """Returns the query that cannot be sent because `address` is empty."""
        why = f"{self.path.name} has no address: the site states none, and no name server returns one"
        return NotAsked(Gap.NAME_UNKNOWN, why, f"{question} at {self.path.name}", self.tenant.name)


def targets(site: Site, this_host: ThisHost, names: NameAnswers) -> list[Target]:
    """Returns each data path at its stated address, else at the first of DNS of a family in which this host has a
    source address for the tenant.
    """
    found = []
    for tenant in this_host.tenants(site):
        for path in tenant.data_paths:
            held = [path.stated_address] if path.stated_address else names.addresses(tenant.name, path.name)
            sources = {name: this_host.source_towards(tenant.name, name) for name in held}
            address = next((name for name, source in sources.items() if source), next(iter(sources), ""))
            found.append(Target(tenant, path, address, sources.get(address) or this_host.source(tenant.name)))
    return found
