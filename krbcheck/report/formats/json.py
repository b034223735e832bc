"""The report as JSON. What steers a terminal is written as an escape: nothing is lost, and `cat` does no harm."""

from __future__ import annotations

import msgspec


def encode(report: msgspec.Struct) -> bytes:
    text = msgspec.json.format(msgspec.json.encode(report), indent=1).decode()
    return ("\n".join(_harmless(line) for line in text.split("\n")) + "\n").encode()


def _harmless(line: str) -> str:
    return line if line.isprintable() else "".join(one if one.isprintable() else _escape(one) for one in line)


def _escape(character: str) -> str:
    """As JSON writes it: in UTF-16, two escapes beyond the first plane."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{int.from_bytes(units[at : at + 2], 'big'):04x}" for at in range(0, len(units), 2))
