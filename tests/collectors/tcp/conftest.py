"""A site whose tenants have name servers of their own."""

from __future__ import annotations

from tests.support.names import site

__all__ = ["site"]
