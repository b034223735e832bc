"""Links causes and consequences: the verdicts that follow from others, by the declarations of the checks.

A verdict is a consequence only if all that it concerns is accounted for: where a label has several values, each value.
One cause need not account for all of them. Nothing is removed: the verdicts stay as they are, with the ids of their
causes. The time grows with the number of verdicts, because the sources are looked up by the values of their labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import msgspec

from krbcheck.judging.explains import Condition
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.labels import Labels
from krbcheck.judging.rules import Rule, Rules
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown

AREAS = ("credentials", "dns", "time", "trust", "policy", "spn", "ticket", "smb", "isolation", "backup")
"""From cause to effect: the order in which causes are fixed."""
SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
ONE_IS_ENOUGH = frozenset({"directory", "address"})
"""Labels of which one value accounts for all: a result that needs several directories is undetermined without one of
them, and two servers differ if one of them is wrong.
"""
MOST = 50
"""The causes that a verdict names; more of one kind are read in the causes themselves."""

Values = tuple[str, ...]


@dataclass
class Node:
    """A finding or an undetermined result. `causes` are the nodes that it follows from, which follow from nothing."""

    key: str
    verdict: Finding | Unknown
    labels: Mapping[str, frozenset[str]]
    causes: tuple[Node, ...] = ()
    explains: list[str] = field(default_factory=list)

    def combinations(self, names: Sequence[str]) -> Iterator[Values]:
        """Each combination of the values of these labels; none if one of the labels is missing."""
        return product(*(sorted(self.labels.get(name, ())) for name in names))

    def has(self, condition: Condition) -> bool:
        """Whether each of these labels has only values that are allowed, and at least one."""
        return all((values := self.labels.get(name)) and values <= allowed for name, allowed in condition.items())


def explained(
    reports: Iterable[CheckReport], rules: Rules
) -> tuple[tuple[CheckReport, ...], tuple[tuple[str, ...], ...]]:
    """Returns the reports, each verdict with its causes or with what it explains, and the problems to fix.

    A problem is the ids of the findings that follow from nothing and have one reason; those to fix first come first.
    Every finding and undetermined result needs its id.
    """
    reports = tuple(reports)
    nodes = list(_nodes(reports))
    sources = _Sources(nodes)
    for node in sorted(nodes, key=lambda entry: rules.order.get(entry.key, 0)):
        node.causes = _counting(node, _causes(node, rules, sources))
        for cause in node.causes:
            cause.explains.append(node.verdict.id)
    linked = {node.verdict.id: node for node in nodes if node.causes or node.explains}
    done = tuple(_linked(report, linked) for report in reports)
    return done, _problems((node for node in nodes if not node.causes), rules)


def _nodes(reports: Iterable[CheckReport]) -> Iterator[Node]:
    for report in reports:
        for verdict in report.verdicts:
            if isinstance(verdict, Unknown):
                yield Node(report.id, verdict, _folded(verdict.labels))
            elif isinstance(verdict, Finding) and verdict.severity is not Severity.NOTE:
                yield Node(verdict.code, verdict, _folded(verdict.labels))


def _folded(labels: Labels) -> dict[str, frozenset[str]]:
    return {name: frozenset(value.casefold() for value in values) for name, values in labels.items()}


class _Sources:
    """The nodes by their key and the values of some labels; each table is made when it is first needed."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._by_key: dict[str, list[Node]] = {}
        for node in nodes:
            self._by_key.setdefault(node.key, []).append(node)
        self._tables: dict[int, Mapping[Values, Sequence[Node]]] = {}

    def matching(self, rule: Rule, target: Node) -> Iterator[tuple[Values, Sequence[Node]]]:
        """The combinations of the target's values that sources have, with these sources."""
        if rule.source not in self._by_key or not target.has(rule.where):
            return
        table = self._tables.get(id(rule))
        if table is None:
            table = self._tables[id(rule)] = self._table(rule)
        for values in target.combinations([name for _, name in rule.same]):
            if values in table:
                yield values, table[values][:MOST]

    def _table(self, rule: Rule) -> Mapping[Values, Sequence[Node]]:
        table: dict[Values, list[Node]] = {}
        for node in self._by_key[rule.source]:
            if node.has(rule.when):
                for values in node.combinations([name for name, _ in rule.same]):
                    table.setdefault(values, []).append(node)
        return table


def _causes(target: Node, rules: Rules, sources: _Sources) -> tuple[Node, ...]:
    """The causes that account for all that the target concerns; nothing where something is left."""
    found: dict[int, Node] = {}
    covered: dict[Values, set[Values]] = {}
    whole = False
    for rule in rules.of(target.key):
        names = [name for _, name in rule.same]
        several = tuple(name for name in names if len(target.labels.get(name, ())) > 1 and name not in ONE_IS_ENOUGH)
        places = [names.index(name) for name in several]
        for values, those in sources.matching(rule, target):
            whole = whole or not several
            covered.setdefault(several, set()).add(tuple(values[position] for position in places))
            found.update((id(node), node) for node in those)
    whole = whole or any(len(those) == _number(target, several) for several, those in covered.items())
    if not whole:
        return ()
    roots = {id(root): root for node in found.values() for root in (node.causes or (node,))}
    return tuple(list(roots.values())[:MOST])


def _counting(target: Node, causes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The causes that are not waived: a waiver concerns a finding, not what follows from it, which counts too."""
    return causes if _is_waived(target) else tuple(cause for cause in causes if not _is_waived(cause))


def _is_waived(node: Node) -> bool:
    return isinstance(node.verdict, Finding) and node.verdict.waived is not None


def _number(target: Node, names: Values) -> int:
    """How many combinations of these labels the target has."""
    number = 1
    for name in names:
        number *= len(target.labels[name])
    return number


def _linked(report: CheckReport, linked: Mapping[str, Node]) -> CheckReport:
    verdicts = tuple(
        verdict if isinstance(verdict, Fine) or verdict.id not in linked else _with_links(linked[verdict.id])
        for verdict in report.verdicts
    )
    return report if verdicts == report.verdicts else msgspec.structs.replace(report, verdicts=verdicts)


def _with_links(node: Node) -> Finding | Unknown:
    explained_by = tuple(cause.verdict.id for cause in node.causes)
    return msgspec.structs.replace(node.verdict, explains=tuple(node.explains), explained_by=explained_by)


def _problems(causes: Iterable[Node], rules: Rules) -> tuple[tuple[str, ...], ...]:
    """The findings among the causes: errors first, then from cause to effect, waived ones last; those with one reason
    together.
    """
    found: dict[tuple[object, ...], list[Finding]] = {}
    for node in causes:
        if isinstance(node.verdict, Finding):
            found.setdefault(_reason(node, node.verdict, rules), []).append(node.verdict)
    ordered = sorted(found.values(), key=lambda findings: _rank(findings[0]))
    return tuple(tuple(finding.id for finding in findings) for findings in ordered)


def _reason(node: Node, finding: Finding, rules: Rules) -> tuple[object, ...]:
    together = rules.together.get(finding.code, ())
    same = tuple(node.labels.get(name, frozenset()) for name in together)
    return finding.code, finding.severity, finding.waived, same or finding.values.get("found", "")


def _rank(finding: Finding) -> tuple[object, ...]:
    return (
        finding.waived is not None,
        SEVERITIES.index(finding.severity),
        area_rank(finding.code),
        finding.tenant,
        finding.subject,
    )


def area_rank(code: str) -> tuple[int, str]:
    """The position of a check or a finding in the order of the areas."""
    area = code.partition(".")[0]
    return AREAS.index(area) if area in AREAS else len(AREAS), code
