"""The backup entries of the site file: product, storage, accounts with their secrets, group, server."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import get_args

from krbcheck.site.fields import Fields, Mistake, choice, dns_name, group, items, principal
from krbcheck.site.form import BackupForm, PrincipalForm, Product
from krbcheck.site.secret_sources import secret
from krbcheck.site.stated import Backup, Principal
from krbcheck.site.yaml_tree import Mapping, Node

PRODUCTS: tuple[str, ...] = get_args(Product)
MODES = ("on-host", "off-host")


def read_backups(node: Node | None, domains: Collection[str], storages: list[str], folder: Path) -> tuple[Backup, ...]:
    entries = items(node, "backup", "a list of {product: …, storage: …, accounts: […]}") if node else ()
    return tuple(_backup(entry, domains, storages, folder) for entry in entries)


def _backup(entry: Node, domains: Collection[str], storages: list[str], folder: Path) -> Backup:
    fields = Fields(entry, "a backup", BackupForm)
    product = choice(fields["product"], "the backup's product", PRODUCTS)
    group_stated, server, mode = (fields.get(key) for key in ("group", "server", "mode"))
    if mode is not None and product != "veeam":
        raise Mistake(mode.line, f"{product} has a mode", "mode: only for veeam, on-host or off-host")
    accounts = list(_accounts(fields["accounts"], product, domains, folder))
    return Backup(
        product,
        choice(fields["storage"], f"the storage of {product}", storages),
        tuple(account.name for account in accounts),
        group(group_stated, f"the group of {product}") if group_stated else "",
        tuple(account for account in accounts if account.secret is not None),
        dns_name(server, f"the server of {product}") if server else "",
        choice(mode, f"the mode of {product}", MODES) if mode else "",
    )


def _accounts(node: Node, product: str, domains: Collection[str], folder: Path) -> Iterator[Principal]:
    """Yields each account: a name, or a mapping as for a tenant's principal."""
    for entry in items(node, f"accounts of {product}", "a list of account@REALM"):
        if not isinstance(entry, Mapping):
            yield Principal(principal(entry, f"an account of {product}", domains))
            continue
        fields = Fields(entry, f"an account of {product}", PrincipalForm)
        name = principal(fields["name"], f"an account of {product}", domains)
        yield Principal(name, secret(fields.get("secret"), folder))
