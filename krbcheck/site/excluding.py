"""Reads `exclude` of the site file. What the site file states elsewhere cannot be excluded: that is a mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator

from krbcheck.site.exclusions import Exclusions
from krbcheck.site.fields import Fields, group, items, path_name, text
from krbcheck.site.form import ExcludeForm
from krbcheck.site.mistakes import Mistake, Mistakes
from krbcheck.site.stated import Site
from krbcheck.site.suggest import quoted
from krbcheck.site.typed import accounts, matching
from krbcheck.site.yaml_tree import Node

PRINCIPAL = re.compile(r"[^@\s\\]+@[^@\s\\]+")


def exclusions(node: Node, site: Site, mistakes: Mistakes) -> Exclusions:
    """Returns the accounts and hosts of `exclude`, each once."""
    fields = Fields(node, "exclude", ExcludeForm, mistakes)
    named, hosts = fields.get("accounts"), fields.get("hosts")
    return Exclusions(
        tuple(dict.fromkeys(_accounts(named, site, mistakes))) if named else (),
        tuple(dict.fromkeys(_hosts(hosts, site, mistakes))) if hosts else (),
    )


def _accounts(node: Node, site: Site, mistakes: Mistakes) -> Iterator[str]:
    known = list(accounts(site))
    for entry in items(node, "accounts of exclude", "a list of accounts"):
        with mistakes.kept():
            typed = _account(entry)
            if same := matching(typed, known, site):
                raise Mistake(entry.line, f"{same[0]} is excluded, but the site file states it", "remove one of both")
            yield typed


def _account(entry: Node) -> str:
    """Returns `account@REALM`, the realm in upper case, `DOMAIN\\name`, or a SID."""
    typed = text(entry, "an account of exclude", "account@REALM, 'DOMAIN\\name' or a SID")
    if "@" not in typed:
        return group(entry, "an account of exclude")
    if not PRINCIPAL.fullmatch(typed):
        raise Mistake(entry.line, f"an account of exclude is {quoted(typed)}", "account@REALM, 'DOMAIN\\name' or a SID")
    name, _, realm = typed.partition("@")
    return f"{name}@{realm.upper()}"


def _hosts(node: Node, site: Site, mistakes: Mistakes) -> Iterator[str]:
    stated = dict(_stated(site))
    for entry in items(node, "hosts of exclude", "a list of DNS names and IP addresses"):
        with mistakes.kept():
            host = path_name(entry, "a host of exclude")
            if what := stated.get(host):
                says = f"{host} is excluded, but the site file states it as {what}"
                raise Mistake(entry.line, says, "remove one of both")
            yield host


def _stated(site: Site) -> Iterator[tuple[str, str]]:
    """Yields the hosts that the site file states for queries, and what they are."""
    for domain in site.domains:
        yield from ((server, f"a name server of {domain.name}") for server in domain.name_servers)
    for storage in site.storages:
        yield storage.management, f"the management of {storage.name}"
        if storage.vmstore_api is not None:
            yield storage.vmstore_api.host, f"the vmstore_api of {storage.name}"
    for tenant in site.tenants:
        yield from ((server, f"a name server of {tenant.name}") for server in tenant.name_servers)
        for path in tenant.data_paths:
            yield path.name, f"a data path of {tenant.name}"
            yield path.stated_address, f"the address of a data path of {tenant.name}"
    for backup in site.backups:
        yield backup.server, f"the server of {backup.product}"
