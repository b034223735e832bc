"""Finds the collector of a family, and what it needs, by the types of its parameters."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import get_type_hints

from krbcheck.asking.ask import Asking, P, R
from krbcheck.facts.observation import Facts

Collector = Callable[..., Asking[Facts]]
"""A function whose parameters are its needs: the site, this host, the wallet, limits, other families."""


_LACKS: dict[object, str] = {}


def leaves_out(lacks: str) -> Callable[[Callable[P, Asking[R]]], Callable[P, Asking[R]]]:
    """Returns a decorator for a collector that does not query everything that the site states; `lacks` names what is
    missing.
    """

    def mark(function: Callable[P, Asking[R]]) -> Callable[P, Asking[R]]:
        _LACKS[function] = lacks
        return function

    return mark


def lacks_of(function: Collector) -> str:
    """Returns what a collector leaves out; empty if it queries everything that the site states."""
    return _LACKS.get(function, "")


@cache
def needs(function: Collector) -> Mapping[str, type]:
    """Returns the parameters of a collector and their types."""
    return {name: kind for name, kind in get_type_hints(function).items() if name != "return"}


def load_collector(family: type[Facts], table: Mapping[str, str]) -> Collector:
    """Returns the collector of a family; its module, and the libraries that it needs, are imported only now."""
    module, _, function = table[family.__name__].partition(":")
    loaded: Collector = getattr(importlib.import_module(module), function)
    return loaded
