"""A site with two storages in two domains."""

from __future__ import annotations

from tests.support.spn import made, verdicts

__all__ = ["made", "verdicts"]
