"""A name server on loopback."""

from __future__ import annotations

from tests.support.names import serve

__all__ = ["serve"]
