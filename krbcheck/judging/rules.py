"""The declarations of all checks about what explains what, as one table; nonsense in them is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from krbcheck.judging.check import Check
from krbcheck.judging.explains import EVERY_FINDING, EVERY_UNDETERMINED, Condition, Explains
from krbcheck.judging.verdict import Severity


class BadExplanation(Exception):
    """A declaration names a code that does not exist, or leads back to itself; a bug of ours, never caught."""


@dataclass(frozen=True)
class Rule:
    """`source` explains a target with common values of the labels `same`, of the source and of the target.

    A source or a target is the code of a finding, or the id of a check for its undetermined results.
    """

    source: str
    same: tuple[tuple[str, str], ...]
    where: Condition
    when: Condition


@dataclass(frozen=True)
class Rules:
    """The rules by target, with those for every undetermined result apart. `order` has sources before targets.

    `together` are the labels whose values findings of one problem share, by code.
    """

    by_target: Mapping[str, Sequence[Rule]]
    everywhere: Sequence[Rule]
    order: Mapping[str, int]
    together: Mapping[str, Sequence[str]]

    def of(self, target: str) -> Iterator[Rule]:
        yield from self.by_target.get(target, ())
        if "/" not in target:
            yield from self.everywhere


def rules_of(checks: Iterable[Check[Any]]) -> Rules:
    """The declarations of these checks; those about checks that are not among them have no effect."""
    checks = tuple(checks)
    known = _codes(checks)
    by_target: dict[str, list[Rule]] = {}
    everywhere: list[Rule] = []
    for source, declared in _declared(checks):
        rule = Rule(source, declared.same, declared.where, declared.when)
        for what in declared.what:
            if what == EVERY_UNDETERMINED:
                everywhere.append(rule)
            for target in _targets(what, known):
                by_target.setdefault(target, []).append(rule)
    together = {f"{check.id}/{problem.slug}": tuple(problem.together) for check in checks for problem in check.problems}
    return Rules(by_target, everywhere, _order(known, by_target), together)


def examine(checks: Iterable[Check[Any]]) -> None:
    """Raises BadExplanation where a declaration names nothing that can be explained, explains itself, or is one of a
    circle of declarations.
    """
    checks = tuple(checks)
    known = _codes(checks)
    for source, declared in _declared(checks):
        if not declared.same:
            raise BadExplanation(f"{source} explains {declared.what[0]} without a label that must be equal")
        for what in declared.what:
            targets = list(_targets(what, known))
            if what != EVERY_UNDETERMINED and not targets:
                raise BadExplanation(f"{source} explains {what}, which is no finding and no check")
            if source in targets:
                raise BadExplanation(f"{source} explains itself")
            if "/" not in source and (what == EVERY_UNDETERMINED or any("/" in target for target in targets)):
                raise BadExplanation(f"the undetermined results of {source} cannot explain {what}")
    rules_of(checks)


def _codes(checks: Iterable[Check[Any]]) -> frozenset[str]:
    """What can explain and be explained: errors and warnings by code, undetermined results by the id of the check."""
    return frozenset(
        name
        for check in checks
        for name in (
            check.id,
            *(f"{check.id}/{each.slug}" for each in check.problems if each.severity is not Severity.NOTE),
        )
    )


def _declared(checks: Iterable[Check[Any]]) -> Iterator[tuple[str, Explains]]:
    for check in checks:
        for problem in check.problems:
            yield from ((f"{check.id}/{problem.slug}", declared) for declared in problem.explains)
        yield from ((check.id, declared) for declared in check.undetermined_explains)


def _targets(what: str, known: frozenset[str]) -> Iterator[str]:
    if what.endswith(EVERY_FINDING):
        yield from sorted(code for code in known if code.startswith(what.removesuffix("*")))
    elif what in known:
        yield what


def _order(known: frozenset[str], by_target: Mapping[str, Sequence[Rule]]) -> dict[str, int]:
    """Findings before undetermined results, and within these each source before its targets."""
    graph = {code: {rule.source for rule in by_target.get(code, ()) if rule.source in known} for code in sorted(known)}
    try:
        sorted_ = list(TopologicalSorter(graph).static_order())
    except CycleError as circle:
        raise BadExplanation(f"these explain each other: {' → '.join(reversed(circle.args[1]))}") from circle
    ordered = [code for code in sorted_ if "/" in code] + [code for code in sorted_ if "/" not in code]
    return {code: number for number, code in enumerate(ordered)}
