"""The error of every reader of bytes in this package."""

from __future__ import annotations


class Malformed(Exception):
    """The bytes are not what the specification says. The text says what is wrong and is bounded."""
