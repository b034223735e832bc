"""Finds the records of a family by subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

K = TypeVar("K")
R = TypeVar("R")


def grouped(records: Iterable[R], key: Callable[[R], K]) -> Mapping[K, Sequence[R]]:
    """Returns the records by key, in their order: a site may have thousands of names."""
    groups: dict[K, list[R]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    return groups
