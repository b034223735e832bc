"""Results about some principals, data paths and one share only, for a question about one host and one path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from krbcheck.judging.judge import CheckReport, outcome
from krbcheck.judging.rules import Rules
from krbcheck.judging.verdict import Fine, Verdict

Wanted = Mapping[str, frozenset[str]]
"""By label: the values that a result may concern. A result without the label is kept."""


def focused(reports: Iterable[CheckReport], wanted: Wanted) -> list[CheckReport]:
    """The reports without the results that concern other values of these labels only."""
    return [_focused(report, wanted) for report in reports]


def _focused(report: CheckReport, wanted: Wanted) -> CheckReport:
    kept = tuple(verdict for verdict in report.verdicts if _concerns(verdict, wanted))
    if len(kept) == len(report.verdicts):
        return report
    return msgspec.structs.replace(report, verdicts=kept, outcome=outcome(kept, report.crash))


def _concerns(verdict: Verdict, wanted: Wanted) -> bool:
    if isinstance(verdict, Fine):
        return True
    return all(
        not (values := verdict.labels.get(label)) or not allowed.isdisjoint(map(str.casefold, values))
        for label, allowed in wanted.items()
    )


def leading_to(checks: Iterable[str], rules: Rules) -> frozenset[str]:
    """These checks, and every check that can find a cause of their results, directly or not."""
    sources: dict[str, set[str]] = {}
    everywhere = {rule.source.partition("/")[0] for rule in rules.everywhere}
    for target, declared in rules.by_target.items():
        known = sources.setdefault(target.partition("/")[0], set())
        known.update(rule.source.partition("/")[0] for rule in declared)
    found: set[str] = set()
    waiting = [*checks, *everywhere]
    while waiting:
        check = waiting.pop()
        if check not in found:
            found.add(check)
            waiting += sources.get(check, ())
    return frozenset(found)
