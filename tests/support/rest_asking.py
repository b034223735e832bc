"""Runs a collector with the queries that it makes really sent, one after another."""

from __future__ import annotations

from typing import TypeVar

from krbcheck.asking.answering import answered, unasked
from krbcheck.asking.ask import Asking, NotAsked

R = TypeVar("R")


def collected(collector: Asking[R]) -> R:
    """What the collector returns."""
    answers = None
    try:
        while True:
            asks = next(collector) if answers is None else collector.send(answers)
            answers = [unasked(ask) if isinstance(ask, NotAsked) else answered(ask) for ask in asks]
    except StopIteration as stopped:
        value: R = stopped.value
        return value
