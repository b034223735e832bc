r"""Accounts, services and paths as people type them: `ACCOUNT@REALM`, `DOMAIN\account`, a host name, a UNC path.

Everything that a command line names is read here, so that each form is understood everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from krbcheck.site.stated import Domain, Site, is_address

SERVICE = re.compile(r"[\w.-]{1,60}/[^/@\s\\]{1,255}(/[^/@\s\\]{1,255})?")
UNC = re.compile(
    r"(?:smb:|file:)?[\\/]{2}(?:[?.][\\/]UNC[\\/])?([^\\/@\s]{1,255})(?:[\\/]+([^\\/]{1,255}))?", re.IGNORECASE
)
HOST = re.compile(r"[\w.-]{1,255}")
DEFAULT_CLASS = "cifs"


class UncPath(NamedTuple):
    """A server and a share; `share` is empty if the path ends with the server."""

    server: str
    share: str


class TypedAccount(NamedTuple):
    """An account without its domain, and the domain as it was typed; empty if none was."""

    account: str
    domain: str


def unc_path(typed: str) -> UncPath | None:
    r"""The server and the share of `\\server\share\…`, `//server/share` or `smb://server/share`; None for others."""
    match = UNC.match(_bare(typed))
    return UncPath(match[1].lower().rstrip("."), match[2] or "") if match else None


def service_name(typed: str) -> str:
    """The SPN that Windows requests for what was typed: `cifs/` and the server of a path or a host name.

    A realm after the SPN is left out. Empty if no SPN can be made of it: for text, or an address, which has no SPN.
    """
    text = _bare(typed)
    path = unc_path(text)
    if path is not None:
        return "" if is_address(path.server) else f"{DEFAULT_CLASS}/{path.server}"
    text = text.rpartition("@")[0] if "/" in text and "@" in text else text
    if SERVICE.fullmatch(text):
        return text
    if "/" not in text and "." in text and HOST.fullmatch(text) and not is_address(text):
        return f"{DEFAULT_CLASS}/{text.lower().rstrip('.')}"
    return ""


def typed_account(typed: str, site: Site) -> TypedAccount:
    r"""The account and the domain of `ACCOUNT@REALM`, `DOMAIN\account`, `host/FQDN`, an FQDN or a bare name."""
    text = _bare(typed)
    domain, slash, account = text.partition("\\")
    if slash:
        return TypedAccount(account, domain)
    account, at, realm = text.rpartition("@")
    if at:
        return TypedAccount(account.removeprefix("host/"), realm)
    text = text[5:] if text.lower().startswith("host/") else text
    for known in sorted(site.domains, key=lambda entry: -len(entry.name)):
        if text.lower().rstrip(".").endswith(f".{known.name}"):
            return TypedAccount(text[: -len(known.name) - 1].rstrip("."), known.name)
    return TypedAccount(text, "")


def matching(typed: str, names: Iterable[str], site: Site) -> list[str]:
    """The principals among `names` (`account@REALM`) that were typed; a computer is found without its `$`, too.

    Letter case is ignored. A domain is known by its DNS name, its realm, and the first label of it, which usually is
    its NetBIOS name.
    """
    wanted = typed_account(typed, site)
    account = wanted.account.casefold()
    same = [name for name in dict.fromkeys(names) if _is_in(name.rpartition("@")[2], wanted.domain)]
    exact = [name for name in same if name.rpartition("@")[0].casefold() == account]
    return exact or [name for name in same if name.rpartition("@")[0].casefold() == f"{account}$"]


def _is_in(realm: str, domain: str) -> bool:
    return not domain or domain.lower().rstrip(".") in (realm.lower(), realm.lower().partition(".")[0])


def domain_called(name: str, site: Site) -> Domain | None:
    """The domain with this DNS name, realm or NetBIOS name."""
    return next((domain for domain in site.domains if _is_in(domain.name, name)), None) if name else None


def accounts(site: Site) -> Iterator[str]:
    r"""Every account that the site file states, as `account@REALM`.

    These are principals, accounts that read a directory, those of backups and storages, and administrators.
    Administrators may be groups; `DOMAIN\name` of a domain that the site file does not state is left out.
    """
    yield from (principal.name for _, principal in site.principals())
    yield from (account for backup in site.backups for account in backup.accounts)
    yield from (domain.account for domain in site.domains if domain.account)
    yield from (storage.account for storage in site.storages)
    stated = [
        *(storage.administrators for storage in site.storages),
        *(tenant.administrators for tenant in site.tenants),
    ]
    for name in (entry for entries in stated for entry in entries):
        domain = domain_called(name.partition("\\")[0], site) if "\\" in name else None
        if domain is not None:
            yield f"{name.partition(chr(92))[2]}@{domain.realm}"


def _bare(typed: str) -> str:
    """The text without quotes; nothing if it contains control characters."""
    return typed.strip().strip("'\"") if typed.strip().isprintable() else ""
