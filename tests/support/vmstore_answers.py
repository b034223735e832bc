"""Replies of a VMstore by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from krbcheck.facts.observation import Gap, Unobserved
from krbcheck.facts.vmstore import VmstoreAnswer

AT = datetime(2026, 7, 3, tzinfo=UTC)
NOT_READ = Unobserved(Gap.NEEDS_OTHER, "not read", "REST", AT, "station")


def vmstore_answer(storage: str, **seen: Any) -> VmstoreAnswer:
    """An answer with these observations; the others were not read."""
    fields = [name for name in VmstoreAnswer.__struct_fields__ if name not in ("storage", "url", "account", "acls")]
    values = dict.fromkeys(fields, NOT_READ) | seen
    return VmstoreAnswer(storage=storage, url=f"https://{storage}.tintri.com", account="krbcheck", **values)
