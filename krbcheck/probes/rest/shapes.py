"""Reads decoded JSON of a VMstore: unknown members are accepted, absent ones are None or empty, texts are cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.vmstore import MOST_TEXT

MOST_TEXTS = 64
Object = Mapping[str, Any]


def an_object(value: Any, what: str) -> Object:
    """Returns the value if it is a JSON object; raises NoAnswer (MALFORMED) otherwise."""
    if not isinstance(value, dict):
        raise NoAnswer(Gap.MALFORMED, f"{what} is not a JSON object")
    return value


def text(value: Any) -> str:
    """Returns a text, or the digits of a whole number; empty for any other value."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value[:MOST_TEXT] if isinstance(value, str) else ""


def texts(value: Any) -> tuple[str, ...]:
    """Returns the texts of a list, without the empty ones."""
    listed = [text(entry) for entry in value[: MOST_TEXTS * 16]] if isinstance(value, list) else []
    return tuple(entry for entry in listed if entry)


def flag(value: Any) -> bool | None:
    """Returns a Boolean; None for any other value."""
    return value if isinstance(value, bool) else None


def number(value: Any) -> int | None:
    """Returns a whole number; None for any other value, and for one that has more than 64 bits."""
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63
    return value if whole else None


def uuid(value: Any) -> str:
    """Returns an id: a text, or the member `uuid` of an object, as the reference has it."""
    return text(value.get("uuid")) if isinstance(value, dict) else text(value)


def kind(entry: Object) -> str:
    """Returns the last part of the member `typeId`, such as AdminRole."""
    return text(entry.get("typeId")).rpartition(".")[2]


def all_texts(value: Any) -> tuple[str, ...]:
    """Returns every text of a value: the value, or those of its members, an id first; its type is no text of it."""
    return tuple(dict.fromkeys(entry for entry in _texts(value, 2) if entry))[:MOST_TEXTS]


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and depth:
        for name in sorted(value, key=lambda name: (name not in ("id", "uuid"), name)):
            if name != "typeId":
                yield from _texts(value[name], depth - 1)
    elif not isinstance(value, dict | list):
        yield text(value)


def address(entry: Object) -> tuple[str, int | None]:
    """Returns the address and the length of its prefix: of `ipCidr`, or of `ip` and `netmask` on older firmware."""
    cidr = text(entry.get("ipCidr"))
    typed, _, prefix = cidr.partition("/") if cidr else (text(entry.get("ip")), "", text(entry.get("netmask")))
    try:
        found = ip_address(typed)
        return str(found), ip_network(f"{found}/{prefix}", strict=False).prefixlen if prefix else None
    except ValueError:
        return typed, None


def vlan(value: Any) -> int | None:
    """Returns the number of a VLAN, 0 for untagged frames; None if it is neither."""
    typed = text(value)
    if typed.lower() == "untagged":
        return 0
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 4 else None
