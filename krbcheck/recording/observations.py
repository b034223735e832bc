"""The observations within a record or a family, and how they are replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from krbcheck.facts.observation import Observed, Unobserved

Seen = Observed[Any] | Unobserved


def observations(part: Any) -> Iterator[Seen]:  # noqa: ANN401 - any field of a record
    """Every observation within a record, a tuple of records or a family; not those within an answer."""
    if isinstance(part, (Observed, Unobserved)):
        yield part
    elif isinstance(part, tuple):
        for entry in part:
            yield from observations(entry)
    elif isinstance(part, msgspec.Struct):
        for name in part.__struct_fields__:
            yield from observations(getattr(part, name))


def replaced(part: Any, change: Callable[[Seen], Seen]) -> Any:  # noqa: ANN401 - any field of a record
    """The same record, tuple or family with each observation changed; `part` itself where none changes."""
    if isinstance(part, (Observed, Unobserved)):
        return change(part)
    if isinstance(part, tuple):
        entries = tuple(replaced(entry, change) for entry in part)
        return entries if any(new is not old for new, old in zip(entries, part, strict=True)) else part
    if isinstance(part, msgspec.Struct):
        old = {name: getattr(part, name) for name in part.__struct_fields__}
        new = {name: replaced(value, change) for name, value in old.items()}
        changed = {name: value for name, value in new.items() if value is not old[name]}
        return msgspec.structs.replace(part, **changed) if changed else part
    return part


def unmarked(record: Any, change: Callable[[Seen], Seen]) -> Any:  # noqa: ANN401 - a record of any family
    """The record with its observations changed; where one was, what was concluded from them (a loop) is false."""
    new = replaced(record, change)
    marks = [name for name in record.__struct_fields__ if getattr(record, name) is True] if new is not record else []
    return msgspec.structs.replace(new, **dict.fromkeys(marks, False)) if marks else new
