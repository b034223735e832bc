"""The data paths' names, asked for each tenant from its own leg, of each name server by itself."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

from krbcheck.collect import Ask, Asking
from krbcheck.collectors.name_servers import SECONDS, domain_servers
from krbcheck.facts.names import DomainServers, NameAnswer, NameAnswers, ReverseAnswer
from krbcheck.place import Place
from krbcheck.probes import dns
from krbcheck.site import Site, Tenant

MAX_ADDRESSES = 16
"""Addresses of one name whose reverse name is asked for: a name server may claim thousands."""


def name_answers(site: Site, place: Place) -> Asking[NameAnswers]:
    tenants = place.tenants(site)
    servers = yield from domain_servers(site.domains)
    names = list(dict.fromkeys(path.name for _, path in site.named_paths()))
    asked = [
        (tenant.name, name, kind, server)
        for tenant in tenants
        for server in _servers(site, tenant, servers)
        for name in names
        for kind in ("A", "AAAA")
    ]
    answers = yield [_ask(place, tenant, name, kind, server) for tenant, name, kind, server in asked]
    forward = tuple(NameAnswer(*question, seen) for question, seen in zip(asked, answers, strict=True))
    found = NameAnswers(forward)
    turned = [
        (tenant.name, path.name, address, server)
        for tenant in tenants
        for path in tenant.data_paths
        if not path.is_address
        for address in _addresses(found, tenant, path.name, path.address)
        for server in tenant.name_servers or _servers(site, tenant, servers)
    ]
    answers = yield [
        _ask(place, tenant, ip_address(address).reverse_pointer, "PTR", server) for tenant, _, address, server in turned
    ]
    reverse = tuple(ReverseAnswer(*question, seen) for question, seen in zip(turned, answers, strict=True))
    return NameAnswers(forward, reverse)


def _servers(site: Site, tenant: Tenant, servers: Mapping[str, DomainServers]) -> list[str]:
    """The tenant's and its domains'; those of this host only where nothing is stated, as they are not the tenant's."""
    domains = [servers[domain.name] for domain in site.domains_of(tenant)]
    stated = [*tenant.name_servers, *(server for one in domains if one.stated for server in one.servers)]
    return list(dict.fromkeys(stated or (server for one in domains for server in one.servers)))


def _addresses(found: NameAnswers, tenant: Tenant, name: str, stated: str) -> list[str]:
    held = [stated] if stated else []
    held += found.addresses(tenant.name, name)
    return list(dict.fromkeys(held))[:MAX_ADDRESSES]


def _ask(place: Place, tenant: str, name: str, kind: str, server: str) -> Ask:
    # A resolver on this host (127.0.0.53) cannot be asked from an address of the network.
    source = "" if ip_address(server).is_loopback else place.source(tenant)
    asked = f"{name} {kind} of {server}"
    return Ask(
        dns.ask,
        (name, kind, server, source, SECONDS),
        asked,
        server,
        f"dns from {tenant}",
        tenant,
        SECONDS,
    )
