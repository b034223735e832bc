"""A storage on loopback."""

from __future__ import annotations

from tests.support.storage import serve, storage, ticket

__all__ = ["serve", "storage", "ticket"]
