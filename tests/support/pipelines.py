"""Requests in flight, and the replies to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.asking.ask import Ask
from krbcheck.asking.scheduler import Limits, Scheduler, Silent
from krbcheck.facts.observation import Observation


def answers(asks: Sequence[Ask[object]]) -> Iterator[Observation[object]]:
    scheduler = Scheduler(Limits(per_server=1), Silent())
    for ask in asks:
        scheduler.add(ask)
    while scheduler.ended < len(asks):
        yield from (answer for _, answer in scheduler.next())
