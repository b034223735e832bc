"""Storages that misbehave once there is a session: what was answered is kept, the rest is unknown and says why."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.asking.ask import Ask, Server, call
from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.smb import SmbSetUp, Unproved
from krbcheck.probes.smb import sessions
from krbcheck.site.expected_access import Expected
from krbcheck.views.observed_access import Outcome, judged
from tests.support.pipelines import answers

Serve = Callable[[Callable[[socket.socket], None]], int]
Making = Callable[..., Any]
NAME, HERE = "vmstore-alice.tintri.com", "127.0.0.1"
FULL, LIST, ADD = 0x1F01FF, 0x00100081, 0x001200AF
DENIED, NO_RESOURCES, NOT_ACCEPTED = 0xC0000022, 0xC000009A, 0xC00000D0
TREE_CONNECT, CREATE, CLOSE, LOGOFF, IOCTL = 3, 5, 6, 2, 11
SHARES = (("A", ADD), ("B", LIST), ("C", LIST))
GRANTS = {"A": (0, FULL, FULL), "B": (DENIED, 0, 0), "C": (DENIED, 0, 0)}


def tried(ticket: Ticket, port: int, seconds: float = 5.0, requests: int = 32) -> SmbSetUp:
    return sessions.kerberos_session(ticket, NAME, HERE, SHARES, HERE, seconds, requests, port)


def outcomes(said: SmbSetUp) -> list[Outcome]:
    stated = {"A": Expected.FULL, "B": Expected.REFUSED, "C": Expected.REFUSED}
    return [judged(stated[share], said, share).outcome for share, _ in SHARES]


KNOWN, OPEN = Outcome.AS_EXPECTED, Outcome.UNKNOWN


def test_a_reset_in_the_middle_of_the_tree_connects_keeps_what_came_before(
    serve: Serve, storage: Making, ticket: Ticket
) -> None:
    said = tried(ticket, serve(storage(shares=GRANTS, resets_at=TREE_CONNECT, after=2)), requests=1)
    assert said.accepted
    assert [tree.share for tree in said.trees] == ["A", "B"]
    assert "closed the connection" in said.cut
    assert not said.stalled
    assert outcomes(said) == [OPEN, KNOWN, OPEN], "the root of A was not opened"
    assert judged(Expected.FULL, said, "A").says == said.cut


def test_a_storage_that_stalls_after_the_session_is_told_as_silent(
    serve: Serve, storage: Making, ticket: Ticket
) -> None:
    said = tried(ticket, serve(storage(shares=GRANTS, silent_at=TREE_CONNECT)), seconds=0.3)
    assert (said.accepted, said.trees, said.stalled) == (True, (), True)
    assert outcomes(said) == [OPEN, OPEN, OPEN]


@pytest.mark.parametrize("command", [CREATE, LOGOFF])
def test_silence_after_the_trees_takes_nothing_away(
    serve: Serve, storage: Making, ticket: Ticket, command: int
) -> None:
    said = tried(ticket, serve(storage(shares=GRANTS, silent_at=command)), seconds=0.3)
    assert said.stalled
    assert outcomes(said) == [KNOWN if command == LOGOFF else OPEN, KNOWN, KNOWN]


def test_an_open_share_of_another_tenant_stays_a_breach_whatever_comes_after(
    serve: Serve, storage: Making, ticket: Ticket
) -> None:
    peer = storage(shares={**GRANTS, "B": (0, FULL, FULL)}, resets_at=CREATE)
    assert outcomes(tried(ticket, serve(peer)))[1] is Outcome.BREACH


@pytest.mark.parametrize("status", [NO_RESOURCES, NOT_ACCEPTED])
def test_a_storage_without_room_for_a_session_locks_nobody_out(
    serve: Serve, storage: Making, ticket: Ticket, status: int
) -> None:
    said = tried(ticket, serve(storage(shares=GRANTS, setup=status)))
    assert said.status == status
    assert outcomes(said) == [OPEN, OPEN, OPEN]


def test_a_refused_ticket_locks_out(serve: Serve, storage: Making, ticket: Ticket) -> None:
    assert outcomes(tried(ticket, serve(storage(shares=GRANTS, setup=0xC000006D)))) == [Outcome.LOCKED_OUT, OPEN, OPEN]


@pytest.mark.parametrize("status", [NO_RESOURCES, NOT_ACCEPTED])
def test_a_share_that_the_storage_has_no_room_for_is_unknown(
    serve: Serve, storage: Making, ticket: Ticket, status: int
) -> None:
    said = tried(ticket, serve(storage(shares={**GRANTS, "B": (status, 0, 0)})))
    assert outcomes(said) == [KNOWN, OPEN, KNOWN]


def test_one_credit_at_a_time_is_enough(serve: Serve, storage: Making, ticket: Ticket) -> None:
    peer = storage(shares=GRANTS, credits=1)
    said = tried(ticket, serve(peer))
    assert outcomes(said) == [KNOWN, KNOWN, KNOWN]
    assert peer.commands[-6:] == [TREE_CONNECT] * 2 + [CREATE, CLOSE, IOCTL, LOGOFF]
    assert peer.closed_files == [b"F" * 16], "what was opened is closed"


def test_a_pending_answer_is_waited_for(serve: Serve, storage: Making, ticket: Ticket) -> None:
    assert outcomes(tried(ticket, serve(storage(shares=GRANTS, pending=True)))) == [KNOWN, KNOWN, KNOWN]


def test_a_wrong_signature_ends_it_and_says_so(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = tried(ticket, serve(storage(shares=GRANTS, forges_at=TREE_CONNECT)))
    assert (said.trees, said.unproved) == ((), Unproved.NOT_SIGNED)
    assert "not signed with the session's key" in said.cut
    assert outcomes(said) == [OPEN, OPEN, OPEN]


def test_an_unsigned_answer_is_none(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = tried(ticket, serve(storage(shares=GRANTS, unsigned_at=TREE_CONNECT)))
    assert (said.trees, said.unproved, outcomes(said)) == ((), Unproved.NOT_SIGNED, [OPEN, OPEN, OPEN])
    assert "not signed" in said.cut


def test_what_came_signed_before_an_unsigned_reply_holds(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = tried(ticket, serve(storage(shares=GRANTS, unsigned_at=CREATE)))
    assert (len(said.trees), said.proved) == (3, False)
    assert outcomes(said) == [OPEN, KNOWN, KNOWN]


def test_a_logoff_need_not_be_signed(serve: Serve, storage: Making, ticket: Ticket) -> None:
    """The session, and with it the key, may be gone (MS-SMB2 3.3.5.6)."""
    said = tried(ticket, serve(storage(shares=GRANTS, unsigned_at=LOGOFF)))
    assert (said.proved, said.cut, outcomes(said)) == (True, "", [KNOWN, KNOWN, KNOWN])


def ask(value: SmbSetUp) -> Ask[SmbSetUp]:
    return Ask(call(lambda: value), "session", Server(HERE, 445, "smb"), "alice", 1.0)


STALLED, WHOLE = SmbSetUp(0, cut="no answer within 5 s", stalled=True), SmbSetUp(0)


def test_a_storage_that_stalls_after_the_session_is_not_asked_by_the_next() -> None:
    first, second, third = answers([ask(STALLED), ask(WHOLE), ask(WHOLE)])
    assert isinstance(first, Observed), "what it said is kept"
    assert [entry.detail for entry in (second, third) if isinstance(entry, Unobserved)] == [STALLED.cut] * 2


def most_at_once(load: str) -> int:
    """How many of six asks, each to an address of its own, ran at the same time. An ask lasts 30 ms."""
    running: set[int] = set()
    seen: list[int] = []

    def work(number: int) -> None:
        running.add(number)
        seen.append(len(running))
        time.sleep(0.03)
        running.remove(number)

    servers = [Server(f"10.0.0.{number}", 445, "smb") for number in range(6)]
    list(answers([Ask(call(work, number), "session", entry, "a", 1.0, load) for number, entry in enumerate(servers)]))
    assert len(seen) == 6
    return max(seen)


def test_asks_that_bear_the_same_load_take_turns() -> None:
    assert most_at_once("vmstore") == 1
    assert most_at_once("") > 1, "without a common load the same asks overlap"
