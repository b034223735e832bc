"""Reads the site file from YAML. A mistake is one line: file, line, what is wrong, what is allowed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import structs

from krbcheck import __version__
from krbcheck.site.backups import read_backups
from krbcheck.site.excluding import exclusions
from krbcheck.site.exclusions import NOTHING
from krbcheck.site.fields import (
    NOT_HERE,
    Fields,
    addresses,
    choice,
    dns_name,
    encrypted,
    entries,
    groups,
    items,
    label,
    misplaced,
    path_name,
    ports,
    principal,
    text,
)
from krbcheck.site.form import DomainForm, SiteForm, StorageForm, VmstoreApiForm
from krbcheck.site.mistakes import Mistake, Mistakes
from krbcheck.site.secret_sources import secret
from krbcheck.site.stated import Domain, Site, Storage, VmstoreApi, realm_of
from krbcheck.site.suggest import allowed_of, quoted
from krbcheck.site.tenants import Tenants
from krbcheck.site.yaml_tree import BadYaml, Mapping, Node, Text, read_tree

FORM = 1
MAX_BYTES = 1 << 20


class SiteError(Exception):
    """The user's mistake in one line: `FILE:LINE: what is wrong; what is allowed`. Holds no secret.

    `lines` has every mistake of the file in the order of its lines; the text of the error is the first that was read.
    """

    def __init__(self, first: str, lines: Sequence[str] = ()) -> None:
        super().__init__(first)
        self.lines = tuple(lines) or (first,)


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
        mistakes = Mistakes()
        site = mistakes.read(None, _site, read_tree(typed), path, mistakes)
    except BadYaml as bad:
        raise SiteError(f"{shown}:{bad.line}: {bad.says}") from None
    if site is None or mistakes.found:
        ordered = sorted(mistakes.found, key=lambda mistake: mistake.line)
        raise SiteError(_shown(shown, mistakes.found[0]), [_shown(shown, mistake) for mistake in ordered])
    return site


def _shown(file: str, mistake: Mistake) -> str:
    return f"{file}:{mistake.line}: {mistake.says}; {mistake.allowed}"


def one_line(typed: str) -> str:
    return "".join(name if name.isprintable() else "\ufffd" for name in typed)


def _site(root: Node, path: Path, mistakes: Mistakes) -> Site:
    _version(root)
    fields = Fields(root, "the site file", SiteForm, mistakes)
    read = mistakes.read
    folder = path.parent.absolute()
    domains: tuple[Domain, ...] = read((), lambda: _domains(fields["domains"], folder, mistakes))
    known = [domain.name for domain in domains]
    storages: tuple[Storage, ...] = read((), lambda: _storages(fields["storage"], known, folder, mistakes))
    names = [storage.name for storage in storages]
    stated = fields.get("tenants")
    tenants = read((), Tenants(known, names, folder, mistakes).read, stated) if stated else ()
    backups = read((), read_backups, fields.get("backup"), known, names, folder, mistakes)
    site = Site(one_line(path.name), domains, storages, tenants, backups)
    excluded = fields.get("exclude")
    return structs.replace(site, excluded=read(NOTHING, exclusions, excluded, site, mistakes)) if excluded else site


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


def _domains(node: Node, folder: Path, mistakes: Mistakes) -> tuple[Domain, ...]:
    """Returns the domains; none where the name of any cannot be read, because accounts may be of that one."""
    stated: dict[str, Node] = {}
    for key, value in entries(node, "domains", "domains: {vmlevel.com: {…}}", mistakes):
        with mistakes.kept():
            if wrong := misplaced(key, "the name of a domain", "a domain"):
                raise wrong
            if (name := dns_name(key, "a domain")) in stated:
                raise Mistake(key.line, f"the domain {name} is stated twice", "state each domain once")
            stated[name] = value
    named_all = not mistakes.found
    names, found = list(stated), list[Domain]()
    for name, value in stated.items():
        if (isinstance(value, Text) and value.is_null) or (isinstance(value, Mapping) and not value.pairs):
            found.append(Domain(name))
            continue
        found.append(mistakes.read(Domain(name), _domain, name, value, names, folder, mistakes))
    return tuple(found) if named_all else ()


def _domain(name: str, node: Node, names: list[str], folder: Path, mistakes: Mistakes) -> Domain:
    fields = Fields(node, f"domain {name}", DomainForm, mistakes)
    read = mistakes.read
    account = fields.get("account")
    source = read(None, secret, fields.get("secret"), folder)
    if source is not None and account is None:
        mistakes.add(
            Mistake(fields["secret"].line, f"domain {name} has a secret but no account", "account: NAME@REALM")
        )
    servers, order, rc4 = fields.get("name_servers"), fields.get("forest_search_order"), fields.get("rc4")
    return Domain(
        name,
        read("", _reader, account, name, names) if account else "",
        source,
        read((), addresses, servers, f"name_servers of {name}", mistakes) if servers else (),
        read((), _search_order, order, name, names, mistakes) if order else None,
        rc4=rc4 is not None and read("", choice, rc4, f"the rc4 of domain {name}", ("allowed",)) == "allowed",
    )


def _reader(node: Node, domain: str, domains: list[str]) -> str:
    """An account of another domain would need a trust to read this one, and the trust is what is looked at."""
    found = principal(node, f"the account of {domain}", domains)
    if realm_of(found).lower() != domain:
        raise Mistake(node.line, f"the account of {domain} is {quoted(found)}", f"an account of {domain.upper()}")
    return found


def _search_order(node: Node, owner: str, names: list[str], mistakes: Mistakes) -> tuple[str, ...]:
    found: list[str] = []
    what = f"forest_search_order of {owner}"
    for entry in items(node, what, "a list of domains"):
        with mistakes.kept():
            name = dns_name(entry, f"a domain in {what}")
            if name not in names:
                says = f"{quoted(name)} in {what} is not a domain of the site file"
                raise Mistake(entry.line, says, allowed_of(name, names))
            if name in found:
                raise Mistake(entry.line, f"{name} is stated twice in {what}", "state each domain once")
            found.append(name)
    return tuple(found)


def _storages(node: Node, domains: Collection[str], folder: Path, mistakes: Mistakes) -> tuple[Storage, ...]:
    """Returns the storages; none where the name of any cannot be read, because data paths may be of that one."""
    found: list[Storage] = []
    named_all = True
    for key, value in entries(node, "storage", "storage: {vmstore: {account: VMSTORE$@TINTRI.COM}}", mistakes):
        if wrong := misplaced(key, "the name of a storage", "a storage"):
            mistakes.add(wrong)
            continue
        name = mistakes.read("", label, key, "a storage's name")
        named_all = named_all and bool(name)
        shown = name or "a storage"
        found.append(mistakes.read(Storage(name, ""), _storage, name, shown, value, domains, folder, mistakes))
    return tuple(found) if named_all else ()


def _storage(name: str, shown: str, node: Node, domains: Collection[str], folder: Path, mistakes: Mistakes) -> Storage:
    fields = Fields(node, f"storage {shown}", StorageForm, mistakes)
    read = mistakes.read
    api, management = fields.get("vmstore_api"), fields.get("management")
    return Storage(
        name,
        read("", lambda: principal(fields["account"], f"the account of {shown}", domains)),
        read((), groups, fields.get("administrators"), f"administrators of {shown}", mistakes),
        read(None, _api, api, shown, folder, mistakes) if api else None,
        read(False, encrypted, fields.get("encryption"), shown),
        read("", path_name, management, f"the management of {shown}") if management else "",
        read((), ports, fields.get("ports"), f"the ports of {shown}", mistakes),
    )


def _api(node: Node, storage: str, folder: Path, mistakes: Mistakes) -> VmstoreApi:
    what = f"vmstore_api of {storage}"
    fields = Fields(node, what, VmstoreApiForm, mistakes)
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
