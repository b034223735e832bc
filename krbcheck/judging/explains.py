"""What a finding or an undetermined result can explain: declared beside the problem, resolved by `causes`.

The model is Alertmanager's inhibition rules: a source, a target, and the labels whose values must be equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

EVERY_UNDETERMINED = "*"
"""The undetermined results of every check."""
EVERY_FINDING = "/*"
"""After the id of a check: its findings of severity warning or error."""

Condition = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Explains:
    """`what`: codes of findings (`area.name/slug`, `area.name/*` for every error and warning of a check), ids of checks
    for their undetermined results, or EVERY_UNDETERMINED.

    A target follows if each pair of labels in `same`, of the source and of the target, has a value in common. `where`
    are the values that labels of the target may have, `when` those of the source.
    """

    what: tuple[str, ...]
    same: tuple[tuple[str, str], ...]
    where: Condition = field(default_factory=dict)
    when: Condition = field(default_factory=dict)


def explains(
    *what: str, same: str, where: Mapping[str, str] | None = None, when: Mapping[str, str] | None = None
) -> Explains:
    """Returns the declaration; blanks separate the labels in `same` and the values of a condition.

    A label that the target has by another name is written `source=target`.
    """
    pairs = (name.partition("=") for name in same.split())
    return Explains(what, tuple((name, other or name) for name, _, other in pairs), _condition(where), _condition(when))


def _condition(given: Mapping[str, str] | None) -> Condition:
    return {name: frozenset(values.casefold().split()) for name, values in (given or {}).items()}
