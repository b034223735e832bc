"""The tenants of the site file, and what two of them must not share: a network, a share, a principal."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TypeVar

from krbcheck.site.fields import (
    Fields,
    Mistake,
    address,
    addresses,
    choice,
    encrypted,
    entries,
    groups,
    items,
    label,
    network,
    path_name,
    principal,
    text,
)
from krbcheck.site.form import DataPathForm, PrincipalForm, ShareForm, TenantForm, VantageForm
from krbcheck.site.secret_sources import secret
from krbcheck.site.stated import Access, DataPath, Principal, Share, Tenant
from krbcheck.site.suggest import quoted
from krbcheck.site.ticket_sources import tickets
from krbcheck.site.yaml_tree import Node

BAD_IN_SHARES = '"/\\[]:|<>+=;,*?'
MAX_SHARE = 80
K = TypeVar("K")


class Tenants:
    """Reads the tenants one after another; remembers what the earlier ones own, and in which line it is stated."""

    def __init__(self, domains: Collection[str], storages: Collection[str], folder: Path) -> None:
        self.domains = domains
        self.storages = storages
        self.folder = folder
        self.networks: dict[str, tuple[str, int]] = {}
        self.shares: dict[tuple[str, str], tuple[str, int]] = {}
        self.principals: dict[str, tuple[str, int]] = {}

    def read(self, node: Node) -> tuple[Tenant, ...]:
        pairs = entries(node, "tenants", "tenants: {alice: {networks: […], data_paths: […]}}")
        return tuple(self._tenant(label(key, "a tenant's name"), value) for key, value in pairs)

    def _tenant(self, name: str, node: Node) -> Tenant:
        fields = Fields(node, f"tenant {name}", TenantForm)
        networks = self._networks(name, fields["networks"])
        paths = self._data_paths(name, networks, fields["data_paths"])
        vantage, servers = fields.get("vantage"), fields.get("name_servers")
        return Tenant(
            name,
            networks,
            addresses(servers, f"name_servers of {name}") if servers else (),
            self._source(name, networks, vantage) if vantage else "",
            paths,
            self._shares(name, paths, fields.get("shares")),
            self._principals(name, fields.get("principals")),
            groups(fields.get("administrators"), f"administrators of {name}"),
        )

    def _networks(self, name: str, node: Node) -> tuple[str, ...]:
        found: list[str] = []
        for entry in items(node, f"networks of {name}", "a list such as [10.77.11.0/24]"):
            stated = network(entry, f"a network of {name}")
            for other, (owner, line) in self.networks.items():
                here, there = ip_network(stated), ip_network(other)
                if here.version == there.version and here.overlaps(there):
                    whose = "the same tenant" if owner == name else f"tenant {owner}"
                    says = f"network {stated} of {name} overlaps {other} of {whose} in line {line}"
                    raise Mistake(entry.line, says, "state each network once, for one tenant")
            self.networks[stated] = (name, entry.line)
            found.append(stated)
        return tuple(found)

    def _source(self, name: str, networks: tuple[str, ...], node: Node) -> str:
        fields = Fields(node, f"vantage of {name}", VantageForm)
        source = address(fields["source"], f"source of {name}'s vantage")
        _within(source, f"the vantage's source {source}", name, networks, fields["source"].line)
        return source

    def _data_paths(self, name: str, networks: tuple[str, ...], node: Node) -> tuple[DataPath, ...]:
        found: list[DataPath] = []
        for entry in items(node, f"data_paths of {name}", "a list of {name: …, storage: …}"):
            known = ", ".join(self.storages)
            fields = Fields(entry, f"a data path of {name}", DataPathForm, {"storage": f"storage: one of {known}"})
            path = path_name(fields["name"], f"the name of a data path of {name}")
            storage = choice(fields["storage"], f"the storage of data path {path}", self.storages)
            if path in (earlier.name for earlier in found):
                raise Mistake(entry.line, f"data path {path} is stated twice", "state each data path of a tenant once")
            stated = fields.get("address")
            where = address(stated, f"the address of data path {path}") if stated else ""
            if stated:
                _within(where, f"the address {where} of data path {path}", name, networks, stated.line)
            found.append(DataPath(path, storage, where))
        return tuple(found)

    def _shares(self, name: str, paths: tuple[DataPath, ...], node: Node | None) -> tuple[Share, ...]:
        reached = tuple(dict.fromkeys(path.storage for path in paths))
        found: list[Share] = []
        for entry in items(node, f"shares of {name}", "a list of {name: …, access: full}") if node else ():
            fields = Fields(entry, f"a share of {name}", ShareForm)
            share = _share_name(fields["name"], name)
            access = Access(choice(fields["access"], f"the access of share {share}", tuple(Access)[::-1]))
            stated = fields.get("storage")
            if stated is None and len(reached) > 1:
                says = f"share {share} has no storage, but {name} uses several"
                raise Mistake(entry.line, says, f"storage: one of {', '.join(reached)}")
            storage = choice(stated, f"the storage of share {share}", reached) if stated else reached[0]
            _own(self.shares, (storage, share.casefold()), f"share {share} of {storage}", name, entry.line)
            found.append(Share(share, access, storage, encrypted(fields.get("encryption"), f"share {share}")))
        return tuple(found)

    def _principals(self, name: str, node: Node | None) -> tuple[Principal, ...]:
        found: list[Principal] = []
        for entry in items(node, f"principals of {name}", "a list of {name: account@REALM}") if node else ():
            fields = Fields(entry, f"a principal of {name}", PrincipalForm)
            stated = principal(fields["name"], f"principal of {name}", self.domains)
            _own(self.principals, stated.casefold(), f"principal {stated}", name, entry.line)
            source, cache = fields.get("secret"), fields.get("tickets")
            found.append(Principal(stated, secret(source, self.folder), tickets(cache, stated, self.folder)))
        return tuple(found)


def _own(owned: dict[K, tuple[str, int]], key: K, what: str, tenant: str, line: int) -> None:
    """Records the owner; a second owner is a mistake."""
    if key in owned:
        owner, where = owned[key]
        whose = "already stated" if owner == tenant else f"already tenant {owner}'s"
        raise Mistake(line, f"{what} is {whose} in line {where}", "state it once, for one tenant")
    owned[key] = (tenant, line)


def _share_name(node: Node, tenant: str) -> str:
    share = text(node, f"the name of a share of {tenant}", "a share's name such as AliceVMs")
    if len(share) > MAX_SHARE or any(name in BAD_IN_SHARES for name in share):
        allowed = f"at most {MAX_SHARE} characters, none of {BAD_IN_SHARES}"
        raise Mistake(node.line, f"the name of a share of {tenant} is {quoted(share)}", allowed)
    return share


def _within(where: str, what: str, tenant: str, networks: tuple[str, ...], line: int) -> None:
    if not any(ip_address(where) in ip_network(name) for name in networks):
        raise Mistake(line, f"{what} lies outside the networks of {tenant}", f"an address in {', '.join(networks)}")
