"""Group policy as controllers tell it, made by hand."""

from __future__ import annotations

from tests.support.policy import codes, judged, made, site, site_with_fixture

__all__ = ["codes", "judged", "made", "site", "site_with_fixture"]
