"""Ctrl-C: the first ends the collecting, the others change nothing; the report is written all the same."""

from __future__ import annotations

import signal


class Interrupts:
    """Raises KeyboardInterrupt once, and only while there is something to stop; remembers that it came."""

    def __init__(self) -> None:
        self.came = False
        self.stoppable = True

    def install(self) -> None:
        signal.signal(signal.SIGINT, self._take)

    def _take(self, number: int, frame: object) -> None:
        first, self.came = not self.came, True
        if first and self.stoppable:
            raise KeyboardInterrupt


INTERRUPTS = Interrupts()
