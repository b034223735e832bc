"""The TCP ports that accept connections: the data paths' from each tenant's source address, the controllers' from this
host.

One call of the probe tests all of them at the same time: between tenants most ports do not respond, and they cost one
second in all, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from math import ceil
from typing import NamedTuple

import msgspec

from krbcheck.asking.ask import Ask, Asking, MaybeAsk, NotAsked, asked, call
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.dns.managements import Managements, management_addresses
from krbcheck.facts.endpoints import endpoint
from krbcheck.facts.names import CATALOGUE_SERVICE, LOCATOR_SERVICES, LocatorAnswers, NameAnswers
from krbcheck.facts.observation import Gap, Observation, Unobserved, derived
from krbcheck.facts.ports import ControllerPort, ControllerPorts, ManagementPort, PortAnswer, PortAnswers, PortReply
from krbcheck.probes.tcp import ports
from krbcheck.site.exclusions import BY_SITE_FILE, NOTHING, Exclusions
from krbcheck.site.stated import DataPath, Site, Storage, Tenant

SMB = 445
CONTROLLER_PORTS = (88, 389, 445)
CATALOGUE_PORT = 3268
SECONDS = 1.0
MAX_ADDRESSES = 16
"""The addresses of one name that are tested: a name server may return thousands."""


ANY_IPV4, ANY_IPV6 = "0.0.0.0", "::"
Sources = tuple[str | None, str | None]
"""The IPv4 and the IPv6 source address: empty where the route selects it, None where this host has none."""
OF_THE_ROUTE: Sources = ("", "")


class Knock(NamedTuple):
    """The addresses and ports to test from one vantage point."""

    vantage: str
    sources: Sources
    targets: Sequence[tuple[str, int]]


Knocked = dict[tuple[str, str, int], Observation[PortReply]]
"""By vantage point, address and port."""


def port_answers(site: Site, this_host: ThisHost, names: NameAnswers) -> Asking[PortAnswers]:
    tenants = this_host.tenants(site)
    found = yield from management_addresses(site, this_host)
    owned = {tenant.name: list(_asked(site, names, tenant)) for tenant in tenants}
    managed = {tenant.name: list(_managed(site, found, tenant)) for tenant in tenants}
    seen = yield from knocked(
        [
            Knock(
                entry.name,
                sources_of(this_host, entry.name),
                [row[2:] for row in owned[entry.name]] + [row[1:] for row in rows],
            )
            for entry, rows in ((tenant, managed[tenant.name]) for tenant in tenants)
        ],
        site.excluded,
    )
    return PortAnswers(
        tuple(PortAnswer(tenant, *row, seen[tenant, row[2], row[3]]) for tenant, rows in owned.items() for row in rows),
        (
            *(ManagementPort(name, *row, seen[name, *row[1:]]) for name, rows in managed.items() for row in rows),
            *(
                ManagementPort(tenant.name, storage, "", SMB, gap)
                for tenant in tenants
                for storage, gap in found.items()
                if isinstance(gap, Unobserved)
            ),
        ),
    )


def sources_of(this_host: ThisHost, tenant: str) -> Sources:
    """Returns the source addresses for a tenant."""
    return this_host.source_towards(tenant, ANY_IPV4) or None, this_host.source_towards(tenant, ANY_IPV6) or None


def _asked(site: Site, names: NameAnswers, tenant: Tenant) -> Iterator[tuple[str, str, str, int]]:
    """Yields owner, data path, address and port of all that is tested from a tenant's source address: SMB of its own
    data paths, and what no other tenant may reach.
    """
    own = {address for path in tenant.data_paths if (address := path.stated_address)}
    for owner, path in site.paths():
        if owner.name == tenant.name:
            held = [path.stated_address, *names.addresses(tenant.name, path.name)]
        else:
            held = [name for name in _addresses_of(site, names, owner, path, tenant) if name not in own]
        ports = (SMB,) if owner.name == tenant.name else _ports_of(site.storage(path.storage))
        for address in list(dict.fromkeys(name for name in held if name))[:MAX_ADDRESSES]:
            for port in ports:
                yield owner.name, path.name, address, port


def _managed(site: Site, found: Managements, tenant: Tenant) -> Iterator[tuple[str, str, int]]:
    """Yields storage, address and port; SMB is not tested at an address that is a data path of the tenant's too."""
    own = {address for path in tenant.data_paths if (address := path.stated_address)}
    for name, addresses in found.items():
        for address in () if isinstance(addresses, Unobserved) else addresses:
            for port in _ports_of(site.storage(name)):
                if port != SMB or address not in own:
                    yield name, address, port


