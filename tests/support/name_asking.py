"""Collectors of names and ports that are driven by hand: no thread, no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from krbcheck.asking.ask import Asking
from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.facts.names import (
    DnsAnswer,
    SrvTarget,
)
from krbcheck.facts.observation import Facts, NoAnswer, Observed, Unobserved
from krbcheck.probes.dns.queries import Said
from tests.support.by_hand import AnyAsk, by_hand

F = TypeVar("F", bound=Facts)
AT = datetime(2026, 1, 1, tzinfo=UTC)
Saying = Callable[[AnyAsk], object]


@pytest.fixture
def this_host() -> ThisHost:
    """A leg for alice, none for bob."""
    return ThisHost(
        "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg")}
    )


def drive(collector: Asking[F], say: Saying) -> tuple[F, list[AnyAsk]]:
    """Answers every ask with what `say` returns or raises."""
    asked: list[AnyAsk] = []
    driven = by_hand(collector)
    try:
        asks = next(driven)
        while True:
            asked += asks
            asks = driven.send([_answer(ask, say) for ask in asks])
    except StopIteration as done:
        return done.value, asked


def _answer(ask: AnyAsk, say: Saying) -> Answer:
    try:
        return Observed(say(ask), ask.asked, AT, ask.vantage)
    except NoAnswer as none:
        return Unobserved(none.gap, none.detail, ask.asked, AT, ask.vantage)


def saying(answer: Callable[[str], DnsAnswer]) -> Saying:
    """A name server that says `answer(kind)` to every question."""
    return lambda ask: tuple(Said(answer(kind), 0.001) for _, kind in ask.call.args[0])


def addresses(*found: str) -> Saying:
    """A name server that has these A records for every name, and a name for every address."""
    return saying(
        lambda kind: DnsAnswer(
            "NOERROR",
            addresses=found if kind == "A" else (),
            names=("host.test",) if kind == "PTR" else (),
            targets=(SrvTarget(0, 0, 88, "dc.test"),) if kind == "SRV" else (),
        )
    )


def servers(asks: Sequence[AnyAsk], kind: str) -> list[str]:
    """Who was asked for records of a kind."""
    return [ask.host for ask in asks if ask.call.args and any(question[1] == kind for question in ask.call.args[0])]
