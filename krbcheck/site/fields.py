"""Values of the site file, one by one: each is read, normalised, or refused with what is allowed.

A refusal quotes what was typed, bounded; never where a secret might stand.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address, ip_network

import msgspec

from krbcheck.site.form import (
    BackupForm,
    DataPathForm,
    DomainForm,
    ExcludeForm,
    Form,
    ShareForm,
    SiteForm,
    StorageForm,
    TenantForm,
    VmstoreApiForm,
)
from krbcheck.site.mistakes import Mistake, Mistakes
from krbcheck.site.suggest import allowed_of, quoted
from krbcheck.site.yaml_tree import Mapping, Node, Sequence, Text

LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
SECRET_KEYS = frozenset(("password", "passwd", "passphrase", "pass", "pwd", "key", "token", "credentials"))
SECRET_FORMS = "{env: NAME} {file: PATH} {keytab: PATH} {ccache: PATH} {prompt: true}"
NOT_HERE = "the site file must not contain a secret"
MAX_NAME = 255


def kind(node: Node) -> str:
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Text(is_null=True):
            return "empty"
        case _:
            return "text"


FORMS: dict[str, type[Form]] = {
    "the site file": SiteForm,
    "a domain": DomainForm,
    "a storage": StorageForm,
    "a vmstore_api": VmstoreApiForm,
    "a tenant": TenantForm,
    "a data path": DataPathForm,
    "a share": ShareForm,
    "a backup": BackupForm,
    "exclude": ExcludeForm,
}
KEYS_OF = {owner: tuple(field.name for field in msgspec.structs.fields(form)) for owner, form in FORMS.items()}
"""The keys of each mapping, as messages call it."""


class Fields:
    """A mapping of the site file, read by its form. Unknown, repeated and missing keys are mistakes, which are kept."""

    def __init__(
        self, node: Node, what: str, form: type[Form], mistakes: Mistakes, wanted: dict[str, str] | None = None
    ) -> None:
        """`wanted` describes what is allowed where a key is missing. Raises Mistake where there is no mapping."""
        fields = {field.name: field.required for field in msgspec.structs.fields(form)}
        self.line = node.line
        self.what = what
        self.mistakes = mistakes
        self.missing: dict[str, Mistake] = {}
        pairs = entries(node, what, f"keys: {', '.join(fields)}", mistakes, tuple(fields))
        self.nodes = {key.value: value for key, value in pairs}
        for key, needed in fields.items():
            if needed and key not in self.nodes:
                allowed = (wanted or {}).get(key) or f"its keys are {', '.join(fields)}"
                self.missing[key] = Mistake(self.line, f"{key} is missing in {what}", allowed)
                mistakes.add(self.missing[key])

    def get(self, key: str) -> Node | None:
        return self.nodes.get(key)

    def __getitem__(self, key: str) -> Node:
        """Returns the value of a required key. Raises Mistake where it is missing."""
        if key in self.missing:
            raise self.missing[key]
        return self.nodes[key]


def entries(
    node: Node, what: str, allowed: str, mistakes: Mistakes, keys: tuple[str, ...] = ()
) -> list[tuple[Text, Node]]:
    """Returns the pairs of a mapping that is not empty; with `keys`, any other key is a mistake, which is kept."""
    if not isinstance(node, Mapping):
        raise Mistake(node.line, f"{what} is {kind(node)}, not a mapping", allowed)
    if not node.pairs:
        raise Mistake(node.line, f"{what} is empty", allowed)
    found: dict[str, tuple[Text, Node]] = {}
    for key, value in node.pairs:
        if keys and key.value not in keys:
            mistakes.add(_unknown_key(key, what, keys))
        elif key.value in found:
            says = f"{quoted(key.value)} is stated twice in {what}, first in line {found[key.value][0].line}"
            mistakes.add(Mistake(key.line, says, "state each key once"))
        else:
            found[key.value] = (key, value)
    return list(found.values())


def _unknown_key(key: Text, what: str, keys: tuple[str, ...]) -> Mistake:
    if key.value.lower() in SECRET_KEYS:
        return Mistake(key.line, NOT_HERE, f"state its source: secret: {SECRET_FORMS}")
    allowed = allowed_of(key.value, keys)
    if owners := [owner for owner, known in KEYS_OF.items() if key.value in known]:
        allowed = f"it is a key of {' or '.join(owners)}: check the indentation of this line; {allowed}"
    return Mistake(key.line, f"unknown key {quoted(key.value)} in {what}", allowed)


def misplaced(key: Text, what: str, owner: str) -> Mistake | None:
    """Returns the mistake if a key of `owner` stands where its name belongs: the line is not indented enough."""
    if key.value not in KEYS_OF[owner]:
        return None
    says = f"{quoted(key.value)} stands as {what}, but it is a key of {owner}"
    return Mistake(key.line, says, f"indent the line below the name of {owner}")


def items(node: Node, what: str, allowed: str) -> list[Node]:
    """The items of a list that is not empty."""
    if not isinstance(node, Sequence):
        raise Mistake(node.line, f"{what} is {kind(node)}, not a list", allowed)
    if not node.items:
        raise Mistake(node.line, f"{what} is empty", f"{allowed}, or remove the key")
    return node.items


def text(node: Node, what: str, allowed: str) -> str:
    """Returns text of one line that is not empty."""
    if not isinstance(node, Text) or node.is_null or not node.value.strip():
        raise Mistake(node.line, f"{what} is {kind(node) if not isinstance(node, Text) else 'empty'}", allowed)
    if len(node.value) > MAX_NAME:
        raise Mistake(node.line, f"{what} has {len(node.value)} characters", f"at most {MAX_NAME}")
    if not node.value.isprintable():
        raise Mistake(node.line, f"{what} contains control characters", allowed)
    return node.value.strip()


def choice(node: Node, what: str, known: Collection[str]) -> str:
    """One of what is known; any text where what is known could not be read."""
    value = text(node, what, f"allowed: {', '.join(known)}")
    if known and value not in known:
        raise Mistake(node.line, f"{what} is {quoted(value)}", allowed_of(value, known))
    return value


def label(node: Node, what: str) -> str:
    """A name that the user gives to a storage or tenant."""
    allowed = "letters, digits and . _ - only, as in 'alice'"
    value = text(node, what, allowed)
    if not re.fullmatch(r"[\w][\w.-]{0,62}", value):
        raise Mistake(node.line, f"{what} is {quoted(value)}", allowed)
    return value


def dns_name(node: Node, what: str) -> str:
    """Lower case, without the final dot."""
    allowed = "a DNS name such as vmstore-alice.tintri.com"
    value = text(node, what, allowed).lower().removesuffix(".")
    if not all(LABEL.fullmatch(name) for name in value.split(".")):
        raise Mistake(node.line, f"{what} is {quoted(value)}", allowed)
    return value


def path_name(node: Node, what: str) -> str:
    """Returns the server name that hosts use: a name, or (wrongly, which a check reports) an address."""
    typed = text(node, what, "a DNS name such as vmstore-alice.tintri.com")
    try:
        return str(ip_address(typed.strip("[]")))
    except ValueError:
        return dns_name(node, what)


def address(node: Node, what: str) -> str:
    allowed = "an IP address such as 10.77.11.30"
    typed = text(node, what, allowed)
    try:
        parsed = ip_address(typed)
    except ValueError:
        raise Mistake(node.line, f"{what} is {quoted(typed)}", allowed) from None
    if parsed.is_multicast or parsed.is_unspecified or getattr(parsed, "scope_id", None):
        raise Mistake(node.line, f"{what} is {quoted(typed)}, which is not the address of a host", allowed)
    return str(parsed)


def encrypted(node: Node | None, what: str) -> bool:
    """Whether `encryption` is stated, which can only be `required`."""
    return node is not None and choice(node, f"the encryption of {what}", ("required",)) == "required"


def ports(node: Node | None, what: str, mistakes: Mistakes) -> tuple[int, ...]:
    """TCP ports, each once."""
    allowed = "a list of TCP ports such as [22, 139, 443]"
    found: list[int] = []
    for entry in items(node, what, allowed) if node is not None else ():
        with mistakes.kept():
            number = _port(entry, what, allowed)
            if number in found:
                raise Mistake(entry.line, f"{number} is stated twice in {what}", "state each port once")
            found.append(number)
    return tuple(found)


def _port(entry: Node, what: str, allowed: str) -> int:
    typed = text(entry, f"one of {what}", allowed)
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 5 else 0
    if not 1 <= number <= 65535:
        raise Mistake(entry.line, f"one of {what} is {quoted(typed)}", "a TCP port from 1 to 65535")
    return number


def addresses(node: Node, what: str, mistakes: Mistakes) -> tuple[str, ...]:
    found: list[str] = []
    for entry in items(node, what, "a list of IP addresses"):
        with mistakes.kept():
            stated = address(entry, f"an address of {what}")
            if stated in found:
                raise Mistake(entry.line, f"{stated} is stated twice in {what}", "state each address once")
            found.append(stated)
    return tuple(found)


def network(node: Node, what: str) -> str:
    allowed = "a network with its prefix length, such as 10.77.11.0/24"
    typed = text(node, what, allowed)
    try:
        parsed = ip_network(typed, strict=False)
    except ValueError:
        raise Mistake(node.line, f"{what} is {quoted(typed)}", allowed) from None
    if "/" not in typed:
        raise Mistake(node.line, f"{what} is {quoted(typed)} without a prefix length", allowed)
    if str(parsed.network_address) != str(ip_address(typed.partition("/")[0])):
        raise Mistake(
            node.line, f"{what} is {quoted(typed)}, a host address, not a network", f"the network is {parsed}"
        )
    return str(parsed)


def principal(node: Node, what: str, domains: Collection[str]) -> str:
    """`account@REALM` with the realm in upper case. It must be a domain of the site file, if those could be read."""
    allowed = "account@REALM, as in alice-hv01$@VMLEVEL.COM"
    typed = text(node, what, allowed)
    account, at, realm = typed.rpartition("@")
    if not at or not account or not realm:
        raise Mistake(node.line, f"{what} {quoted(typed)} has no realm", allowed)
    if "@" in account or "\\" in account or " " in account:
        raise Mistake(node.line, f"{what} is {quoted(typed)}", allowed)
    if domains and realm.lower() not in domains:
        known = [domain.upper() for domain in domains]
        says = f"the realm of {what} {quoted(typed)} is not a domain of the site file"
        raise Mistake(node.line, says, allowed_of(realm.upper(), known))
    return f"{account}@{realm.upper()}"


def group(node: Node, what: str) -> str:
    r"""`DOMAIN\name` as Windows shows it, or a SID."""
    allowed = "'DOMAIN\\name' in single quotes, or a SID"
    typed = text(node, what, allowed)
    domain, slash, name = typed.partition("\\")
    if not re.fullmatch(r"S-1(-\d+)+", typed) and not (slash and domain and name and "\\" not in name):
        raise Mistake(node.line, f"{what} is {quoted(typed)}", allowed)
    return typed


def groups(node: Node | None, what: str, mistakes: Mistakes) -> tuple[str, ...]:
    found: list[str] = []
    for entry in items(node, what, "a list of 'DOMAIN\\name'") if node is not None else ():
        with mistakes.kept():
            found.append(group(entry, f"one of {what}"))
    return tuple(found)
