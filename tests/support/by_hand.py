"""Drives a collector without threads and network: a test answers what it asks."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from krbcheck.asking.answering import unasked
from krbcheck.asking.ask import Ask, Asking, NotAsked, R
from krbcheck.facts.observation import Observation

AnyAsk = Ask[Any]
"""An ask of whatever type; `call.func` is its probe, `call.args` are the arguments."""


def by_hand(collector: Asking[R]) -> Generator[list[AnyAsk], list[Observation[object]], R]:
    """The same collector; what it cannot ask is answered as a collection answers it, and is not shown."""
    answers: list[Observation[object]] | None = None
    try:
        while True:
            batch = list(next(collector) if answers is None else collector.send(answers))
            given = iter((yield [question for question in batch if isinstance(question, Ask)]))
            answers = [unasked(question) if isinstance(question, NotAsked) else next(given) for question in batch]
    except StopIteration as stopped:
        value: R = stopped.value
        return value
