"""The error of every reader of bytes in this package."""

from __future__ import annotations


class Malformed(Exception):
    """The bytes do not follow the specification. The text, which is bounded, states what is wrong."""
