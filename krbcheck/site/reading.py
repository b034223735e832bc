"""Reads the site file from YAML. A mistake is one line: file, line, what is wrong, what is allowed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from krbcheck import __version__
from krbcheck.site.backups import read_backups
from krbcheck.site.fields import (
    NOT_HERE,
    Fields,
    Mistake,
    addresses,
    choice,
    dns_name,
    encrypted,
    entries,
    groups,
    items,
    label,
    path_name,
    ports,
    principal,
    text,
)
from krbcheck.site.form import DomainForm, SiteForm, StorageForm, VmstoreApiForm
from krbcheck.site.secret_sources import secret
from krbcheck.site.stated import Domain, Site, Storage, VmstoreApi, realm_of
from krbcheck.site.suggest import allowed_of, quoted
from krbcheck.site.tenants import Tenants
from krbcheck.site.yaml_tree import BadYaml, Mapping, Node, Text, read_tree

FORM = 1
MAX_BYTES = 1 << 20


class SiteError(Exception):
    """The user's mistake in one line: `FILE:LINE: what is wrong; what is allowed`. Holds no secret."""


def read_site(path: Path) -> Site:
    """Reads the file at `path`; secrets are not looked at. Raises SiteError."""
    shown = one_line(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise SiteError(f"{shown}: is a directory; a site file is YAML that begins with 'krbcheck: 1'") from None
    except (OSError, ValueError) as bad:
        why = getattr(bad, "strerror", None) or "not a valid file name"
        raise SiteError(f"{shown}: cannot be read: {why}; specify a site file") from None
    return site_of(data, shown, path)


def site_of(data: bytes, shown: str, path: Path) -> Site:
    """`shown` is how messages call the file, `path` where it lies (its secrets' paths are relative to its folder)."""
    try:
        if len(data) > MAX_BYTES:
            raise BadYaml(1, f"the file is larger than {MAX_BYTES} bytes, the maximum of a site file")
        try:
            typed = data.decode("utf-8-sig")
        except UnicodeDecodeError as bad:
            line = data.count(b"\n", 0, bad.start) + 1
            raise BadYaml(line, "the file is not UTF-8 text; a site file is YAML in UTF-8") from None
        return _site(read_tree(typed), path)
    except BadYaml as bad:
        raise SiteError(f"{shown}:{bad.line}: {bad.says}") from None
    except Mistake as bad:
        raise SiteError(f"{shown}:{bad.line}: {bad.says}; {bad.allowed}") from None


def one_line(typed: str) -> str:
    return "".join(name if name.isprintable() else "\ufffd" for name in typed)


def _site(root: Node, path: Path) -> Site:
    _version(root)
    fields = Fields(root, "the site file", SiteForm)
    folder = path.parent.absolute()
    domains = _domains(fields["domains"], folder)
    known = [domain.name for domain in domains]
    storages = _storages(fields["storage"], known, folder)
    tenants = Tenants(known, [storage.name for storage in storages], folder).read(fields["tenants"])
    backups = read_backups(fields.get("backup"), known, [storage.name for storage in storages], folder)
    return Site(one_line(path.name), domains, storages, tenants, backups)


def _version(root: Node) -> None:
    """Returns the version, which is read first: a newer form may have keys that this krbcheck does not support."""
    begins = "it begins with 'krbcheck: 1'"
    if not isinstance(root, Mapping):
        raise Mistake(root.line, "not a site file", begins)
    stated = next((value for key, value in root.pairs if key.value == "krbcheck"), None)
    if any(key.value == "families" for key, _ in root.pairs):
        raise Mistake(root.line, "a recording, not a site file", "to judge it: krbcheck judge SITE FACTS")
    if stated is None:
        raise Mistake(root.line, "'krbcheck: 1' is missing", begins)
    number = stated.value if isinstance(stated, Text) else ""
    if number.isdecimal() and int(number[:9]) > FORM:
        says = f"the format version is {number[:9]}, but krbcheck {__version__} supports {FORM} only"
        raise Mistake(stated.line, says, f"'krbcheck: {FORM}', or a newer krbcheck")
    if number != str(FORM):
        raise Mistake(stated.line, "the format version is not a number", f"'krbcheck: {FORM}'")


def _domains(node: Node, folder: Path) -> tuple[Domain, ...]:
    pairs = list(entries(node, "domains", "domains: {vmlevel.com: {…}}"))
    names: list[str] = []
    for key, _ in pairs:
        if (name := dns_name(key, "a domain")) in names:
            raise Mistake(key.line, f"the domain {name} is stated twice", "state each domain once")
        names.append(name)
    found: list[Domain] = []
    for (_, value), name in zip(pairs, names, strict=True):
        if (isinstance(value, Text) and value.is_null) or (isinstance(value, Mapping) and not value.pairs):
            found.append(Domain(name))
            continue
        found.append(_domain(name, Fields(value, f"domain {name}", DomainForm), names, folder))
    return tuple(found)


def _domain(name: str, fields: Fields, names: list[str], folder: Path) -> Domain:
    account = fields.get("account")
    source = secret(fields.get("secret"), folder)
    if source is not None and account is None:
        raise Mistake(fields["secret"].line, f"domain {name} has a secret but no account", "account: NAME@REALM")
    servers, order, rc4 = fields.get("name_servers"), fields.get("forest_search_order"), fields.get("rc4")
    return Domain(
        name,
        _reader(account, name, names) if account else "",
        source,
        addresses(servers, f"name_servers of {name}") if servers else (),
        _search_order(order, name, names) if order else None,
        rc4=rc4 is not None and choice(rc4, f"the rc4 of domain {name}", ("allowed",)) == "allowed",
    )


def _reader(node: Node, domain: str, domains: list[str]) -> str:
    """An account of another domain would need a trust to read this one, and the trust is what is looked at."""
    found = principal(node, f"the account of {domain}", domains)
    if realm_of(found).lower() != domain:
        raise Mistake(node.line, f"the account of {domain} is {quoted(found)}", f"an account of {domain.upper()}")
    return found


def _search_order(node: Node, owner: str, names: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for entry in items(node, f"forest_search_order of {owner}", "a list of domains"):
        name = dns_name(entry, f"a domain in forest_search_order of {owner}")
        if name not in names:
            says = f"{quoted(name)} in forest_search_order of {owner} is not a domain of the site file"
            raise Mistake(entry.line, says, allowed_of(name, names))
        if name in found:
            raise Mistake(
                entry.line, f"{name} is stated twice in forest_search_order of {owner}", "state each domain once"
            )
        found.append(name)
    return tuple(found)


def _storages(node: Node, domains: Collection[str], folder: Path) -> tuple[Storage, ...]:
    found: list[Storage] = []
    for key, value in entries(node, "storage", "storage: {vmstore: {account: VMSTORE$@TINTRI.COM}}"):
        name = label(key, "a storage's name")
        fields = Fields(value, f"storage {name}", StorageForm)
        account = principal(fields["account"], f"the account of {name}", domains)
        administrators = groups(fields.get("administrators"), f"administrators of {name}")
        api = fields.get("vmstore_api")
        management = fields.get("management")
        found.append(
            Storage(
                name,
                account,
                administrators,
                _api(api, name, folder) if api else None,
                encrypted(fields.get("encryption"), name),
                path_name(management, f"the management of {name}") if management else "",
                ports(fields.get("ports"), f"the ports of {name}"),
            )
        )
    return tuple(found)


def _api(node: Node, storage: str, folder: Path) -> VmstoreApi:
    what = f"vmstore_api of {storage}"
    fields = Fields(node, what, VmstoreApiForm)
    allowed = "https://HOST"
    url = text(fields["url"], f"url of {what}", allowed)
    try:
        parts = urlsplit(url)
        whole = parts.scheme == "https" and bool(parts.hostname) and (parts.port or 443) > 0
    except ValueError:
        raise Mistake(fields["url"].line, f"url of {what} is not a valid URL", allowed) from None
    if parts.username is not None or parts.password is not None:
        raise Mistake(fields["url"].line, NOT_HERE, f"url: {allowed}, with account and secret as separate keys")
    if not whole:
        raise Mistake(fields["url"].line, f"url of {what} is {quoted(url)}", allowed)
    ca = fields.get("ca_file")
    return VmstoreApi(
        url,
        text(fields["account"], f"account of {what}", "the name of an account of the VMstore"),
        secret(fields.get("secret"), folder, ("env", "file", "prompt")),
        str((folder / text(ca, f"ca_file of {what}", "the path of a PEM file")).absolute()) if ca else "",
    )
