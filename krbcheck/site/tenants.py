"""The tenants of the site file, and what two of them must not share: a network, a share, a principal."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TypeVar

from krbcheck.site.fields import (
    Fields,
    address,
    addresses,
    choice,
    encrypted,
    entries,
    groups,
    items,
    label,
    misplaced,
    network,
    path_name,
    principal,
    text,
)
from krbcheck.site.form import DataPathForm, PrincipalForm, ShareForm, TenantForm, VantageForm
from krbcheck.site.mistakes import Mistake, Mistakes
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

    def __init__(self, domains: Collection[str], storages: Collection[str], folder: Path, mistakes: Mistakes) -> None:
        self.domains = domains
        self.storages = storages
        self.folder = folder
        self.mistakes = mistakes
        self.networks: dict[str, tuple[str, int]] = {}
        self.shares: dict[tuple[str, str], tuple[str, int]] = {}
        self.principals: dict[str, tuple[str, int]] = {}

    def read(self, node: Node) -> tuple[Tenant, ...]:
        found: list[Tenant] = []
        for key, value in entries(node, "tenants", "tenants: {alice: {networks: […], data_paths: […]}}", self.mistakes):
            with self.mistakes.kept():
                if wrong := misplaced(key, "the name of a tenant", "a tenant"):
                    raise wrong
                found.append(self._tenant(label(key, "a tenant's name"), value))
        return tuple(found)

    def _tenant(self, name: str, node: Node) -> Tenant:
        fields = Fields(node, f"tenant {name}", TenantForm, self.mistakes)
        read = self.mistakes.read
        networks: tuple[str, ...] = read((), lambda: self._networks(name, fields["networks"]))
        paths: tuple[DataPath, ...] = read((), lambda: self._data_paths(name, networks, fields["data_paths"]))
        vantage, servers = fields.get("vantage"), fields.get("name_servers")
        return Tenant(
            name,
            networks,
            read((), addresses, servers, f"name_servers of {name}", self.mistakes) if servers else (),
            read("", self._source, name, networks, vantage) if vantage else "",
            paths,
            read((), self._shares, name, paths, fields.get("shares")),
            read((), self._principals, name, fields.get("principals")),
            read((), groups, fields.get("administrators"), f"administrators of {name}", self.mistakes),
        )

    def _networks(self, name: str, node: Node) -> tuple[str, ...]:
        found: list[str] = []
        for entry in items(node, f"networks of {name}", "a list such as [10.77.11.0/24]"):
            with self.mistakes.kept():
                found.append(self._network(name, entry))
        return tuple(found)

    def _network(self, name: str, entry: Node) -> str:
        stated = network(entry, f"a network of {name}")
        for other, (owner, line) in self.networks.items():
            here, there = ip_network(stated), ip_network(other)
            if here.version == there.version and here.overlaps(there):
                whose = "the same tenant" if owner == name else f"tenant {owner}"
                says = f"network {stated} of {name} overlaps {other} of {whose} in line {line}"
                raise Mistake(entry.line, says, "state each network once, for one tenant")
        self.networks[stated] = (name, entry.line)
        return stated

    def _source(self, name: str, networks: tuple[str, ...], node: Node) -> str:
        fields = Fields(node, f"vantage of {name}", VantageForm, self.mistakes)
        source = address(fields["source"], f"source of {name}'s vantage")
        _within(source, f"the vantage's source {source}", name, networks, fields["source"].line)
        return source

    def _data_paths(self, name: str, networks: tuple[str, ...], node: Node) -> tuple[DataPath, ...]:
        found: list[DataPath] = []
        for entry in items(node, f"data_paths of {name}", "a list of {name: …, storage: …}"):
            with self.mistakes.kept():
                path = self._data_path(name, networks, entry)
                if path.name in (earlier.name for earlier in found):
                    says = f"data path {path.name} is stated twice"
                    raise Mistake(entry.line, says, "state each data path of a tenant once")
                found.append(path)
        return tuple(found)

    def _data_path(self, name: str, networks: tuple[str, ...], entry: Node) -> DataPath:
        known = {"storage": f"storage: one of {', '.join(self.storages)}"} if self.storages else {}
        fields = Fields(entry, f"a data path of {name}", DataPathForm, self.mistakes, known)
        path = path_name(fields["name"], f"the name of a data path of {name}")
        storage = self.mistakes.read(
            "", lambda: choice(fields["storage"], f"the storage of data path {path}", self.storages)
        )
        stated = fields.get("address")
        where = self.mistakes.read("", address, stated, f"the address of data path {path}") if stated else ""
        if stated and where:
            with self.mistakes.kept():
                _within(where, f"the address {where} of data path {path}", name, networks, stated.line)
        return DataPath(path, storage, where)

    def _shares(self, name: str, paths: tuple[DataPath, ...], node: Node | None) -> tuple[Share, ...]:
        reached = tuple(dict.fromkeys(path.storage for path in paths if path.storage))
        found: list[Share] = []
        for entry in items(node, f"shares of {name}", "a list of {name: …, access: full}") if node else ():
            with self.mistakes.kept():
                found.append(self._share(name, reached, entry))
        return tuple(found)

    def _share(self, name: str, reached: tuple[str, ...], entry: Node) -> Share:
        fields = Fields(entry, f"a share of {name}", ShareForm, self.mistakes)
        share = _share_name(fields["name"], name)
        read, what = self.mistakes.read, f"share {share}"
        levels = tuple(Access)[::-1]
        access = read("read", lambda: choice(fields["access"], f"the access of {what}", levels))
        stated = fields.get("storage")
        if stated is None and len(reached) > 1:
            says = f"{what} has no storage, but {name} uses several"
            raise Mistake(entry.line, says, f"storage: one of {', '.join(reached)}")
        storage = choice(stated, f"the storage of {what}", reached) if stated else "".join(reached)
        encryption = read(False, encrypted, fields.get("encryption"), what)
        if storage:
            _own(self.shares, (storage, share.casefold()), f"{what} of {storage}", name, entry.line)
        return Share(share, Access(access), storage, encryption)

    def _principals(self, name: str, node: Node | None) -> tuple[Principal, ...]:
        found: list[Principal] = []
        for entry in items(node, f"principals of {name}", "a list of {name: account@REALM}") if node else ():
            with self.mistakes.kept():
                found.append(self._principal(name, entry))
        return tuple(found)

    def _principal(self, name: str, entry: Node) -> Principal:
        fields = Fields(entry, f"a principal of {name}", PrincipalForm, self.mistakes)
        source = self.mistakes.read(None, secret, fields.get("secret"), self.folder)
        stated = principal(fields["name"], f"principal of {name}", self.domains)
        _own(self.principals, stated.casefold(), f"principal {stated}", name, entry.line)
        cache = self.mistakes.read(None, tickets, fields.get("tickets"), stated, self.folder, self.mistakes)
        return Principal(stated, source, cache)


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
    if networks and not any(ip_address(where) in ip_network(name) for name in networks):
        raise Mistake(line, f"{what} lies outside the networks of {tenant}", f"an address in {', '.join(networks)}")
