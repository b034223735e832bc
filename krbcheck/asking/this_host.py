"""The host on which krbcheck runs: its name, and from which of its addresses it can query for which tenant."""

from __future__ import annotations

import socket
import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from krbcheck.site.stated import Site, Tenant

RTM_NEWADDR, RTM_GETADDR, REQUEST_DUMP = 20, 22, 0x301
ERROR, DONE = 2, 3
IFA_ADDRESS, IFA_LOCAL = 1, 2
"""Numbers of linux/rtnetlink.h, linux/netlink.h and linux/if_addr.h."""
NETLINK_SECONDS = 2.0


@dataclass(frozen=True)
class SourceAddress:
    """The local `address` from which one tenant's servers are queried, or why there is none.

    `beside` is the local address of the other family in the tenant's networks, empty if there is none.
    """

    tenant: str
    address: str
    why: str = ""
    beside: str = ""

    def towards(self, address: str) -> str:
        """The source address of the family of `address`; without one the other, from which the query then fails."""
        own = (name for name in (self.address, self.beside) if name and (":" in name) == (":" in address))
        return next(own, self.address)


OF_THE_ROUTE = SourceAddress("", "")
"""The route selects the source address."""


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

    def source_towards(self, tenant: str, address: str) -> str:
        """Returns the source address for a tenant, of the family of `address`; empty if there is none."""
        source = self.sources[tenant]
        return next(
            (name for name in (source.address, source.beside) if name and (":" in name) == (":" in address)), ""
        )

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


def local_addresses() -> list[str]:
    """Returns the addresses of all interfaces of this host (RTM_GETADDR, rtnetlink(7)) without link-local ones; none if
    the kernel has no netlink.
    """
    return [address for address, _ in _interfaces()]


def local_networks() -> list[tuple[str, IPv4Network | IPv6Network]]:
    """Returns the address of each interface of this host and its network, without loopback and link-local ones."""
    return [
        (address, ip_network(f"{address}/{length}", strict=False))
        for address, length in _interfaces()
        if not ip_address(address).is_loopback
    ]


def _interfaces() -> list[tuple[str, int]]:
    """Returns the addresses of all interfaces, each with its prefix length (ifa_prefixlen, rtnetlink(7))."""
    found: list[tuple[str, int]] = []
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
            kernel.settimeout(NETLINK_SECONDS)
            kernel.sendall(
                struct.pack("=IHHIIBBBBI", 24, RTM_GETADDR, REQUEST_DUMP, 1, 0, socket.AF_UNSPEC, 0, 0, 0, 0)
            )
            while True:
                messages = list(_messages(kernel.recv(1 << 16)))
                found += [(name, body[1]) for kind, body in messages if kind == RTM_NEWADDR for name in _address(body)]
                if not messages or any(kind in (DONE, ERROR) for kind, _ in messages):
                    return found
    except (AttributeError, OSError):
        return found


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yields the type and the body of each netlink message."""
    while len(data) >= 16:
        size, kind = struct.unpack_from("=IH", data)
        if size < 16:
            return
        yield kind, data[16:size]
        data = data[(size + 3) & ~3 :]


def _address(body: bytes) -> Iterator[str]:
    """Yields the address in an RTM_NEWADDR: IFA_LOCAL, which only IPv4 has, else IFA_ADDRESS."""
    found: dict[int, bytes] = {}
    rest = body[8:]
    while len(rest) >= 4:
        size, kind = struct.unpack_from("=HH", rest)
        if size < 4:
            break
        found[kind] = rest[4:size]
        rest = rest[(size + 3) & ~3 :]
    packed = found.get(IFA_LOCAL) or found.get(IFA_ADDRESS)
    if packed and len(packed) in (4, 16) and not (address := ip_address(packed)).is_link_local:
        yield str(address)


def why_not_from(address: str, network: IPv4Network | IPv6Network) -> str:
    """Returns why nothing can be sent from a local address to a network; empty if it can. Sends nothing."""
    family = socket.AF_INET6 if network.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
            probe.connect((_target(network), 9))
        except OSError as bad:
            return bad.strerror or str(bad)
    return ""


def _target(network: IPv4Network | IPv6Network) -> str:
    return str(network.network_address if network.num_addresses == 1 else network.network_address + 1)


def local_address_in(network: IPv4Network | IPv6Network) -> str:
    """Returns this host's address in a network, or an empty string. Reads the routing table; sends nothing."""
    chosen = local_address_towards(_target(network))
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
    """Returns the stated source if it is a local address, else a local address in one of the tenant's networks: that of
    the route to it, else that of any interface; with the address of the other family, if the tenant has such a network.
    """
    found = _source_for(tenant)
    return replace(found, beside=_beside(tenant, found.address)) if found.address else found


def _beside(tenant: Tenant, address: str) -> str:
    """Returns a local address in one of the tenant's networks of the other family than `address`."""
    for network in tenant.ranges():
        if (network.version == 6) != (":" in address):
            held = [name for name in local_addresses() if ip_address(name) in network]
            if usable := next((name for name in held if not why_not_from(name, network)), ""):
                return usable
    return ""


def _source_for(tenant: Tenant) -> SourceAddress:
    if tenant.source and is_local(tenant.source):
        return SourceAddress(tenant.name, tenant.source)
    for network in tenant.ranges():
        if address := local_address_in(network):
            return SourceAddress(tenant.name, address)
    legs = [
        (address, network)
        for network in tenant.ranges()
        for address in local_addresses()
        if ip_address(address) in network
    ]
    failures = {address: why_not_from(address, network) for address, network in legs}
    if usable := next((address for address, why in failures.items() if not why), ""):
        return SourceAddress(tenant.name, usable)
    if failures:
        return SourceAddress(tenant.name, "", _unusable(tenant, failures))
    where = " or ".join(tenant.networks) or "a network that the site states"
    how = f"krbcheck collect SITE --vantage {tenant.name} --save {tenant.name}.json"
    why = f"this host has no address in {where}: collect on one of {tenant.name}'s hosts ({how})"
    return SourceAddress(tenant.name, "", why)


def _unusable(tenant: Tenant, failures: Mapping[str, str]) -> str:
    address, why = next(iter(failures.items()))
    return (
        f"this host has the address {address} in {tenant.name}'s network, but cannot send from it ({why}): add a "
        f"route, or state the address to use at tenant {tenant.name} of the site file (vantage: {{source: ADDRESS}})"
    )


def read_this_host(site: Site, only: Collection[str] = ()) -> ThisHost:
    """Returns this host, with the source addresses of the tenants named in `only` (all, if empty)."""
    sources = {}
    for tenant in site.tenants:
        if only and tenant.name not in only:
            sources[tenant.name] = SourceAddress(tenant.name, "", f"{tenant.name} was left out of this collection")
        else:
            sources[tenant.name] = source_for(tenant)
    return ThisHost(socket.gethostname(), sources)
