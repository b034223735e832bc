"""Reads the secrets that the site file refers to into the wallet, and shows none."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from krbcheck.credentials.binary import BadFile
from krbcheck.credentials.redaction import OPENED
from krbcheck.credentials.wallet import Credential, Secret, Wallet
from krbcheck.facts.groups import CacheContent
from krbcheck.site.reading import SiteError, one_line
from krbcheck.site.stated import Principal, SecretKind, SecretSource, Site, Tenant, TicketSource

MAX_BYTES = 16 << 20


class Lacking(Exception):
    """There is no secret, which is no mistake in the site file: what needs it is not determined, for this reason."""


@dataclass(frozen=True)
class Surroundings:
    """The sources of secrets other than files. `prompt` is None if there is no terminal."""

    site_file: str
    environ: Mapping[str, str]
    prompt: Callable[[str], str] | None
    warn: Callable[[str], None]


def wallet_of(site: Site, tenants: Iterable[Tenant], around: Surroundings) -> Wallet:
    """Returns the credentials that queries from this host need; raises SiteError if a file is
    unreadable or malformed. From the first secret on, tracebacks of this process are redacted with it.
    """
    credentials: dict[str, Credential] = {}
    lacking: dict[str, str] = {}
    made = Wallet(credentials, lacking)
    OPENED.append(made)
    tenants = tuple(tenants)
    rc4 = {domain.realm for domain in site.domains if domain.rc4}
    for principal, source in needed(site, tenants):
        if principal in credentials:
            continue
        try:
            of_realm = principal.rpartition("@")[2].upper() in rc4
            credentials[principal] = replace(credential_of(principal, source, around), rc4=of_realm)
        except Lacking as why:
            lacking[principal] = str(why)
        except BadFile as bad:
            raise _mistake(around, source.line, source.kind, principal, source.location, bad) from None
    made.caches = _caches(tenants, around)
    return made


def _mistake(around: Surroundings, line: int, kind: str, principal: str, file: str, bad: BadFile) -> SiteError:
    says = f"{around.site_file}:{line}: the {kind} of {principal}, {file}: {bad}"
    return SiteError(one_line(says if ";" in str(bad) else f"{says}; specify a {kind} that this user can read"))


def _caches(tenants: Iterable[Tenant], around: Surroundings) -> dict[str, CacheContent]:
    """Returns the tickets that the site file states of the principals' own hosts."""
    return {
        principal.name: _host_tickets(principal, principal.tickets, around)
        for tenant in tenants
        for principal in tenant.principals
        if principal.tickets is not None
    }


def _host_tickets(principal: Principal, stated: TicketSource, around: Surroundings) -> CacheContent:
    from krbcheck.credentials import host_tickets

    kind, file = ("ccache", stated.ccache) if stated.ccache else ("klist", "")
    try:
        if stated.ccache:
            source = SecretSource(SecretKind.CCACHE, stated.ccache, stated.line)
            return host_tickets.of_cache(principal.name, _read(source, around))
        listed = []
        for file in stated.klist:
            listed += host_tickets.of_klist(principal.name, file, stated.time_zone)
        return host_tickets.content(listed)
    except BadFile as bad:
        raise _mistake(around, stated.line, kind, principal.name, file, bad) from None


def needed(site: Site, tenants: Iterable[Tenant]) -> Iterator[tuple[str, SecretSource]]:
    """Yields the accounts that read directories and VMstores, the principals of the tenants that are queried from this
    host, and the backup accounts of the storages that these tenants use.
    """
    tenants = tuple(tenants)
    for domain in site.domains:
        if domain.secret is not None:
            yield domain.account, domain.secret
    for storage in site.storages:
        if storage.vmstore_api is not None and storage.vmstore_api.secret is not None:
            yield storage.vmstore_api.login, storage.vmstore_api.secret
    for tenant in tenants:
        for principal in tenant.principals:
            if principal.secret is not None:
                yield principal.name, principal.secret
    reached = {path.storage for tenant in tenants for path in tenant.data_paths}
    for backup in site.backups:
        for principal in backup.principals if backup.storage in reached else ():
            if principal.secret is not None:
                yield principal.name, principal.secret


def credential_of(principal: str, source: SecretSource, around: Surroundings) -> Credential:
    """Reads the secret of one account. Raises Lacking, or BadFile if the file is unreadable or malformed."""
    match source.kind:
        case SecretKind.ENV:
            return Credential(principal, source, password=_from_environment(source.location, around.environ))
        case SecretKind.PROMPT:
            return Credential(principal, source, password=_from_prompt(principal, around.prompt))
        case SecretKind.FILE:
            return Credential(principal, source, password=_password(_read(source, around)))
        case SecretKind.KEYTAB:
            return _from_keytab(principal, source, _read(source, around))
        case SecretKind.CCACHE:
            return _from_ccache(principal, source, _read(source, around))


def _from_environment(name: str, environ: Mapping[str, str]) -> Secret:
    if name not in environ:
        raise Lacking(f"environment variable {name} is not set")
    if not environ[name]:
        raise Lacking(f"environment variable {name} is empty")
    return Secret(os.fsencode(environ[name]))


def _from_prompt(principal: str, prompt: Callable[[str], str] | None) -> Secret:
    if prompt is None:
        raise Lacking(f"no terminal is available for the password prompt of {principal}")
    try:
        typed = prompt(f"Password for {principal}: ")
    except EOFError:
        typed = ""
    if not typed:
        raise Lacking(f"no password for {principal} was entered")
    return Secret(typed)


def _read(source: SecretSource, around: Surroundings) -> bytes:
    path = Path(source.location)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as bad:
        raise BadFile(f"it cannot be read: {getattr(bad, 'strerror', None) or 'not a valid file name'}") from None
    if len(data) > MAX_BYTES:
        raise BadFile(f"it is larger than {MAX_BYTES} bytes")
    if stat.S_ISREG(mode) and mode & stat.S_IROTH:
        shown = one_line(source.location)
        around.warn(
            f"{around.site_file}:{source.line}: every user of this host can read {shown}; run chmod 600 {shown}"
        )
    return data


def _password(data: bytes) -> Secret:
    """Returns the content of the file without the newline that editors add at its end."""
    secret = data.removesuffix(b"\n").removesuffix(b"\r")
    if not secret:
        raise BadFile("it is empty")
    return Secret(secret)


def _from_keytab(principal: str, source: SecretSource, data: bytes) -> Credential:
    from krbcheck.credentials import keytab

    held = keytab.entries(data)
    keys = keytab.newest_keys(held, principal)
    if not keys:
        raise BadFile(
            f"it contains no key of {principal}; it contains keys of {_some({entry.principal for entry in held})}"
        )
    return Credential(principal, source, keys=keys)


def _from_ccache(principal: str, source: SecretSource, data: bytes) -> Credential:
    from krbcheck.credentials import ccache

    owner, held = ccache.tickets(data)
    if owner.casefold() != principal.casefold():
        raise BadFile(f"it contains no ticket of {principal}; it contains tickets of {_some({owner})}")
    if not held:
        raise BadFile("it contains no ticket; get one with kinit")
    return Credential(principal, source, tickets=tuple(held))


def _some(names: set[str]) -> str:
    shown = [name[:80] for name in sorted(names)[:5]]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(shown) + more if shown else "no account"
