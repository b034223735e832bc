"""One line on stderr with the number of answered queries; only on a terminal."""

from __future__ import annotations

import os
import sys
import time
from typing import TextIO

from krbcheck.report.page import terminal_width
from krbcheck.report.text import plain

SECONDS_BETWEEN = 0.1
BAR, NARROW = 20, 60
"""The columns of the bar, which is left out on a terminal narrower than `NARROW` columns."""


class Progress:
    """Receives each answer of the collection and updates the line. `close` clears it."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.width = terminal_width(stream)
        self.last = 0.0

    def asked(self, done: int, known: int, what: str) -> None:
        now = time.monotonic()
        if now - self.last >= SECONDS_BETWEEN:
            self.last = now
            line = f"{self._bar(done, known)}{done} of {known} queries answered · {what}"
            self._write(plain(line, self.width * 4)[: self.width - 1])

    def stage(self, what: str) -> None:
        """Shows what is done without queries."""
        self.last = time.monotonic()
        self._write(plain(what, self.width * 4)[: self.width - 1])

    def _bar(self, done: int, known: int) -> str:
        """Returns the answered part of the queries that are known so far; later answers cause more queries."""
        if self.width < NARROW or not known:
            return ""
        filled = BAR * done // known
        return f"[{'#' * filled}{'-' * (BAR - filled)}] "

    def close(self) -> None:
        if self.last:
            self._write("")

    def _write(self, line: str) -> None:
        self.stream.write(f"\r\x1b[K{line}")
        self.stream.flush()


class NoProgress:
    def asked(self, done: int, known: int, what: str) -> None: ...

    def stage(self, what: str) -> None: ...

    def close(self) -> None: ...


def progress(*, quiet: bool = False) -> Progress | NoProgress:
    stream = sys.stderr
    if quiet or os.environ.get("TERM") == "dumb" or stream is None or not stream.isatty():
        return NoProgress()
    return Progress(stream)
