"""Text of servers made harmless: the one place where controls are taken out and length is bounded."""

from __future__ import annotations

import unicodedata

from krbcheck.model import MAX_TEXT

HARMFUL = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
"""Unicode's categories of what steers a terminal or hides in a line: controls, bidi overrides, separators …"""


def harmless(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) not in HARMFUL


def plain(text: str, limit: int = MAX_TEXT) -> str:
    """One line without anything that steers a terminal, at most `limit` characters."""
    return "".join(one if harmless(one) else "\ufffd" for one in cut(text, limit))


def cut(text: str, limit: int = MAX_TEXT) -> str:
    """What is longer than `limit` ends by saying how long it was."""
    if len(text) <= limit:
        return text
    end = f"… ({len(text)} characters)"
    return text[: max(0, limit - len(end))] + end
