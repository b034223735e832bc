"""A ticket for a storage."""

from __future__ import annotations

from tests.support.storage import ticket

__all__ = ["ticket"]
