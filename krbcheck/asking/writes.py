"""Whether a collection may write, and under which name. Without the option --write-probes nothing is written."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

PREFIX = "krbcheck-probe-"


@dataclass(frozen=True)
class Writes:
    """`folder` is the beginning of the name of every folder that may be created; empty if nothing may be written."""

    folder: str = ""


READ_ONLY = Writes()


def allowed_writes() -> Writes:
    """Returns the permission to write, with a name of this run alone."""
    return Writes(PREFIX + secrets.token_hex(4))
