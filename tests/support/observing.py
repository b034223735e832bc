"""Observations that a test makes by hand: an answer, and a query without an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from krbcheck.facts.observation import Gap, Observed, Unobserved

T = TypeVar("T")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def observed(value: T, asked: str = "query", vantage: str = "alice") -> Observed[T]:
    return Observed(value, asked, AT, vantage)


def silence(detail: str = "no response within 5 s", gap: Gap = Gap.TIMED_OUT, asked: str = "query") -> Unobserved:
    return Unobserved(gap, detail, asked, AT, "alice")
