"""What the command line of `krbcheck init` states, checked before the first query. Raises Mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import get_args

from krbcheck.cli.init_scope import Wish
from krbcheck.cli.mistakes import Mistake
from krbcheck.site.fields import LABEL
from krbcheck.site.form import Product
from krbcheck.site.reading import one_line
from krbcheck.site.stated import Domain, Principal, SecretKind, SecretSource, Storage, realm_of
from krbcheck.site.suggest import quoted

MOST_KEYTABS = 500
FORMS = "env:NAME, file:PATH, keytab:PATH or ccache:PATH"


def wished(
    domains: Sequence[str],
    storages: Sequence[str],
    accounts: Sequence[str],
    networks: Sequence[str],
    servers: Sequence[str],
    keytabs: Path | None,
    product: str,
    output: Path,
) -> Wish:
    """Returns what is stated. The realm of a storage is a domain too."""
    names = [_domain(name) for name in domains]
    accounts_of = [_storage(typed, names[-1]) for typed in storages]
    names = list(dict.fromkeys([*names, *(realm_of(account).lower() for account in accounts_of)]))
    readers = dict(_reader(typed, names) for typed in accounts)
    if product and product not in get_args(Product):
        raise Mistake(f"--backup is {quoted(product)}; allowed: {', '.join(get_args(Product))}")
    folder = output.parent.absolute()
    stated = tuple(
        Domain(name, *readers.get(name, ("", None)), name_servers=tuple(_address(server) for server in servers))
        for name in names
    )
    return Wish(
        stated,
        tuple(Storage(name, account) for name, account in zip(_labels(accounts_of), accounts_of, strict=True)),
        tuple(_network(network) for network in networks),
        product,
        tuple(_keytabs(keytabs, names)) if keytabs is not None else (),
        folder,
    )


def _domain(typed: str) -> str:
    name = typed.strip().lower().removesuffix(".")
    if "." not in name or not all(LABEL.fullmatch(label) for label in name.split(".")):
        raise Mistake(f"--domain is {quoted(typed)}; allowed: the DNS name of a domain, such as vmlevel.com")
    return name


def _storage(typed: str, domain: str) -> str:
    account, _, realm = typed.partition("@")
    if not account or re.search(r"[\s\\/@]", account + realm):
        raise Mistake(f"--storage is {quoted(typed)}; allowed: an account such as 'VMSTORE$@TINTRI.COM'")
    return f"{account}@{_domain(realm or domain).upper()}"


def _labels(accounts: Sequence[str]) -> list[str]:
    names = [
        re.sub(r"[^\w.-]", "-", account.partition("@")[0].rstrip("$").lower()) or "storage" for account in accounts
    ]
    if len(set(names)) == len(names):
        return names
    return [f"{name}-{number}" for number, name in enumerate(names, 1)]


def _reader(typed: str, domains: Sequence[str]) -> tuple[str, tuple[str, SecretSource | None]]:
    account, _, source = typed.partition("=")
    name, _, realm = account.rpartition("@")
    if not name or realm.lower() not in domains:
        known = ", ".join(domain.upper() for domain in domains)
        raise Mistake(f"--account is {quoted(account)}; allowed: NAME@REALM with a realm of {known}")
    stated = f"{name}@{realm.upper()}"
    if not source:
        return realm.lower(), (stated, SecretSource(SecretKind.PROMPT))
    kind, _, location = source.partition(":")
    if kind not in ("env", "file", "keytab", "ccache") or not location:
        raise Mistake(f"--account {quoted(account)} has a source that is unknown; allowed: {FORMS}; never a password")
    if kind != "env":
        location = str(Path(location).absolute())
    return realm.lower(), (stated, SecretSource(SecretKind(kind), location))


def _network(typed: str) -> str:
    try:
        if "/" not in typed:
            raise ValueError
        return str(ip_network(typed, strict=False))
    except ValueError:
        raise Mistake(f"--network is {quoted(typed)}; allowed: a network such as 10.77.11.0/24") from None


def _address(typed: str) -> str:
    try:
        return str(ip_address(typed))
    except ValueError:
        raise Mistake(f"--name-server is {quoted(typed)}; allowed: an IP address such as 10.77.0.10") from None


def _keytabs(folder: Path, domains: Sequence[str]) -> Iterator[Principal]:
    """Yields the computer accounts of the domains with a key in a keytab of the folder."""
    from krbcheck.credentials.binary import BadFile
    from krbcheck.credentials.keytab import entries

    if not folder.is_dir():
        raise Mistake(f"{one_line(str(folder))}: is not a folder; name the folder of the keytabs with --keytabs")
    seen: set[str] = set()
    for file in sorted(folder.glob("*.keytab"))[:MOST_KEYTABS]:
        try:
            names = dict.fromkeys(entry.principal for entry in entries(file.read_bytes()))
        except (OSError, BadFile) as bad:
            why = getattr(bad, "strerror", None) or str(bad)
            raise Mistake(f"{one_line(str(file))}: cannot be read: {why}; remove it from the folder") from None
        for name in names:
            account, _, realm = name.rpartition("@")
            if account.endswith("$") and realm.lower() in domains and name.casefold() not in seen:
                seen.add(name.casefold())
                yield Principal(f"{account}@{realm.upper()}", SecretSource(SecretKind.KEYTAB, str(file.absolute())))
