"""Policy files as bytes."""

from __future__ import annotations

from tests.support.policy import entry_fixture, judged, made, registry_pol, site

__all__ = ["entry_fixture", "judged", "made", "registry_pol", "site"]
