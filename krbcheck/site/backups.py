"""The backup entries of the site file: product, storage, accounts with their secrets, group, server."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import get_args

from krbcheck.site.fields import Fields, choice, dns_name, group, items, principal
from krbcheck.site.form import BackupForm, PrincipalForm, Product
from krbcheck.site.mistakes import Mistake, Mistakes
from krbcheck.site.secret_sources import secret
from krbcheck.site.stated import Backup, Principal
from krbcheck.site.yaml_tree import Mapping, Node

PRODUCTS: tuple[str, ...] = get_args(Product)
MODES = ("on-host", "off-host")


def read_backups(
    node: Node | None, domains: Collection[str], storages: list[str], folder: Path, mistakes: Mistakes
) -> tuple[Backup, ...]:
    found: list[Backup] = []
    for entry in items(node, "backup", "a list of {product: …, storage: …, accounts: […]}") if node else ():
        with mistakes.kept():
            found.append(_backup(Fields(entry, "a backup", BackupForm, mistakes), domains, storages, folder))
    return tuple(found)


def _backup(fields: Fields, domains: Collection[str], storages: list[str], folder: Path) -> Backup:
    read = fields.mistakes.read
    product = read("", lambda: choice(fields["product"], "the backup's product", PRODUCTS))
    shown = product or "the backup"
    accounts: list[Principal] = read([], lambda: _accounts(fields["accounts"], shown, domains, folder, fields.mistakes))
    group_stated, server = fields.get("group"), fields.get("server")
    return Backup(
        product,
        read("", lambda: choice(fields["storage"], f"the storage of {shown}", storages)),
        tuple(account.name for account in accounts),
        read("", group, group_stated, f"the group of {shown}") if group_stated else "",
        tuple(account for account in accounts if account.secret is not None),
        read("", dns_name, server, f"the server of {shown}") if server else "",
        read("", _mode, fields.get("mode"), product),
    )


def _mode(node: Node | None, product: str) -> str:
    if node is None:
        return ""
    if product and product != "veeam":
        raise Mistake(node.line, f"{product} has a mode", "mode: only for veeam, on-host or off-host")
    return choice(node, "the mode of veeam", MODES)


def _accounts(node: Node, product: str, domains: Collection[str], folder: Path, mistakes: Mistakes) -> list[Principal]:
    """Returns the accounts, each of which is a name, or a mapping as for a tenant's principal."""
    found: list[Principal] = []
    for entry in items(node, f"accounts of {product}", "a list of account@REALM"):
        with mistakes.kept():
            if not isinstance(entry, Mapping):
                found.append(Principal(principal(entry, f"an account of {product}", domains)))
                continue
            fields = Fields(entry, f"an account of {product}", PrincipalForm, mistakes)
            source = mistakes.read(None, secret, fields.get("secret"), folder)
            found.append(Principal(principal(fields["name"], f"an account of {product}", domains), source))
    return found
