"""Access lists that a test writes entry by entry."""

from __future__ import annotations

from tests.support.access import world

__all__ = ["world"]
