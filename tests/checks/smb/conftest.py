"""A site with two tenants on one storage."""

from __future__ import annotations

from tests.support.tenants import cloud, lines, site

__all__ = ["cloud", "lines", "site"]
