"""A host without a key on the path loses, repeats, reorders, cuts, inflates and replays the messages of a server.

Each conversation of the lab is replayed by a server with its key, and each message of that server is changed in each
manner. The probe returns nothing that the lab did not return, and ends within its limit.
"""

from __future__ import annotations

import socket
import time
from functools import cache
from typing import Any

import pytest

from fixtures.captured import conversations
from krbcheck.facts.observation import Gap
from tests.support.captures import capture, replayed
from tests.support.gaps import NO_ANSWERS, gap_of
from tests.support.on_path import (
    ATTACKS,
    SMB_PORT,
    STATUS_CODES,
    Attack,
    OnPath,
    endless,
    lost,
    messages_of_another_session,
    no_more_than,
    server,
    unchanged,
    with_status,
)
from tests.support.storage import listening

SECONDS = 0.3
"""The limit of a probe whose server does not answer any more."""
MARGIN = 5.0
"""Seconds that a busy machine may add to the limit of a probe."""
NAMES = tuple(conversations.CONVERSATIONS)
WITHSTOOD = frozenset({"twice", "all-again", "the-earlier-first"})
"""Attacks that SMB withstands: each response has the number of its request. LDAP has a sequence, which they break."""
ENDED = {"cut", "stalled", "unproved", "closed", "confirmed", "status"}
"""What a probe returns about a session that ended early: why, and that the negotiation was not confirmed."""
TIMES = {"authtime", "starttime", "endtime", "renew_till", "stime"}
GAPS = {Gap.MALFORMED, Gap.CLOSED, Gap.TIMED_OUT, Gap.NOT_ALLOWED}


@cache
def strangers(name: str) -> tuple[bytes, ...]:
    return messages_of_another_session(name)


def attacked(name: str, attack: Attack, at: int, idle: float) -> tuple[OnPath, Any]:
    """The host on the path, and what the probe returns: a gap if it has no answer."""
    paths: list[OnPath] = []
    others = strangers(name)

    def serve(channel: socket.socket) -> None:
        paths.append(OnPath(channel, attack, at, others, idle))
        server(name)(paths[-1])

    with listening(serve) as port:
        try:
            found = comparable(replayed(name, port))
        except NO_ANSWERS as none:
            found = gap_of(none)
    return paths[0], found


def comparable(found: Any) -> Any:
    """What a probe returned, without what differs at each run: times, hashes of SPNs (their number is compared), and
    dSHeuristics, which a census reads in a connection of its own.
    """
    if not isinstance(found, dict):
        return found
    found = {field: value for field, value in found.items() if field not in TIMES}
    if "marks" not in found:
        return found
    return {"marks": len(found["marks"]), "value": {**found["value"], "heuristics": None, "whole": None}}


def returned(name: str) -> Any:
    return comparable(capture(name).returned)


def is_believable(name: str, found: Any) -> bool:
    """Whether a probe without all its answers may return this."""
    if isinstance(found, Gap):
        return found in GAPS
    known = returned(name)
    if isinstance(found, dict) and "trees" in found:  # a session keeps the answers before its end
        ended = found["cut"] or (found.get("validation") or {}).get("closed")
        return bool(found == known) or (bool(ended) and no_more_than(found, known, ENDED))
    return bool(found == known)


WHOLE = {"session", "session-smb-2", "policy-files", "searches"}


def positions(name: str, attack: str) -> range:
    """The messages that are attacked: of some conversations all, of those that are like them every third."""
    count = len(strangers(name))
    return range(count) if name in WHOLE else range(list(ATTACKS).index(attack) % 3, count, 3)


@pytest.mark.parametrize("name", NAMES)
def test_without_an_attack_the_answers_are_those_of_the_lab(name: str) -> None:
    path, found = attacked(name, unchanged, -1, MARGIN)
    assert found == returned(name)
    assert len(path.earlier) == len(strangers(name)) > 0


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_believed_that_the_server_did_not_send(name: str, attack: str) -> None:
    withstood = attack in WITHSTOOD and conversations.CONVERSATIONS[name].server.port == SMB_PORT
    for at in positions(name, attack):
        path, found = attacked(name, ATTACKS[attack], at, MARGIN if withstood else 0.02)
        assert path.reached, at
        assert found == returned(name) if withstood else is_believable(name, found), (at, found)


@pytest.mark.parametrize("attack", [lost, endless])
@pytest.mark.parametrize("name", NAMES)
def test_a_probe_ends_within_its_limit(name: str, attack: Attack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection stays open without a message, or with one message without end."""
    count = len(strangers(name))
    monkeypatch.setattr(conversations, "SECONDS", SECONDS)
    for at in {0, count // 2}:
        began = time.monotonic()
        _, found = attacked(name, attack, at, 30.0)
        assert time.monotonic() - began < SECONDS + MARGIN, at
        assert is_believable(name, found), (at, found)


SESSION_SETUP = 1
BEFORE_THE_KEY = {"status", "refused", "mech", "dialect", "cut", "unproved"}
"""What a probe may return of a session that was not set up: nobody can sign that refusal, and it is marked so."""


@pytest.mark.parametrize("whole", [True, False], ids=["with-its-body", "as-an-error"])
@pytest.mark.parametrize("status", STATUS_CODES)
@pytest.mark.parametrize("name", [name for name in NAMES if conversations.CONVERSATIONS[name].server.port == SMB_PORT])
def test_a_forged_status_is_no_answer_of_the_storage(name: str, status: str, whole: bool) -> None:
    for at in {*positions(name, "lost"), SESSION_SETUP}:
        path, found = attacked(name, with_status(STATUS_CODES[status], whole=whole), at, 0.02)
        assert path.reached, at
        if not is_believable(name, found):
            assert at <= SESSION_SETUP, (at, found)
            assert {field for field, value in found.items() if value} <= BEFORE_THE_KEY, (at, found)
            assert found["status"] == STATUS_CODES[status], (at, found)
