"""A site with two tenants on one storage, and access lists that a test writes entry by entry."""

from __future__ import annotations

from tests.support.access import world
from tests.support.tenants import cloud, lines, site

__all__ = ["cloud", "lines", "site", "world"]
