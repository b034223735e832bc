"""Where this process stands: which tenants it can ask for, and from which of its addresses."""

from __future__ import annotations

import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from krbcheck.site.stated import Site, Tenant


@dataclass(frozen=True)
class Leg:
    """One tenant from here. `source` is the local address to ask from, empty where there is none and `why` tells."""

    tenant: str
    source: str
    why: str = ""


@dataclass(frozen=True)
class Place:
    """`host` labels what is asked for no tenant in particular. `legs` has one entry a tenant of the site."""

    host: str
    legs: Mapping[str, Leg]

    def source(self, tenant: str) -> str:
        return self.legs[tenant].source

    def tenants(self, site: Site) -> list[Tenant]:
        """The tenants that are asked for from here."""
        return [tenant for tenant in site.tenants if self.legs[tenant.name].source]


def is_local(address: str) -> bool:
    """Whether an address is one of this host's (it can be bound)."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def local_address_in(network: IPv4Network | IPv6Network) -> str:
    """This host's address in a network, or an empty string. Asks the routing table; sends nothing."""
    target = network.network_address if network.num_addresses == 1 else network.network_address + 1
    chosen = local_address_towards(str(target))
    return chosen if chosen and ip_address(chosen) in network else ""


def local_address_towards(address: str) -> str:
    """This host's address on the way to another, or an empty string. Asks the routing table; sends nothing."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def leg_of(tenant: Tenant) -> Leg:
    """The stated source if it is ours, else our address in one of the tenant's networks."""
    if tenant.source and is_local(tenant.source):
        return Leg(tenant.name, tenant.source)
    for network in tenant.ranges():
        if address := local_address_in(network):
            return Leg(tenant.name, address)
    where = " or ".join(tenant.networks) or "a network that the site states"
    how = f"krbcheck collect SITE --vantage {tenant.name} --save {tenant.name}.json"
    return Leg(tenant.name, "", f"this host has no address in {where}: collect on one of {tenant.name}'s hosts ({how})")


def here(site: Site, only: Collection[str] = ()) -> Place:
    """This host, for the tenants named in `only` (all, if empty)."""
    legs = {}
    for tenant in site.tenants:
        if only and tenant.name not in only:
            legs[tenant.name] = Leg(tenant.name, "", f"{tenant.name} was left out of this collection")
        else:
            legs[tenant.name] = leg_of(tenant)
    return Place(socket.gethostname(), legs)
