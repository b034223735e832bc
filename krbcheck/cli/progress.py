"""One line on stderr with the number of answered queries; only on a terminal."""

from __future__ import annotations

import os
import sys
import time
from typing import TextIO

from krbcheck.report.page import terminal_width
from krbcheck.report.text import plain

SECONDS_BETWEEN = 0.1


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
            self._write(plain(f"{done} of {known} queries answered · {what}", self.width * 4)[: self.width - 1])

    def close(self) -> None:
        if self.last:
            self._write("")

    def _write(self, line: str) -> None:
        self.stream.write(f"\r\x1b[K{line}")
        self.stream.flush()


class NoProgress:
    def asked(self, done: int, known: int, what: str) -> None: ...

    def close(self) -> None: ...


def progress(*, quiet: bool = False) -> Progress | NoProgress:
    stream = sys.stderr
    if quiet or os.environ.get("TERM") == "dumb" or stream is None or not stream.isatty():
        return NoProgress()
    return Progress(stream)
