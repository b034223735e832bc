"""Finds the line whose indentation is wrong, in a site file that is not YAML because of it. Reads no values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

KEY = re.compile(r"""(?:-\s+)*(?:'[^']*'|"[^"]*"|[^\s'"{}\[\],#][^'"{}\[\],#]*?)\s*:(?=\s|$)""")
OPENERS = {"{": "}", "[": "]"}


@dataclass(frozen=True)
class Line:
    """A line with content: its number from 1, its indentation in spaces, and whether lines below may be within it."""

    number: int
    indent: int
    opens: bool
    item: bool


def wrong_indentation(text: str) -> tuple[int, str] | None:
    """Returns the first line that no line above can contain, and why; None if the indentation is consistent.

    Lines within brackets or quotation marks that are still open are not compared.
    """
    above: list[Line] = []
    for line in _lines(text):
        if isinstance(line, int):
            return line, "a tab is in the indentation; YAML is indented by spaces"
        before = above[-1] if above else None
        if before is not None and line.indent > before.indent and not before.opens and not _same_item(before, line):
            says = f"the line is indented by {line.indent} spaces, but line {before.number} with {before.indent}"
            return line.number, f"{says} has its value; indent it by {before.indent} if it belongs beside that line"
        while above and above[-1].indent > line.indent:
            above.pop()
        levels = sorted({entry.indent for entry in above} | ({before.indent} if before else set()))
        if before is not None and line.indent < before.indent and line.indent not in {entry.indent for entry in above}:
            allowed = ", ".join(str(level) for level in levels)
            says = f"the line is indented by {line.indent} spaces, and the lines above that can contain it by {allowed}"
            return line.number, f"{says}; indent it as the line that it belongs beside"
        above.append(line)
        if line.item:  # the keys of the item's mapping are indented as its first key
            above.append(Line(line.number, line.indent + 2, line.opens, False))
    return None


def _same_item(before: Line, line: Line) -> bool:
    """Whether a line continues the mapping that begins in a list item: two columns to the right of its hyphen."""
    return before.item and line.indent == before.indent + 2


def _lines(text: str) -> Iterator[Line | int]:
    """Yields the lines that can contain others; the number of a line whose indentation contains a tab."""
    closing: list[str] = []
    for number, typed in enumerate(text.splitlines(), 1):
        content = typed.lstrip(" \t")
        if not content or content.startswith("#"):
            continue
        if not closing:
            lead = typed[: len(typed) - len(content)]
            if "\t" in lead:
                yield number
                return
            stripped = _without_comment(content)
            match = KEY.match(stripped)
            opens = bool(match and match.end() == len(stripped)) or stripped == "-"
            yield Line(number, len(lead), opens, content.startswith("- ") and match is not None)
        _brackets(content, closing)


def _without_comment(content: str) -> str:
    return re.sub(r"(^|\s)#.*$", "", content).rstrip()


def _brackets(content: str, closing: list[str]) -> None:
    """Follows brackets and quotation marks from line to line; `closing` has what is still open."""
    for mark in _without_comment(content):
        if closing and closing[-1] in "'\"":
            if mark == closing[-1]:
                closing.pop()
        elif mark in OPENERS:
            closing.append(OPENERS[mark])
        elif mark in "'\"":
            closing.append(mark)
        elif closing and mark == closing[-1]:
            closing.pop()
