"""Remedies in tests: all texts of the steps as one, and the commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from krbcheck.judging.verdict import Finding
from krbcheck.windows.remedy import COMMANDS, PROSE, RemedyStep


def text(finding: Finding) -> str:
    """Every text of every step, one in a line."""
    return "\n".join(part for step in finding.remedy for name in (*PROSE, *COMMANDS) if (part := getattr(step, name)))


def commands(remedy: Iterable[RemedyStep]) -> Iterator[str]:
    """Every command of every step: what is run, what reverts it and what verifies it."""
    return (part for step in remedy for name in COMMANDS if (part := getattr(step, name)))
