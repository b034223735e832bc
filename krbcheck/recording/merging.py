"""The facts of several vantage points as one collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from krbcheck.facts.observation import Facts


def merge(collections: Iterable[Mapping[type[Facts], Facts]]) -> dict[type[Facts], Facts]:
    """The facts of several vantage points as one: the records of a family add up."""
    whole: dict[type[Facts], Facts] = {}
    for facts in collections:
        for kind, family in facts.items():
            whole[kind] = _sum(whole[kind], family) if kind in whole else family
    return whole


def _sum(one: Facts, other: Facts) -> Facts:
    added: dict[str, Any] = {
        field.name: getattr(one, field.name) + getattr(other, field.name) for field in msgspec.structs.fields(type(one))
    }
    return type(one)(**added)
