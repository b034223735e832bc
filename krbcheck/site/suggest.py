"""Quotes what was typed without harm, and finds the known name that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def quoted(text: str) -> str:
    """Typed text within a message: on one line, without controls, bounded."""
    shown = "".join(name if name.isprintable() else "\ufffd" for name in text[:80])
    return f"'{shown}{'…' if len(text) > 80 else ''}'"


def nearest(text: str, known: Collection[str]) -> str:
    """Returns the known name that was probably meant, or an empty string; letter case is ignored."""
    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(text[:100].casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""


def allowed_of(text: str, known: Collection[str]) -> str:
    """The nearest of what is allowed, and all of it."""
    close = nearest(text, known)
    meant = f"did you mean {quoted(close)}? " if close else ""
    return f"{meant}allowed: {', '.join(known)}"
