"""Recordings of older schemas, step by step, into the one that is written now."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from krbcheck.facts.endpoints import endpoint

SCHEMA = 2
"""Of the recordings that are written.

1: 0.1. 2: every gap names the server and port that did not answer (`of`).
"""
SILENCES = (
    re.compile(r"no answer from (?P<server>\S+) port (?P<port>\d+) within [\d.]+ s"),
    re.compile(
        r"(?P<server>\S+) port (?P<port>\d+) (?:refuses connections|closed the connection|cannot be reached: .*)"
    ),
)
"""What schema 1 wrote about a server that did not answer."""


def migrated(head: Mapping[str, Any]) -> dict[str, Any]:
    """A decoded recording of schema 1 or newer in the form of SCHEMA."""
    said = dict(head)
    while (step := STEPS.get(said["schema"])) is not None:
        said = {**step(said), "schema": said["schema"] + 1}
    return said


def _servers_of_gaps(said: Mapping[str, Any]) -> dict[str, Any]:
    """Schema 1 named the server and port of a gap in its detail only."""
    return {**said, "families": _with_servers(said["families"])}


def _with_servers(part: Any) -> Any:  # noqa: ANN401 - decoded JSON
    if isinstance(part, list):
        return [_with_servers(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    changed = {name: _with_servers(entry) for name, entry in part.items()}
    if part.get("seen") == "unobserved" and not part.get("of"):
        changed["of"] = _silent_server(part.get("detail"))
    return changed


def _silent_server(detail: object) -> str:
    for silence in SILENCES:
        if isinstance(detail, str) and (match := silence.fullmatch(detail)):
            return endpoint(match["server"], int(match["port"]))
    return ""


STEPS: Mapping[int, Callable[[Mapping[str, Any]], dict[str, Any]]] = {1: _servers_of_gaps}
"""By the schema that a step starts from."""
