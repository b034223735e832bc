"""Escapes control characters in the text of servers and limits its length; no other module does this."""

from __future__ import annotations

from krbcheck.facts.observation import MAX_TEXT


def plain(text: str, limit: int = MAX_TEXT) -> str:
    """One line without anything that steers a terminal or hides in it, at most `limit` characters."""
    kept = cut(text, limit)
    return kept if kept.isprintable() else "".join(name if name.isprintable() else "\ufffd" for name in kept)


def cut(text: str, limit: int = MAX_TEXT) -> str:
    """What is longer than `limit` ends by saying how long it was."""
    if len(text) <= limit:
        return text
    end = f"… ({len(text)} characters)"
    return text[: max(0, limit - len(end))] + end


def counted(number: int, what: str) -> str:
    """The number with its noun, which has a plural in -s."""
    return f"{number} {what}{'' if number == 1 else 's'}"
