"""The labels of a verdict: the objects of the site that it concerns, as data, so that one verdict can explain another.

A check passes the labels that do not follow from its subject (`about=`, or values with the name of a label). The rest
follows from the site file: a data path has an SPN, an address and a storage; a principal has a domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from krbcheck.facts.endpoints import endpoint, server_and_port
from krbcheck.facts.observation import Gap
from krbcheck.site.stated import DataPath, Site, Storage, Tenant
from krbcheck.views.trust_sides import DomainPair

Labels = Mapping[str, tuple[str, ...]]
About = Mapping[str, str | Iterable[str]]

OF_VALUES: Mapping[str, str] = {
    "principal": "principal",
    "hosts": "home",
    "home": "home",
    "service": "service",
    "path": "path",
    "share": "share",
    "storage": "storage",
    "domain": "domain",
    "kdc": "controller",
    "kdcs": "controller",
    "controllers": "controller",
    "address": "address",
    "addresses": "address",
    "port": "port",
    "endpoints": "endpoint",
    "count": "count",
}
"""The values of a finding that are labels, and the name of the label; a later name replaces an earlier one."""
SERVER_GAPS = frozenset((Gap.TIMED_OUT, Gap.OUT_OF_TIME, Gap.REFUSED, Gap.CLOSED, Gap.UNREACHABLE))
"""The gaps of a server that did not answer."""
WITH_ADDRESS = re.compile(r".*\((?P<address>[0-9A-Fa-f:.]+)\)")
"""The server of an endpoint with its name and its address: `dc1.example.com (192.0.2.1)`."""


def labels(about: About) -> Labels:
    """Returns the labels without those that have no value; each value once."""
    found = {name: (value,) if isinstance(value, str) else tuple(dict.fromkeys(value)) for name, value in about.items()}
    kept = {name: tuple(filter(None, values)) for name, values in found.items()}
    return {name: values for name, values in kept.items() if values}


def of_values(values: About) -> Labels:
    """Returns the labels among the values of a finding."""
    return labels({label: values[name] for name, label in OF_VALUES.items() if name in values})


def of_silence(gaps: Iterable[tuple[Gap | None, str]]) -> Labels:
    """Returns the servers that did not answer, alone (`server`) and with the port (`endpoint`).

    `gaps` are the gap and the server of each missing answer, as `endpoints.endpoint` writes it.
    """
    silent = [server_and_port(of) for gap, of in gaps if gap in SERVER_GAPS and of]
    bare = [(match["address"] if (match := WITH_ADDRESS.fullmatch(name)) else name, port) for name, port in silent]
    return labels(
        {"server": (name for name, _ in bare), "endpoint": (endpoint(name, port) for name, port in bare if port)}
    )


class SiteLabels:
    """What the site file adds to the labels of a verdict."""

    def __init__(self, site: Site) -> None:
        self._storages = {storage.name: _of_storage(storage) for storage in site.storages}
        self._paths: dict[tuple[str, str], Labels] = {}
        self._homes: dict[str, str] = {}
        self._asking: dict[str, tuple[str, ...]] = {}
        self._subjects: dict[tuple[str, str], Labels] = {}
        self._around: dict[str, set[str]] = {}
        for domain in site.domains:
            self._subjects["", domain.name] = {"domain": (domain.name,)}
            self._subjects["", domain.account] = {"directory": (domain.name,)}
        for storage in site.storages:
            self._subjects["", storage.name] = {"storage": (storage.name,)}
            self._subjects["", storage.account] = {"storage": (storage.name,)}
            if storage.vmstore_api is not None:
                self._subjects["", storage.vmstore_api.login] = {"appliance": (storage.name,)}
        for tenant in site.tenants:
            self._add(tenant)
        for path in {path.storage: path for _, path in site.paths()}.values():
            there = site.storage(path.storage).domain
            for home in self._around[path.storage]:
                pair = {"home": (home,), "storage_domain": (there,), "directory": (home, there)}
                self._subjects["", str(DomainPair(home, there))] = pair

    def _add(self, tenant: Tenant) -> None:
        self._asking[tenant.name] = tuple(entry.name for entry in tenant.principals if entry.secret is not None)
        for principal in tenant.principals:
            self._homes[principal.name] = principal.realm.lower()
            self._subjects[tenant.name, principal.name] = {"principal": (principal.name,)}
        for path in tenant.data_paths:
            known = self._of_path(path)
            for key in (path.name, path.spn):
                self._paths[tenant.name, key] = known
                self._subjects[tenant.name, key] = {"path": (path.name,)}
            around = self._around.setdefault(path.storage, set(known.get("storage_domain", ())))
            around.update(self._homes[principal.name] for principal in tenant.principals)

    def _of_path(self, path: DataPath) -> Labels:
        own = {"path": path.name, "service": "" if path.is_address else path.spn, "address": path.stated_address}
        return {**labels(own), **self._storages[path.storage]}

    def of(self, tenant: str, subject: str, given: Labels, *, determined: bool) -> Labels:
        """Returns the labels of a verdict about `subject` with those that were given."""
        found = {**(self._subjects.get((tenant, subject)) or self._subjects.get(("", subject)) or {}), **given}
        if not self._storages.keys() >= set(found.get("storage", ())):
            found["storage_domain"] = found.pop("storage")  # the checks of trusts name the storage's domain so
        self._complete(tenant, found)
        if not determined:
            found |= {name: values for name, values in self._needed(tenant, found) if name not in found}
        return {"tenant": (tenant,), **found} if tenant else found

    def _complete(self, tenant: str, found: dict[str, tuple[str, ...]]) -> None:
        """Adds what follows from the data path, the storage and the principals."""
        for key in (*found.get("path", ()), *found.get("service", ())):
            for name, values in self._paths.get((tenant, key), {}).items():
                found.setdefault(name, values)
        for storage in found.get("storage", ()):
            for name, values in self._storages.get(storage, {}).items():
                found.setdefault(name, values)
        homes = dict.fromkeys(self._homes[name] for name in found.get("principal", ()) if name in self._homes)
        if homes:
            found.setdefault("home", tuple(homes))

    def _needed(self, tenant: str, found: Labels) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yields the principals whose tickets and sessions a result about a data path needs, and the directories."""
        if ("path" in found or "share" in found) and self._asking.get(tenant):
            yield "principal", self._asking[tenant]
        directories = {value for name in ("storage_domain", "home", "domain") for value in found.get(name, ())}
        if "path" not in found:
            directories.update(*(self._around.get(storage, ()) for storage in found.get("storage", ())))
        if directories:
            yield "directory", tuple(sorted(directories))


def _of_storage(storage: Storage) -> Labels:
    return {"storage": (storage.name,), "storage_domain": (storage.domain,)}
