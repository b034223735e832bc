"""What a check says of a subject: a finding, fine, or not determined, and on what grounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from krbcheck.facts.observation import MAX_TEXT, Observed, Unobserved, reason


class Severity(StrEnum):
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class Finding(msgspec.Struct, frozen=True, tag="finding", tag_field="verdict"):
    """Something is wrong (or worth a note): what, what was expected and found, and what mends it.

    `code` is `area.name/slug`. `tenant` is empty where the finding concerns no one tenant.
    """

    code: str
    severity: Severity
    subject: str
    says: str
    remedy: str
    tenant: str = ""
    values: Mapping[str, str | tuple[str, ...]] = {}
    because: tuple[str, ...] = ()


class Fine(msgspec.Struct, frozen=True, tag="fine", tag_field="verdict"):
    """Looked at, and as it should be."""

    subject: str
    tenant: str = ""
    because: tuple[str, ...] = ()


class Unknown(msgspec.Struct, frozen=True, tag="unknown", tag_field="verdict"):
    """Could not be judged, and why. Never counted as good."""

    subject: str
    says: str
    tenant: str = ""
    because: tuple[str, ...] = ()


Verdict = Finding | Fine | Unknown
Ground = Observed[Any] | Unobserved | str
"""What a verdict rests on: an observation, or a line of text."""


def grounds(because: Iterable[Ground]) -> tuple[str, ...]:
    """The lines of `because`, each once."""
    lines = (one if isinstance(one, str) else reason(one) for one in because)
    return tuple(dict.fromkeys(line[:MAX_TEXT] for line in lines))


def fine(subject: str, *because: Ground, tenant: str = "") -> Fine:
    return Fine(subject, tenant, grounds(because))


def unknown(subject: str, *because: Ground, tenant: str = "", says: str = "") -> Unknown:
    """Without `says` the first unanswered question is the reason."""
    if not says:
        gaps = [one for one in because if isinstance(one, Unobserved)]
        first = gaps[0] if gaps else next(iter(because), "nothing was asked")
        says = first if isinstance(first, str) else reason(first)
    return Unknown(subject, says, tenant, grounds(because))


class Outcome(StrEnum):
    """Of one check in one run, derived from its verdicts; the worst counts."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"
    CRASHED = "crashed"
