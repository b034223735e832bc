"""Fills remedies with values. They are pasted into shells, so a name from a server must remain data there.

A name within single quotes may contain anything but a quote, which is doubled for PowerShell and cmd's programs, and
written outside of the quotes for a POSIX shell. Where these quotes are within double quotes, as in a -Filter,
PowerShell expands variables: a backtick keeps them. A name without quotes loses the characters that end a command or
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
CONTROLLED = re.compile(rf"[{CONTROLS}]")
EXPANDED = re.compile(r"[`\"]|\$(?=[\w({$^?:])")
"""What PowerShell interprets within double quotes (about_Quoting_Rules); a `$` before a quote is only a `$`."""
WITHIN_QUOTES = re.compile(r"(?:^|[\s(=,])'[^'\s]*$")
"""How a text ends where what follows stands in single quotes; an apostrophe has a letter before it."""


class Filled(str):
    """A command or a part of it, made of fixed text and of values by `filled`: it is not changed any more."""

    __slots__ = ()


def filled(template: str, values: Mapping[str, str], *, posix: bool = False) -> Filled:
    """Returns the text; `template` is a fixed `str.format` template, and any of `values` that is not Filled is
    untrusted text. `posix` for a POSIX shell.
    """
    text = fixed = ""
    for words, name, _, _ in Formatter().parse(template):
        text, fixed = text + words, fixed + words
        if name is not None:
            value = values[name]
            text += value if isinstance(value, Filled) else _harmless(value, fixed, posix=posix)
            fixed += "x"
    return Filled(text)


def _harmless(value: str, before: str, *, posix: bool) -> str:
    """The value after the fixed text `before`, in which a letter stands for each earlier value."""
    if not WITHIN_QUOTES.search(before):
        return UNQUOTED.sub("?", value)
    if posix:
        return CONTROLLED.sub("?", value).replace("'", "'\\''")
    value = QUOTED.sub("?", value).replace("'", "''")
    return EXPANDED.sub(r"`\g<0>", value) if before.count('"') % 2 else value