def _ports_of(storage: Storage) -> tuple[int, ...]:
    return tuple(dict.fromkeys((SMB, *storage.ports)))


def _addresses_of(site: Site, names: NameAnswers, owner: Tenant, path: DataPath, tenant: Tenant) -> list[str]:
    """Returns the stated address, with those of the other family in the owner's networks, if the querying tenant has a
    network of that family too; if none is stated, those to which the name resolves, except a third tenant's.
    """
    found = [address for tenant in site.tenants for address in names.addresses(tenant.name, path.name)]
    if path.stated_address:
        versions = {network.version for network in tenant.ranges()}
        beside = [name for name in found if owner.holds_beside(path.stated_address, name)]
        return [path.stated_address, *(name for name in beside if ip_address(name).version in versions)]
    return [name for name in found if (holder := site.tenant_of_address(name)) is None or holder == owner]


def controller_ports(site: Site, this_host: ThisHost, locators: LocatorAnswers) -> Asking[ControllerPorts]:
    """Returns the ports of every host in any locator record, which may be more than the controllers
    that are queried.
    """
    wanted = [
        (domain, host, address, port)
        for domain in (server.domain for server in locators.servers)
        for host in locators.named(domain, *LOCATOR_SERVICES)
        for address in locators.addresses(domain, host)
        for port in _ports(locators, domain, host)
    ]
    targets = [(address, port) for *_, address, port in wanted]
    seen = yield from knocked([Knock(this_host.name, OF_THE_ROUTE, targets)], site.excluded)
    return ControllerPorts(tuple(ControllerPort(*row, seen[this_host.name, row[2], row[3]]) for row in wanted))


def _ports(locators: LocatorAnswers, domain: str, host: str) -> tuple[int, ...]:
    catalogue = host in locators.named(domain, CATALOGUE_SERVICE)
    return (*CONTROLLER_PORTS, CATALOGUE_PORT) if catalogue else CONTROLLER_PORTS


def knocked(knocks: Sequence[Knock], excluded: Exclusions = NOTHING) -> Asking[Knocked]:
    """Returns the results, with one call for each vantage point and address family, all at the same time. No connection
    is opened to an excluded address.
    """
    rows: list[tuple[str, list[tuple[str, int]]]] = []
    asks: list[MaybeAsk[tuple[PortReply, ...]]] = []
    for vantage, sources, every in knocks:
        left_out = [target for target in dict.fromkeys(every) if excluded.host(target[0])]
        targets = [target for target in every if target not in left_out]
        if left_out:
            asks.append(NotAsked(Gap.LEFT_OUT, BY_SITE_FILE, f"{len(left_out)} TCP ports", vantage))
            rows.append((vantage, left_out))
        for is_six, source in zip((False, True), sources, strict=True):
            same = [target for target in dict.fromkeys(targets) if (":" in target[0]) == is_six]
            if same and source is None:
                why = f"this host has no IPv{6 if is_six else 4} address in {vantage}'s networks"
                asks.append(NotAsked(Gap.NOT_HERE, why, f"{len(same)} TCP ports", vantage))
                rows.append((vantage, same))
            elif same and source is not None:
                # No server: a port that does not respond says nothing about a server's other services.
                seconds = SECONDS * ceil(len(same) / ports.AT_ONCE)
                probe = call(ports.knock, same, source, SECONDS)
                asks.append(Ask(probe, f"{len(same)} TCP ports", vantage=vantage, seconds=seconds))
                rows.append((vantage, same))
    answers = yield from asked(asks)
    return {
        (vantage, address, port): _one(answer, index, address, port)
        for (vantage, targets), answer in zip(rows, answers, strict=True)
        for index, (address, port) in enumerate(targets)
    }


def _one(answer: Observation[tuple[PortReply, ...]], index: int, address: str, port: int) -> Observation[PortReply]:
    """Returns the part of the answer about all ports that is about one of them."""
    seen = derived(answer, lambda replies: replies[index], f"TCP {port}")
    return msgspec.structs.replace(seen, of=endpoint(address, port))
