"""The user's mistakes: one line each, exit status 2."""

from __future__ import annotations

import typer


class Mistake(typer.TyperException):
    """What is wrong and what is allowed, in one line without secrets."""
