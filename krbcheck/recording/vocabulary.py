"""Terms that a pseudonymous recording keeps: those of the protocols, and those of krbcheck's own messages."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

WORD = re.compile(r"[^\W_]+")
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
PROTOCOL = frozenset({
    "global", "catalog", "catalogue", "port",
    "s", "a", "aaaa", "ptr", "srv", "cname", "noerror", "nxdomain", "servfail", "refused", "in", "addr", "arpa",
    "ip6", "tcp", "udp", "ldap", "kerberos", "kpasswd", "msdcs", "dc", "gc", "pdc", "domains", "sites", "cifs",
    "host", "krbtgt", "http", "dns", "rpc", "rpcss", "www", "nfs", "restrictedkrbhost", "kadmin", "changepw",
    "termsrv", "wsman", "smtpsvc", "cn", "ou", "o", "dn", "dfsr", "e3514235", "4b06", "11d1", "ab04",
    "00c04fc2dcd2", "top", "person", "organizationalperson", "user", "computer", "group", "container",
    "configuration", "schema", "system", "policies", "builtin", "users", "computers", "controllers", "sysvol",
    "netlogon", "ipc", "admin", "print", "c", "d", "domain", "admins", "administrators", "administrator",
    "guests", "guest", "operators", "backup", "account", "server", "everyone", "authenticated", "anonymous",
    "enterprise", "owner", "creator", "nt", "authority", "local", "service", "network", "protected", "readers",
    "read", "only", "key", "cert", "publishers", "ras", "ias", "machine", "registry", "pol", "gpt", "ini",
    "microsoft", "windows", "software", "currentversion", "default", "first", "site", "name",
    "dpm", "2012r2", "veeam", "commvault", "https", "data", "replication"
})  # fmt: skip
"""Lower case: terms of DNS, SPNs, distinguished names, Windows and backup products, the same in every domain."""
ROOMS = ("windows", "facts", "asking", "probes", "collectors", "credentials", "views")
"""The packages that write the texts of a recording, or compare them with constants."""


@cache
def own_words() -> frozenset[str]:
    """The terms in the string constants of krbcheck's own modules, in lower case; not those of their docstrings."""
    return frozenset(word.lower() for text in _texts() for word in WORD.findall(text))


@cache
def own_guids() -> frozenset[str]:
    """The GUIDs that Windows defines and krbcheck compares, in lower case."""
    return frozenset(guid.lower() for text in _texts() for guid in GUID.findall(text))


@cache
def _texts() -> tuple[str, ...]:
    return tuple(text for room in ROOMS for file in _files(room) for text in _constants(file))


def _files(room: str) -> list[Path]:
    found = importlib.util.find_spec(f"krbcheck.{room}")
    assert found is not None
    return [file for folder in found.submodule_search_locations or () for file in sorted(Path(folder).rglob("*.py"))]


def _constants(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_bytes())
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in statements:
            yield node.value
