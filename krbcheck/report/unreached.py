"""A run in which no server answered: one clause of what was not reached, because such a run proves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from krbcheck.facts.endpoints import shown
from krbcheck.facts.observation import NOT_SENT, Facts, Observed, Unobserved
from krbcheck.facts.scopes import Scopes
from krbcheck.facts.vantages import Vantages
from krbcheck.report.text import cut

MOST_SERVERS = 3
MAX_CLAUSE = 300


def never_asked(seen: Observed[Any] | Unobserved) -> bool:
    """Whether no query was sent: what was needed for it is missing."""
    return isinstance(seen, Unobserved) and seen.gap in NOT_SENT


def unreached(facts: Mapping[type[Facts], Facts], seen: Collection[Observed[Any] | Unobserved]) -> str:
    """What was not reached if no query was answered; empty if one was, or if nothing was to be queried."""
    wanted = any(kind not in (Vantages, Scopes) for kind in facts)
    if not wanted or any(isinstance(observation, Observed) for observation in seen):
        return ""
    silent = [gap for gap in seen if isinstance(gap, Unobserved) and not never_asked(gap)]
    clause = _without_answer(silent) if silent else _without_query(facts, seen)
    return cut(clause, MAX_CLAUSE)


def _without_answer(silent: Collection[Unobserved]) -> str:
    count = len(silent)
    servers = sorted({shown(gap.of) for gap in silent if gap.of})
    named = ", ".join(servers[:MOST_SERVERS])
    more = f" and {len(servers) - MOST_SERVERS} more" if len(servers) > MOST_SERVERS else ""
    queries = "the only query was not answered" if count == 1 else f"none of {count} queries was answered"
    return f"{queries} ({named}{more})" if named else queries


def _without_query(facts: Mapping[type[Facts], Facts], seen: Collection[Observed[Any] | Unobserved]) -> str:
    family = facts.get(Vantages)
    points = family.points if isinstance(family, Vantages) else ()
    reasons = Counter(gap.detail for gap in seen if isinstance(gap, Unobserved))
    reasons = reasons or Counter(point.why for point in points if point.why)
    usual = min(reasons, key=lambda reason: (-reasons[reason], reason), default="")
    return f"nothing was queried: {usual}" if usual else "nothing was queried"
