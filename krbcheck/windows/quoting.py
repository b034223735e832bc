"""Fills remedies with values. They are pasted into shells, so a name from a server must remain data there.

A name within single quotes may contain anything but a quote, which PowerShell and cmd's programs read doubled; a POSIX
shell joins the two parts and runs nothing either. A name without quotes loses the characters that end a command or
begin another: the pasted command then has a wrong name, but is never another command.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter

CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
CURLED = "\u2018-\u201f"
"""Quotes to PowerShell, as the straight ones are (about_Quoting_Rules)."""
UNQUOTED = re.compile(rf"[{CONTROLS}{CURLED}'\"`;|&<>()]|%(?=\w)")
QUOTED = re.compile(rf"[{CONTROLS}{CURLED}]")
WITHIN_QUOTES = re.compile(r"(?:^|[\s(=,])'[^'\s]*$")
"""How a text ends where what follows stands in single quotes; an apostrophe has a letter before it."""


class Filled(str):
    """A command or a part of it, made of fixed text and of values by `filled`: it is not changed any more."""

    __slots__ = ()


def filled(template: str, values: Mapping[str, str]) -> Filled:
    """Returns the text; `template` is a fixed `str.format` template, and any of `values` that is not Filled is
    untrusted text.
    """
    text = ""
    for words, name, _, _ in Formatter().parse(template):
        text += words
        if name is not None:
            value = values[name]
            text += value if isinstance(value, Filled) else _harmless(value, quoted=bool(WITHIN_QUOTES.search(text)))
    return Filled(text)


def _harmless(value: str, *, quoted: bool) -> str:
    return QUOTED.sub("?", value).replace("'", "''") if quoted else UNQUOTED.sub("?", value)
