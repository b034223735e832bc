"""Lines on a terminal or in a pipe: hanging indentation, and colour only where somebody looks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from krbcheck.report.plain import plain

if TYPE_CHECKING:
    from rich.text import Text

PIPED_WIDTH = 100
NARROWEST = 40
Span = str | tuple[str, str]
"""Words, or words and their style."""


class Page:
    """Writes to a stream. Every word is made harmless here; nothing is read as markup."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str], width: int = 0) -> None:
        from rich.console import Console

        looked_at = stream.isatty()
        colour = looked_at and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        self.width = max(NARROWEST, width or (terminal_width(stream) if looked_at else PIPED_WIDTH))
        self.wraps = looked_at
        self.console = Console(
            file=stream,
            width=self.width,
            color_system="standard" if colour else None,
            force_terminal=colour,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )

    def gap(self) -> None:
        self.console.file.write("\n")

    def put(self, *body: Span, indent: int = 0, label: Span = "", column: int = 0) -> None:
        """A paragraph. `label` stands before it in a column of its own."""
        from rich.text import Text

        left = indent + column
        head = _text([label])
        head.pad_right(max(0, column - head.cell_len))
        lines = _text(body).wrap(self.console, max(NARROWEST // 2, self.width - left))
        for number, line in enumerate(lines):
            line.rstrip()
            start = Text(" " * indent) + head if number == 0 else Text(" " * left)
            self.console.print(start + line, soft_wrap=True)

    def copyable(self, words: str, style: str, indent: int) -> None:
        """One line, however long: what is copied from it is whole."""
        self.console.print(_text([" " * indent, (words, style)]), soft_wrap=True)


def _text(spans: tuple[Span, ...] | list[Span]) -> Text:
    from rich.text import Text

    parts = [(one, "") if isinstance(one, str) else one for one in spans]
    return Text.assemble(*((plain(words), style) for words, style in parts))


def terminal_width(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or PIPED_WIDTH
    except (OSError, ValueError):
        return PIPED_WIDTH
