"""The content of a forest search order: the forests in their order, and the errors in its format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from krbcheck.views.search_order.effect import State
from krbcheck.windows.policy_file import REG_DWORD, REG_EXPAND_SZ, REG_SZ


@dataclass(frozen=True)
class SearchOrder:
    """`names` are the forests as Windows reads the list, with semicolons between them; `meant` with any separator.

    `on` is whether UseForestSearch is 1. `faults` are the errors in the format, `text` is the unchanged list.
    """

    on: bool
    text: str | None
    names: tuple[str, ...]
    meant: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def in_force(self) -> tuple[str, ...]:
        return self.names if self.on else ()


def search_order(state: State) -> SearchOrder:
    """The list of a state that is certain."""
    on = state.use.data == 1 and state.use.kind == REG_DWORD
    text = None if state.list.data is None else str(state.list.data)
    parts = [part for part in (text or "").split(";") if part.strip()]
    names = tuple(dict.fromkeys(_folded(part) for part in parts))
    meant = tuple(dict.fromkeys(_folded(part) for part in re.split(r"[;,\s]+", text or "") if part))
    return SearchOrder(on, text, names, meant, tuple(_faults(state, on, text, names)))


def _folded(name: str) -> str:
    return name.strip().rstrip(".").lower()


def _faults(state: State, on: bool, text: str | None, names: Sequence[str]) -> Iterator[str]:
    if text is not None and not on:
        yield "UseForestSearch is not 1 although there is a list"
    if state.use.data is not None and state.use.kind != REG_DWORD:
        yield f"UseForestSearch is not a REG_DWORD (type {state.use.kind})"
    if text is not None and state.list.kind not in (REG_SZ, REG_EXPAND_SZ):
        yield f"ForestSearchList is not a REG_SZ (type {state.list.kind})"
    if on and not names:
        yield "the list is empty"
    yield from _of_text(text or "", names)


def _of_text(text: str, names: Sequence[str]) -> Iterator[str]:
    if any("," in name for name in names):
        yield "a comma is used instead of a semicolon"
    if any(re.search(r"\s", name) for name in names):
        yield "a blank is used instead of a semicolon"
    parts = text.split(";") if text else []
    if any(part != part.strip() for part in parts):
        yield "a name has blanks before or after it"
    if names and any(not part.strip() for part in parts):
        yield "an entry is empty"
    short = [name for name in names if "." not in name]
    if short:
        yield f"{', '.join(short)} is a NetBIOS name, not a DNS name"
    counted = Counter(_folded(part) for part in parts if part.strip())
    if twice := [name for name, times in counted.items() if times > 1]:
        yield f"{', '.join(twice)} is listed more than once"


def same(order: SearchOrder, stated: Sequence[str], own: str) -> bool:
    """Whether the list is what the site states, however it is written; the own forest need not be there, and may be.

    A NetBIOS name stands for the stated forest that begins with it.
    """
    short = {name.partition(".")[0]: name for name in stated}
    said = dict.fromkeys(short.get(name, name) for name in order.meant)
    return [name for name in said if name != own] == [name for name in dict.fromkeys(stated) if name != own]
