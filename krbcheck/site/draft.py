"""The draft of a site file: what was found, each value with the reason for it, as YAML with comments.

Values and reasons contain text of servers: values are written as quoted YAML scalars, comments on one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import get_args

from krbcheck.site.form import Product

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._-]*\Z")
AMBIGUOUS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))
MOST_COMMENT = 160


@dataclass(frozen=True)
class Guess:
    """A value and why it is likely; `todo` if a user must confirm it."""

    value: str
    why: str = ""
    todo: bool = False


@dataclass
class DomainDraft:
    """`secret` is the source as YAML, such as `{prompt: true}`. `order` is None if it is not known."""

    name: str
    account: str = ""
    secret: str = ""
    name_servers: tuple[str, ...] = ()
    order: tuple[str, ...] | None = None
    order_why: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass
class StorageDraft:
    name: str
    account: str
    why: str = ""
    administrators: list[Guess] = field(default_factory=list)
    management: Guess | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class PathDraft:
    name: str
    storage: str
    address: str = ""
    why: str = ""


@dataclass
class ShareDraft:
    name: str
    access: str
    storage: str
    why: str = ""


@dataclass
class PrincipalDraft:
    """`secret` is the source as YAML; without it, the line has a TODO."""

    name: str
    secret: str = ""
    why: str = ""


@dataclass
class TenantDraft:
    name: str
    why: str = ""
    networks: list[Guess] = field(default_factory=list)
    paths: list[PathDraft] = field(default_factory=list)
    shares: list[ShareDraft] = field(default_factory=list)
    principals: list[PrincipalDraft] = field(default_factory=list)
    administrators: list[Guess] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class BackupDraft:
    """The holders of backup rights. Without a `product` the entry is written as a comment."""

    storage: str
    group: str = ""
    accounts: list[PrincipalDraft] = field(default_factory=list)
    product: str = ""
    why: str = ""


@dataclass
class Draft:
    domains: list[DomainDraft] = field(default_factory=list)
    storages: list[StorageDraft] = field(default_factory=list)
    tenants: list[TenantDraft] = field(default_factory=list)
    backups: list[BackupDraft] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def scalar(value: str) -> str:
    """Returns a value as a YAML scalar that reads back as the same text, also within `{…}`."""
    kept = "".join(letter if letter.isprintable() else "\ufffd" for letter in value)
    if PLAIN.match(kept) and kept.lower() not in AMBIGUOUS:
        return kept
    return "'" + kept.replace("'", "''") + "'"


def comment(text: str) -> str:
    """Returns text as the content of a comment, on one line."""
    kept = "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(text.split()))
    return kept if len(kept) <= MOST_COMMENT else f"{kept[:MOST_COMMENT]}…"


def todos(text: str) -> list[str]:
    """Returns the lines of a draft that a user must complete."""
    return [line.strip() for line in text.splitlines() if "TODO" in line]


def render(draft: Draft, head: Iterable[str]) -> str:
    """Returns the site file. `head` are the lines of the comment at its beginning."""
    lines = [*(f"# {comment(line)}" for line in head), "krbcheck: 1", ""]
    lines += [_note(note, "") for note in draft.notes]
    lines += ["domains:", *(line for domain in draft.domains for line in _domain(domain)), ""]
    lines += ["storage:", *(line for storage in draft.storages for line in _storage(storage)), ""]
    if draft.tenants:
        lines += ["tenants:", *(line for tenant in draft.tenants for line in _tenant(tenant)), ""]
    else:
        lines += ["# TODO tenants: {NAME: {networks: […], data_paths: […]}}, because no data path was found", ""]
    lines += _backups(draft.backups)
    return "\n".join(lines).rstrip() + "\n"


def _note(text: str, indent: str) -> str:
    return f"{indent}# {comment(text)}"


def _with(line: str, why: str, *, todo: bool = False) -> str:
    said = f"TODO confirm: {why}" if todo else why
    return f"{line}  # {comment(said)}" if said else line


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(scalar(value) for value in values)}]"


def _domain(domain: DomainDraft) -> Iterator[str]:
    yield f"  {scalar(domain.name)}:"
    if domain.account:
        yield f"    account: {scalar(domain.account)}"
        prompted = "or {env: NAME}, {file: PATH}: then no run prompts" if "prompt" in domain.secret else ""
        yield _with(f"    secret: {domain.secret}", prompted) if domain.secret else "    # TODO secret: {prompt: true}"
    else:
        yield f"    # TODO account: NAME@{domain.name.upper()}, any account of the domain, and its secret"
    if domain.name_servers:
        yield f"    name_servers: {_list(domain.name_servers)}"
    if domain.order:
        yield _with(f"    forest_search_order: {_list(domain.order)}", domain.order_why)
    elif domain.order_why:
        yield _note(domain.order_why, "    ")
    for note in domain.notes:
        yield _note(note, "    ")


def _storage(storage: StorageDraft) -> Iterator[str]:
    yield f"  {scalar(storage.name)}:"
    yield _with(f"    account: {scalar(storage.account)}", storage.why)
    if storage.administrators:
        reasons = "; ".join(dict.fromkeys(guess.why for guess in storage.administrators))
        yield _with(f"    administrators: {_list(guess.value for guess in storage.administrators)}", reasons)
    else:
        yield "    # TODO administrators: ['DOMAIN\\GROUP'], the only ones who may access every share"
    if storage.management is not None:
        yield _with(f"    management: {scalar(storage.management.value)}", storage.management.why)
    else:
        yield "    # TODO management: the name or address for administration, which no tenant may connect to"
    for note in storage.notes:
        yield _note(note, "    ")


def _tenant(tenant: TenantDraft) -> Iterator[str]:
    yield _with(f"  {scalar(tenant.name)}:", tenant.why)
    yield "    networks:"
    for network in tenant.networks:
        yield _with(f"      - {scalar(network.value)}", network.why, todo=network.todo)
    yield "    # TODO name_servers: [ADDRESS] of this tenant's hosts, if they are not those of the domains"
    yield "    data_paths:"
    for path in tenant.paths:
        address = f", address: {scalar(path.address)}" if path.address else ""
        yield _with(f"      - {{name: {scalar(path.name)}{address}, storage: {scalar(path.storage)}}}", path.why)
    yield from _shares(tenant)
    yield from _principals(tenant)
    if tenant.administrators:
        reasons = "; ".join(dict.fromkeys(guess.why for guess in tenant.administrators))
        yield _with(f"    administrators: {_list(guess.value for guess in tenant.administrators)}", reasons)
    for note in tenant.notes:
        yield _note(note, "    ")


def _shares(tenant: TenantDraft) -> Iterator[str]:
    if not tenant.shares:
        yield "    # TODO shares: [{name: NAME, access: full}], because no share of this tenant was found"
        return
    yield "    shares:"
    for share in tenant.shares:
        line = f"name: {scalar(share.name)}, access: {share.access}, storage: {scalar(share.storage)}"
        yield _with(f"      - {{{line}}}", share.why)


def _principals(tenant: TenantDraft) -> Iterator[str]:
    if not tenant.principals:
        yield "    # TODO principals: [{name: 'HOST$@REALM', secret: {keytab: FILE}}], because no host was found"
        return
    yield "    # TODO tickets: {ccache: FILE} at each principal, a copy of its host's cache, shows outdated tickets"
    yield "    principals:"
    for principal in tenant.principals:
        secret = f", secret: {principal.secret}" if principal.secret else ""
        lacking = "" if principal.secret else "; TODO secret: {keytab: FILE}, for its tickets and sessions"
        yield _with(f"      - {{name: {scalar(principal.name)}{secret}}}", f"{principal.why}{lacking}".lstrip("; "))


def _backups(backups: Iterable[BackupDraft]) -> Iterator[str]:
    entries = list(backups)
    if not entries:
        yield "# TODO backup: [{product: …, storage: …, accounts: […]}]: no group with backup rights was found"
        return
    known = all(entry.product for entry in entries)
    if not known:
        products = ", ".join(get_args(Product))
        yield f"# TODO backup: remove the # of the next lines, and replace PRODUCT: {products}"
    mark = "" if known else "# "
    yield f"{mark}backup:"
    for entry in entries:
        accounts = ", ".join(
            f"{{name: {scalar(account.name)}, secret: {account.secret}}}" if account.secret else scalar(account.name)
            for account in entry.accounts
        )
        group = f", group: {scalar(entry.group)}" if entry.group else ""
        product = entry.product or "PRODUCT"
        line = f"{{product: {product}, storage: {scalar(entry.storage)}, accounts: [{accounts}]{group}}}"
        yield _with(f"{mark}  - {line}", entry.why)
