"""Replaces names, SIDs, GUIDs and addresses in a recording, the same original by the same pseudonym everywhere.

Relations that checks evaluate are kept: names that are equal without letter case stay equal, a host stays within its
domain, an address within its networks, an account within its domain's SID. RIDs and well-known SIDs are kept.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from krbcheck.recording.vocabulary import GUID, PROTOCOL, WORD, own_guids, own_words

LETTERS = "abcdefghijklmnopqrstuvwxyz"
LENGTH = 7
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")
SID = re.compile(r"S-1-5-21-(\d+)-(\d+)-(\d+)", re.IGNORECASE)
REVERSE = re.compile(r"((?:\d{1,3}\.){4})in-addr\.arpa|((?:[0-9a-f]\.){32})ip6\.arpa", re.IGNORECASE)
IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)(?:/\d{1,2}\b)?")
IPV6 = re.compile(r"(?<![\w:])(?=[\w:.]*:[\w:.]*:)[0-9A-Fa-f:]+(?:\.\d+)*(?:/\d{1,3}\b)?")
PARTS = re.compile("|".join(f"({part.pattern})" for part in (REVERSE, SID, GUID, IPV4, IPV6)), re.IGNORECASE)
KEPT = frozenset({
    "krbcheck", "schema", "digest", "signer", "signature", "seen", "reply", "gap", "rcode", "state", "right",
    "mech", "mechs", "kind", "key", "classes", "extensions", "spn_mappings", "started", "at",
    "system", "system_version", "os_version",
    "preferred_version", "supported_versions"
})  # fmt: skip
"""Fields with values of a protocol, or of krbcheck."""
NAMES = frozenset({
    "host", "controller", "kdc", "far_kdc", "path", "principal", "account", "sam", "dn", "dns_name", "spn",
    "spns", "service", "storage", "tenant", "tenants", "group", "domain", "share", "owner", "partner",
    "flat_name", "netbios", "forest", "client", "realm", "client_realm", "server", "vantage", "names", "aliases",
    "user", "url", "machine"
})  # fmt: skip
"""Fields with names. A name is replaced also if krbcheck's own messages contain the same term."""
KEPT_BITS = 8
"""Of an address: enough to see that it is private (10.0.0.0/8, fd00::/8), too few to identify a network."""


class Pseudonyms:
    """`key` is a secret of the export: without it, a guessed name cannot be tested. `names` are always replaced."""

    def __init__(self, key: bytes, names: Collection[str]) -> None:
        self.key = key
        self.names = {word.lower() for name in names for word in _words(name)} - PROTOCOL
        self.given: dict[str, str] = {}
        self.originals: dict[str, str] = {}

    def text(self, text: str) -> str:
        """Any text: an address, a SID, a name, or a sentence with some."""
        if TIME.fullmatch(text):
            return text
        made, end = [], 0
        for part in PARTS.finditer(text):
            made += [self._sentence(text[end : part.start()]), self._part(part[0])]
            end = part.end()
        return "".join([*made, self._sentence(text[end:])])

    def tree(self, part: Any, field: str = "") -> Any:  # noqa: ANN401 - decoded JSON or YAML
        """Every text of a decoded document; the values of KEPT fields stay."""
        if isinstance(part, str):
            return part if field in KEPT else self.text(part)
        if isinstance(part, list | tuple):
            return [self.tree(entry, field) for entry in part]
        if isinstance(part, dict):
            setting = "key" in part and "number" in part  # of Registry.pol: its name is Microsoft's
            return {
                name: value if setting and name == "name" else self.tree(value, name) for name, value in part.items()
            }
        return part

    def _sentence(self, text: str) -> str:
        return WORD.sub(lambda word: self._word(word[0]), text)

    def _word(self, word: str) -> str:
        low = word.lower()
        if low.isdecimal() or low in PROTOCOL or (low in own_words() and low not in self.names):
            return word
        made = self._pseudonym(low)
        return made.upper() if word.isupper() else made.capitalize() if word[0].isupper() else made

    def _pseudonym(self, low: str) -> str:
        attempt = 0
        while low not in self.given:
            number = self._number(f"word {attempt} {low}", len(LETTERS) ** LENGTH)
            made = ""
            for _ in range(LENGTH):
                number, letter = divmod(number, len(LETTERS))
                made += LETTERS[letter]
            if made not in own_words() and self.originals.setdefault(made, low) == low:
                self.given[low] = made
            attempt += 1
        return self.given[low]

    def _part(self, text: str) -> str:
        if arpa := REVERSE.fullmatch(text):
            return self._reverse(arpa, text)
        if sid := SID.fullmatch(text):
            return "-".join(["S-1-5-21", *(str(self._number(f"sid {n} {sid[0]}", 1 << 32)) for n in range(3))])
        if GUID.fullmatch(text):
            return self._guid(text)
        return self._network(text)

    def _reverse(self, arpa: re.Match[str], text: str) -> str:
        if arpa[1]:
            address = (
                str(self.address(IPv4Address(".".join(arpa[1].split(".")[3::-1])))) if _is_address(arpa[1]) else ""
            )
            return ".".join([*address.split(".")[::-1], "in-addr.arpa"]) if address else text
        digits = arpa[2].replace(".", "")[::-1]
        whole = self.address(IPv6Address(int(digits, 16))).exploded.replace(":", "")
        return ".".join([*whole[::-1], "ip6.arpa"])

    def _guid(self, text: str) -> str:
        if text.lower() in own_guids():
            return text
        digits = f"{self._number(f'guid {text.lower()}', 1 << 128):032x}"
        made = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        return made.upper() if text.isupper() else made

    def _network(self, text: str) -> str:
        address, slash, length = text.partition("/")
        try:
            made = str(self.address(ip_address(address)))
            return str(ip_network(f"{made}/{length}", strict=False)) if slash else made
        except ValueError:
            return self._sentence(text)

    def address(self, address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
        """Addresses with a common prefix have pseudonyms with a common prefix of the same length."""
        if address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local:
            return address
        bits, kept = address.max_prefixlen, KEPT_BITS
        original, made = int(address), int(address) >> (bits - kept)
        for bit in range(kept, bits):
            flip = self._number(f"address {address.version} {bit} {original >> (bits - bit)}", 2)
            made = made << 1 | ((original >> (bits - bit - 1)) & 1) ^ flip
        return type(address)(made)

    def _number(self, text: str, limit: int) -> int:
        digest = hmac.digest(self.key, text.encode(errors="surrogatepass"), hashlib.sha256)
        return int.from_bytes(digest, "big") % limit


def names_in(part: Any, field: str = "") -> Iterator[str]:  # noqa: ANN401 - decoded JSON
    """The texts of a decoded recording that are names."""
    if isinstance(part, str):
        if field in NAMES:
            yield part
    elif isinstance(part, list):
        for entry in part:
            yield from names_in(entry, field)
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from names_in(value, name)


def pseudonymous(recording: Mapping[str, Any], pseudonyms: Pseudonyms) -> dict[str, Any]:
    """A decoded recording, not signed any more."""
    made = {name: value if name == "families" else pseudonyms.tree(value, name) for name, value in recording.items()}
    families = {name: pseudonyms.tree(family) for name, family in recording["families"].items()}
    return {**made, "families": families, "signer": "", "signature": ""}


def _words(name: str) -> Iterator[str]:
    yield from (word for word in WORD.findall(PARTS.sub(" ", name)) if not word.isdecimal())


def _is_address(labels: str) -> bool:
    return all(label.isdecimal() and int(label) < 256 for label in labels.rstrip(".").split("."))
