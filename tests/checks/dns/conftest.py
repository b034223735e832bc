"""A site whose tenants have name servers of their own."""

from __future__ import annotations

from tests.support.names import cloud, lines, site

__all__ = ["cloud", "lines", "site"]
