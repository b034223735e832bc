"""How a command ends."""

from __future__ import annotations

import sys
from enum import IntEnum, StrEnum


class Status(IntEnum):
    GOOD = 0
    FINDINGS = 1
    MISTAKE = 2
    UNKNOWN = 3
    CRASHED = 4
    INTERRUPTED = 130


class FailOn(StrEnum):
    WARNING = "warning"
    ERROR = "error"


def tell(words: str) -> None:
    """One message on stderr, which a service may have closed."""
    if sys.stderr is not None:
        sys.stderr.write(f"krbcheck: {words}\n")
