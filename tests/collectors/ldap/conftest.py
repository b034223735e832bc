"""Group policy as controllers tell it, made by hand."""

from __future__ import annotations

from tests.support.policy import entry_fixture, made, site

__all__ = ["entry_fixture", "made", "site"]
