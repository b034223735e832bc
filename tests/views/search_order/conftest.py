"""Group policy as controllers tell it, made by hand."""

from __future__ import annotations

from tests.support.policy import judged, made, site

__all__ = ["judged", "made", "site"]
