"""Values of the site file, one by one: each is read, normalised, or refused with what is allowed.

A refusal quotes what was typed, bounded; never where a secret might stand.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from ipaddress import ip_address, ip_network

import msgspec

from krbcheck.site.form import Form
from krbcheck.site.suggest import allowed_of, quoted
from krbcheck.site.yaml_tree import Mapping, Node, Sequence, Text

LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
SECRET_KEYS = frozenset(("password", "passwd", "passphrase", "pass", "pwd", "key", "token", "credentials"))
SECRET_FORMS = "{env: NAME} {file: PATH} {keytab: PATH} {ccache: PATH} {prompt: true}"
NOT_HERE = "the site file must not contain a secret"
MAX_NAME = 255


class Mistake(Exception):
    """What is wrong in a line of the site file, and what is allowed."""

    def __init__(self, line: int, says: str, allowed: str) -> None:
        super().__init__(f"{line}: {says}; {allowed}")
        self.line = line
        self.says = says
        self.allowed = allowed


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


class Fields:
    """One mapping of the site file, read by its form: unknown, repeated and missing keys are refused."""

    def __init__(self, node: Node, what: str, form: type[Form], wanted: dict[str, str] | None = None) -> None:
        """`wanted` describes what is allowed where a key is missing."""
        fields = {field.name: field.required for field in msgspec.structs.fields(form)}
        self.line = node.line
        self.what = what
        pairs = entries(node, what, f"keys: {', '.join(fields)}", tuple(fields))
        self.nodes = {key.value: value for key, value in pairs}
        for key, needed in fields.items():
            if needed and key not in self.nodes:
                allowed = (wanted or {}).get(key) or f"its keys are {', '.join(fields)}"
                raise Mistake(self.line, f"{key} is missing in {what}", allowed)

    def get(self, key: str) -> Node | None:
        return self.nodes.get(key)

    def __getitem__(self, key: str) -> Node:
        return self.nodes[key]


def entries(node: Node, what: str, allowed: str, keys: tuple[str, ...] = ()) -> Iterator[tuple[Text, Node]]:
    """Returns the pairs of a mapping that is not empty; with `keys`, any other key is a mistake."""
    if not isinstance(node, Mapping):
        raise Mistake(node.line, f"{what} is {kind(node)}, not a mapping", allowed)
    if not node.pairs:
        raise Mistake(node.line, f"{what} is empty", allowed)
    seen: dict[str, int] = {}
    for key, value in node.pairs:
        if keys and key.value not in keys:
            raise _unknown_key(key, what, keys)
        if key.value in seen:
            says = f"{quoted(key.value)} is stated twice in {what}, first in line {seen[key.value]}"
            raise Mistake(key.line, says, "state each key once")
        seen[key.value] = key.line
        yield key, value


def _unknown_key(key: Text, what: str, keys: tuple[str, ...]) -> Mistake:
    if key.value.lower() in SECRET_KEYS:
        return Mistake(key.line, NOT_HERE, f"state its source: secret: {SECRET_FORMS}")
    return Mistake(key.line, f"unknown key {quoted(key.value)} in {what}", allowed_of(key.value, keys))


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
    value = text(node, what, f"allowed: {', '.join(known)}")
    if value not in known:
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


def ports(node: Node | None, what: str) -> tuple[int, ...]:
    """TCP ports, each once."""
    allowed = "a list of TCP ports such as [22, 139, 443]"
    found: list[int] = []
    for entry in items(node, what, allowed) if node is not None else ():
        typed = text(entry, f"one of {what}", allowed)
        number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 5 else 0
        if not 1 <= number <= 65535:
            raise Mistake(entry.line, f"one of {what} is {quoted(typed)}", "a TCP port from 1 to 65535")
        if number in found:
            raise Mistake(entry.line, f"{number} is stated twice in {what}", "state each port once")
        found.append(number)
    return tuple(found)


def addresses(node: Node, what: str) -> tuple[str, ...]:
    found: list[str] = []
    for entry in items(node, what, "a list of IP addresses"):
        found.append(address(entry, f"an address of {what}"))
        if found[-1] in found[:-1]:
            raise Mistake(entry.line, f"{found[-1]} is stated twice in {what}", "state each address once")
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
    """`account@REALM` with the realm in upper case, of a domain that the site states."""
    allowed = "account@REALM, as in alice-hv01$@VMLEVEL.COM"
    typed = text(node, what, allowed)
    account, at, realm = typed.rpartition("@")
    if not at or not account or not realm:
        raise Mistake(node.line, f"{what} {quoted(typed)} has no realm", allowed)
    if "@" in account or "\\" in account or " " in account:
        raise Mistake(node.line, f"{what} is {quoted(typed)}", allowed)
    if realm.lower() not in domains:
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


def groups(node: Node | None, what: str) -> tuple[str, ...]:
    if node is None:
        return ()
    return tuple(group(entry, f"one of {what}") for entry in items(node, what, "a list of 'DOMAIN\\name'"))
