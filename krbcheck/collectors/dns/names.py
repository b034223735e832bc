"""Resolves the names of the data paths, for each tenant from its own source address and at each name server."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

from krbcheck.asking.ask import Asking
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.dns.name_servers import Question, domain_servers, resolve
from krbcheck.facts.names import DomainServers, NameAnswer, NameAnswers, ReverseAnswer
from krbcheck.site.stated import DataPath, Site, Tenant

MAX_ADDRESSES = 16
"""The addresses of one name whose reverse name is queried: a name server may return thousands."""


def name_answers(site: Site, this_host: ThisHost) -> Asking[NameAnswers]:
    tenants = this_host.tenants(site)
    servers = yield from domain_servers(site.domains)
    asked = {
        (tenant.name, name, kind, server): _question(this_host, tenant, server, name, kind)
        for tenant in tenants
        for server in _servers(site, tenant, servers)
        for name in dict.fromkeys(path.name for _, path in site.named_paths())
        for kind in ("A", "AAAA")
    }
    seen = yield from resolve(asked.values(), site.excluded)
    forward = tuple(NameAnswer(*row, seen[question]) for row, question in asked.items())
    found = NameAnswers(forward)
    turned = {
        (tenant.name, path.name, address, server): _question(
            this_host, tenant, server, ip_address(address).reverse_pointer, "PTR"
        )
        for tenant in tenants
        for path in tenant.data_paths
        if not path.is_address
        for address in _addresses(found, tenant, path)
        for server in tenant.name_servers or _servers(site, tenant, servers)
    }
    seen = yield from resolve(turned.values(), site.excluded)
    reverse = tuple(ReverseAnswer(*row, seen[question]) for row, question in turned.items())
    return NameAnswers(forward, reverse)


def _servers(site: Site, tenant: Tenant, servers: Mapping[str, DomainServers]) -> list[str]:
    """Returns the tenant's servers and its domains'; those of this host only if none is stated, as they are not the
    tenant's.
    """
    domains = [servers[domain.name] for domain in site.domains_of(tenant)]
    stated = [*tenant.name_servers, *(server for entry in domains if entry.stated for server in entry.servers)]
    return list(dict.fromkeys(stated or (server for entry in domains for server in entry.servers)))


def _addresses(found: NameAnswers, tenant: Tenant, path: DataPath) -> list[str]:
    stated = [path.stated_address] if path.stated_address else []
    return list(dict.fromkeys(stated + found.addresses(tenant.name, path.name)))[:MAX_ADDRESSES]


def _question(this_host: ThisHost, tenant: Tenant, server: str, name: str, kind: str) -> Question:
    # A resolver on this host (127.0.0.53) cannot be queried from an address of the network.
    source = "" if ip_address(server).is_loopback else this_host.sources[tenant.name].towards(server)
    return Question(tenant.name, source, server, name, kind)
