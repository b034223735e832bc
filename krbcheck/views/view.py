"""Derived views: what follows from the facts alone. Each is built once per run and requested by its type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, get_type_hints

from krbcheck.facts.observation import Facts
from krbcheck.site.stated import Site

V = TypeVar("V", bound="View")


class View:
    """Base of the derived views.

    The types of the constructor's parameters declare what a view needs: Site, fact families, other views. The
    constructor is pure; a view may compute and keep parts of itself when they are first requested.
    """


class BadNeed(Exception):
    """A check or a view needs something that is neither Site, a fact family nor a view, or a view needs itself."""


_NEEDS: dict[type[View], Mapping[str, type]] = {}
"""The needs of each view, by its class, read once: that costs more than most checks do."""


def needs_of(kind: type[View]) -> Mapping[str, type]:
    """The types of the constructor's parameters, by parameter name."""
    if kind not in _NEEDS:
        _NEEDS[kind] = _read_needs(kind)
    return _NEEDS[kind]


def _read_needs(kind: type[View]) -> Mapping[str, type]:
    hints = get_type_hints(vars(kind)["__init__"]) if "__init__" in vars(kind) else {}
    return {name: needed for name, needed in hints.items() if name != "return"}


def sources_of(kinds: Iterable[type]) -> tuple[type[Facts] | type[Site], ...]:
    """Site and the fact families that `kinds` are, or are built from; each once, in the order of the parameters.

    Raises BadNeed for a kind that is neither Site, a fact family nor a view, and for views that need each other.
    """
    return tuple(dict.fromkeys(source for kind in kinds for source in _sources(kind, ())))


def families_of(kinds: Iterable[type]) -> tuple[type[Facts], ...]:
    """The fact families among the sources of `kinds`."""
    return tuple(source for source in sources_of(kinds) if issubclass(source, Facts))


def _sources(kind: type, above: tuple[type, ...]) -> Iterator[type[Facts] | type[Site]]:
    if kind in above:
        raise BadNeed(" needs ".join(entry.__name__ for entry in (*above, kind)))
    if isinstance(kind, type) and issubclass(kind, View):
        for needed in needs_of(kind).values():
            yield from _sources(needed, (*above, kind))
    elif isinstance(kind, type) and issubclass(kind, Facts | Site):
        yield kind
    else:
        raise BadNeed(f"{getattr(kind, '__name__', kind)}, which is neither Site, a fact family nor a view")


class Views:
    """The views of one site and its facts. Each is built when it is first requested, after the views that it needs."""

    def __init__(self, site: Site, facts: Mapping[type[Facts], Facts]) -> None:
        self._site, self._facts = site, facts
        self._built: dict[type[View], View] = {}

    def get(self, kind: type[V]) -> V:
        """Raises KeyError where a family below the view is missing; an error of its constructor names the view."""
        if kind not in self._built:
            build: Callable[..., View] = kind
            given = self.given(needs_of(kind))
            try:
                self._built[kind] = build(**given)
            except Exception as crash:
                crash.add_note(f"while the view {kind.__name__} was built")
                raise
        built = self._built[kind]
        assert isinstance(built, kind)
        return built

    def given(self, needs: Mapping[str, type]) -> dict[str, Any]:
        """The value of each need, by parameter name."""
        return {name: self._value(kind) for name, kind in needs.items()}

    def _value(self, kind: type) -> object:
        if kind is Site:
            return self._site
        if issubclass(kind, View):
            return self.get(kind)
        assert issubclass(kind, Facts)
        return self._facts[kind]
