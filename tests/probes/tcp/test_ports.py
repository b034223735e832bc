"""What a knock at a TCP port comes to: open, closed, filtered, unreachable; all of them side by side."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.ports import PortState
from krbcheck.probes.tcp import ports

Address = tuple[str, int]


@pytest.fixture
def listening() -> Iterator[Address]:
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as server:
        yield server.getsockname()


@pytest.fixture
def closed() -> Address:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address: Address = server.getsockname()
    return address


@pytest.fixture
def silent() -> Iterator[Address]:
    """A listener whose queue is full: Linux drops what comes then."""
    with ExitStack() as held, socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address: Address = server.getsockname()
        for _ in range(4):
            channel = held.enter_context(socket.socket())
            channel.setblocking(False)
            channel.connect_ex(address)
        yield address


def test_a_listener_is_open(listening: Address) -> None:
    (reply,) = ports.knock([listening], "127.0.0.1")
    assert (reply.state, reply.summary()) == (PortState.OPEN, "open")


def test_a_refusal_is_closed(closed: Address) -> None:
    (reply,) = ports.knock([closed])
    assert (reply.state, reply.summary()) == (PortState.CLOSED, "closed (Connection refused)")


def test_silence_is_filtered_after_its_time(silent: Address) -> None:
    (reply,) = ports.knock([silent], seconds=0.2)
    assert (reply.state, reply.summary()) == (PortState.FILTERED, "filtered (no answer within 0.2 s)")


def test_the_silent_delay_nobody_and_cost_their_time_once(silent: Address, listening: Address, closed: Address) -> None:
    started = time.monotonic()
    replies = ports.knock([silent, listening, silent, closed, silent], seconds=0.3)
    spent = time.monotonic() - started
    assert [reply.state for reply in replies] == ["filtered", "open", "filtered", "closed", "filtered"]
    assert 0.3 <= spent < 0.85


def test_all_answered_ends_at_once(listening: Address, closed: Address) -> None:
    started = time.monotonic()
    ports.knock([listening, closed] * 300, seconds=5)
    assert time.monotonic() - started < 2


def test_no_way_to_the_host_is_unreachable() -> None:
    (reply,) = ports.knock([("255.255.255.255", 445)], seconds=0.2)
    assert reply.state == PortState.UNREACHABLE


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (errno.EHOSTUNREACH, PortState.FILTERED),
        (errno.EACCES, PortState.FILTERED),
        (errno.ENETUNREACH, PortState.UNREACHABLE),
    ],
)
def test_a_forbidding_router_is_no_missing_route(code: int, state: PortState) -> None:
    assert ports.STATES.get(code, PortState.UNREACHABLE) == state


@pytest.mark.parametrize("source", ["192.0.2.1", "::1"])
def test_an_address_that_is_not_ours_cannot_ask(source: str) -> None:
    with pytest.raises(NoAnswer) as none:
        ports.knock([("127.0.0.1", 445)], source)
    assert none.value.gap == Gap.NOT_HERE
