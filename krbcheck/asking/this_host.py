"""The host on which krbcheck runs: its name, and from which of its addresses it can query for which tenant."""

from __future__ import annotations

import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from krbcheck.site.stated import Site, Tenant


@dataclass(frozen=True)
class SourceAddress:
    """The local `address` from which one tenant's servers are queried, or why there is none."""

    tenant: str
    address: str
    why: str = ""


@dataclass(frozen=True)
class ThisHost:
    """The host that sends the queries. `name` is the vantage point of queries that concern no tenant; `sources` has one
    entry for each tenant.
    """

    name: str
    sources: Mapping[str, SourceAddress]

    def source(self, tenant: str) -> str:
        """Returns the source address for a tenant; empty if there is none."""
        return self.sources[tenant].address

    def tenants(self, site: Site) -> list[Tenant]:
        """Returns the tenants whose servers can be queried from this host."""
        return [tenant for tenant in site.tenants if self.sources[tenant.name].address]


def is_local(address: str) -> bool:
    """Returns whether an address belongs to this host, which can then bind it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def local_address_in(network: IPv4Network | IPv6Network) -> str:
    """Returns this host's address in a network, or an empty string. Reads the routing table; sends nothing."""
    target = network.network_address if network.num_addresses == 1 else network.network_address + 1
    chosen = local_address_towards(str(target))
    return chosen if chosen and ip_address(chosen) in network else ""


def local_address_towards(address: str) -> str:
    """Returns this host's address on the route to another, or an empty string. Reads the routing
    table; sends nothing.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def source_for(tenant: Tenant) -> SourceAddress:
    """Returns the stated source if it is a local address, else a local address in one of the tenant's networks."""
    if tenant.source and is_local(tenant.source):
        return SourceAddress(tenant.name, tenant.source)
    for network in tenant.ranges():
        if address := local_address_in(network):
            return SourceAddress(tenant.name, address)
    where = " or ".join(tenant.networks) or "a network that the site states"
    how = f"krbcheck collect SITE --vantage {tenant.name} --save {tenant.name}.json"
    why = f"this host has no address in {where}: collect on one of {tenant.name}'s hosts ({how})"
    return SourceAddress(tenant.name, "", why)


def read_this_host(site: Site, only: Collection[str] = ()) -> ThisHost:
    """Returns this host, with the source addresses of the tenants named in `only` (all, if empty)."""
    sources = {}
    for tenant in site.tenants:
        if only and tenant.name not in only:
            sources[tenant.name] = SourceAddress(tenant.name, "", f"{tenant.name} was left out of this collection")
        else:
            sources[tenant.name] = source_for(tenant)
    return ThisHost(socket.gethostname(), sources)
