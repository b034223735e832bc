"""A site file with pseudonyms: the same statements, and instead of each secret a source of the same kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from krbcheck.recording.pseudonyms import Pseudonyms

KEPT = frozenset({"krbcheck", "product", "mode", "access", "encryption", "rc4", "prompt"})
"""Keys whose values are keywords of the site file, not names."""
NAMED = frozenset({"domains", "storage", "tenants"})
"""Keys whose mappings have names as their keys."""
REMOVED = "removed"


def site_names(document: Any, key: str = "") -> Iterator[str]:  # noqa: ANN401 - decoded YAML
    """Every name and address that the site file states; nothing of its secrets."""
    if isinstance(document, dict):
        for name, value in document.items():
            if key in NAMED:
                yield str(name)
            if name not in KEPT and name not in ("secret", "tickets", "ca_file"):
                yield from site_names(value, str(name))
    elif isinstance(document, list):
        for entry in document:
            yield from site_names(entry, key)
    elif isinstance(document, str):
        yield document


def with_pseudonyms(document: Any, pseudonyms: Pseudonyms, key: str = "") -> Any:  # noqa: ANN401 - decoded YAML
    """The decoded site file with each name replaced."""
    if isinstance(document, dict):
        made: dict[str, Any] = {}
        for name, value in document.items():
            if name == "secret" and isinstance(value, dict):
                made[name] = {kind: value[kind] if kind == "prompt" else REMOVED.upper() for kind in value}
            elif name == "tickets" and isinstance(value, dict):
                made[name] = _tickets(value)
            elif name == "ca_file":
                made[name] = REMOVED
            elif name in KEPT:
                made[name] = value
            else:
                shown = pseudonyms.text(str(name)) if key in NAMED else name
                made[shown] = with_pseudonyms(value, pseudonyms, str(name))
        return made
    if isinstance(document, list):
        return [with_pseudonyms(entry, pseudonyms, key) for entry in document]
    return pseudonyms.text(document) if isinstance(document, str) else document


def _tickets(stated: dict[str, Any]) -> dict[str, Any]:
    """Where a host's tickets are, without the paths and the time zone: the times in the recording are UTC."""
    return {"ccache": REMOVED} if "ccache" in stated else {"klist": [REMOVED], "time_zone": "UTC"}
