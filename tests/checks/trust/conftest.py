"""Two domains with a trust between them."""

from __future__ import annotations

from tests.support.trust import made, verdicts

__all__ = ["made", "verdicts"]
