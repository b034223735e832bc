"""Lines on a terminal or in a pipe: hanging indentation, and color only on a terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from krbcheck.report.text import plain

if TYPE_CHECKING:
    from rich.text import Text

PIPED_WIDTH = 100
NARROWEST, WIDEST = 40, 120
Span = str | tuple[str, str]
"""Text, or text and its style."""


class Page:
    """Writes to a stream. Control characters of every text are escaped here; nothing is read as markup."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str], width: int = 0) -> None:
        from rich.console import Console

        self.looked_at = stream.isatty()
        colour = self.looked_at and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        natural = terminal_width(stream) if self.looked_at else PIPED_WIDTH
        self.width = min(WIDEST, max(NARROWEST, width or natural))
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
        head = _text([" " * indent, label])
        head.pad_right(indent + column - head.cell_len)
        self._hang(head, body)

    def table(self, rows: Sequence[tuple[str, str]], *, heading: Span, column: int, style: str) -> None:
        """Prints rows of a name and its text; the heading is printed before the first row."""
        widest = max(len(name) for name, _ in rows)
        for number, (name, words) in enumerate(rows):
            head = _text([heading]) if number == 0 else _text([])
            head.pad_right(column - head.cell_len)
            head.append_text(_text([f"{name:{widest}}  "]))
            self._hang(head, [(words, style)])

    def copyable(self, words: str, style: str, indent: int) -> None:
        """One line, however long: what is copied from it is whole."""
        self.console.print(_text([" " * indent, (words, style)]), soft_wrap=True)

    def _hang(self, head: Text, body: Sequence[Span]) -> None:
        left = head.cell_len
        lines = _text(body).wrap(self.console, max(NARROWEST // 2, self.width - left))
        for line in lines:
            line.rstrip()
            self.console.print(head + line, soft_wrap=True)
            head = _text([" " * left])


def _text(spans: Sequence[Span]) -> Text:
    from rich.text import Text

    parts = [(span, "") if isinstance(span, str) else span for span in spans]
    return Text.assemble(*((plain(words), style) for words, style in parts))


def text_width(stream: TextIO | None) -> int:
    """Returns the columns for text: those of the terminal within bounds."""
    return min(WIDEST, max(NARROWEST, terminal_width(stream) if stream is not None else PIPED_WIDTH))


def terminal_width(stream: TextIO) -> int:
    """Returns the columns of a terminal, 100 for a pipe; the environment variable COLUMNS overrides both."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdecimal() and int(stated[:6]) > 0:
        return int(stated[:6])
    try:
        return os.get_terminal_size(stream.fileno()).columns or PIPED_WIDTH
    except (OSError, ValueError):
        return PIPED_WIDTH
