"""Sessions of the lab again: Samba's answers under keys of this run, whole and damaged on the way."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.facts.observation import Gap, NoAnswer
from tests.support.captures import capture, replayed
from tests.support.smb_captured import CLOSE, CREATE, LOGOFF, NEGOTIATE, SESSION_SETUP, TREE_CONNECT
from tests.support.smb_faults import (
    NOT_SIGNED,
    SEALED_AMISS,
    cut,
    cut_frame,
    plain,
    spoiled,
)
from tests.support.smb_faults import (
    replayed as replayed_reply,
)
from tests.support.smb_keys import AES_128_CCM, AES_128_GCM, AES_256_CCM, AES_256_GCM
from tests.support.smb_replay import SmbReplay, Spoil

Serve = Callable[[Callable[[socket.socket], None]], int]
SESSIONS = ("session", "session-sealed", "session-smb-2", "session-smb-3")
DENIED, NO_SHARE, ENCRYPTED_SHARE = 0xC0000022, 0xC00000CC, 0x8000
CHANGE, FULL = 0x001201BF, 0x001F01FF
COMMANDS = pytest.mark.parametrize("command", [TREE_CONNECT, CREATE, CLOSE], ids=["tree-connect", "create", "close"])


def session(serve: Serve, peer: SmbReplay) -> dict[str, Any]:
    found: dict[str, Any] = replayed(peer.name, serve(peer))
    assert peer.unexpected == []
    return found


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_of_the_lab_is_read_as_it_was(serve: Serve, name: str) -> None:
    peer = SmbReplay(name)
    assert session(serve, peer) == capture(name).returned
    assert peer.unasked == []


@pytest.mark.parametrize("name", SESSIONS)
def test_what_a_session_reads_is_what_the_lab_was_built_with(serve: Serve, name: str) -> None:
    """Alice's host has its own share whole, and its root without WRITE_DAC and the like; not Bob's."""
    found = session(serve, SmbReplay(name))
    own, others, none = found["trees"]
    assert (own["share"], own["status"], own["maximal_access"]) == ("AliceVMs", 0, FULL)
    assert (own["root"], own["listed"], own["root_access"]) == (DENIED, 0, CHANGE)
    assert own["share_flags"] == (ENCRYPTED_SHARE if name in ("session-sealed", "session-smb-3") else 0)
    assert [(tree["share"], tree["status"]) for tree in (others, none)] == [
        ("BobVMs", DENIED),
        ("NoSuchShare", NO_SHARE),
    ]
    assert (found["unproved"], found["cut"], found["stalled"]) == (None, "", False)


def test_the_negotiation_of_smb_2_is_confirmed(serve: Serve) -> None:
    validation = session(serve, SmbReplay("session-smb-2"))["validation"]
    assert validation["confirmed"] == validation["negotiated"]
    assert validation["negotiated"]["dialect"] == 0x0210


@pytest.mark.parametrize("cipher", [AES_128_CCM, AES_128_GCM, AES_256_CCM, AES_256_GCM])
@pytest.mark.parametrize("signing", [-1, 0, 1, 2], ids=["not-negotiated", "hmac", "cmac", "gmac"])
@pytest.mark.parametrize("seals", [False, True], ids=["signed", "sealed"])
def test_each_algorithm_of_smb_3_1_1_is_spoken(serve: Serve, cipher: int, signing: int, seals: bool) -> None:
    peer = SmbReplay("session", signing=signing, cipher=cipher, seals=seals)
    found = session(serve, peer)
    assert found["trees"] == capture("session").returned["trees"]
    assert (found["flags"], peer.unasked) == (4 * seals, [])


@pytest.mark.parametrize("dialect", [0x0202, 0x0210, 0x0300, 0x0302])
@pytest.mark.parametrize("seals", [False, True], ids=["signed", "sealed"])
def test_each_older_dialect_is_spoken_and_its_negotiation_confirmed(serve: Serve, dialect: int, seals: bool) -> None:
    seals = seals and dialect >= 0x0300
    peer = SmbReplay("session", dialect=dialect, seals=seals)
    found = session(serve, peer)
    assert found["trees"] == capture("session").returned["trees"]
    assert (found["dialect"], found["validation"]["confirmed"]) == (dialect, found["validation"]["negotiated"])


@pytest.mark.parametrize("fault", NOT_SIGNED.values(), ids=NOT_SIGNED)
@COMMANDS
@pytest.mark.parametrize("name", ["session", "session-smb-2"])
def test_a_response_that_is_not_signed_ends_the_session(serve: Serve, name: str, command: int, fault: Spoil) -> None:
    found = session(serve, spoiled(name, command, spoil=fault))
    assert found["unproved"] == "not-signed"
    assert "not signed" in found["cut"]
    assert believed(found) == ([] if command == TREE_CONNECT else ALL)
    if command == CREATE:
        assert found["trees"][0]["root"] is None


ALL = [("AliceVMs", 0), ("BobVMs", DENIED), ("NoSuchShare", NO_SHARE)]


def believed(found: dict[str, Any]) -> list[tuple[str, int]]:
    return [(tree["share"], tree["status"]) for tree in found["trees"]]


@pytest.mark.parametrize("fault", NOT_SIGNED.values(), ids=NOT_SIGNED)
def test_what_was_signed_before_is_kept(serve: Serve, fault: Spoil) -> None:
    found = session(serve, spoiled("session", TREE_CONNECT, spoil=fault, spare=1))
    assert (believed(found), found["unproved"]) == (ALL[:1], "not-signed")


@pytest.mark.parametrize("fault", SEALED_AMISS.values(), ids=SEALED_AMISS)
@COMMANDS
@pytest.mark.parametrize("name", ["session-sealed"])
def test_a_response_that_another_sealed_ends_the_session(serve: Serve, name: str, command: int, fault: Spoil) -> None:
    found = session(serve, spoiled(name, command, damage=fault))
    assert "bytes that are not SMB" in found["cut"]
    assert believed(found) == ([] if command == TREE_CONNECT else ALL)


@COMMANDS
def test_a_response_in_clear_text_ends_an_encrypted_session(serve: Serve, command: int) -> None:
    """It is signed with the session's key: a storage that drops the encryption is not believed either."""
    found = session(serve, spoiled("session-sealed", command, damage=plain))
    assert (found["unproved"], "clear text" in found["cut"]) == ("not-signed", True)
    assert believed(found) == ([] if command == TREE_CONNECT else ALL)


def test_the_response_to_another_number_answers_nothing(serve: Serve) -> None:
    found = session(serve, spoiled("session", TREE_CONNECT, spoil=replayed_reply, spare=2, closes=True))
    assert (believed(found), "closed the connection" in found["cut"]) == (ALL[:2], True)


@pytest.mark.parametrize("command", [TREE_CONNECT, CREATE])
def test_a_signed_response_that_is_cut_is_malformed(serve: Serve, command: int) -> None:
    found = session(serve, spoiled("session", command, spoil=cut, spare=1 if command == CREATE else 0))
    assert "not SMB" in found["cut"]
    assert found["unproved"] is None


@pytest.mark.parametrize("name", ["session", "session-sealed"])
@pytest.mark.parametrize("command", [TREE_CONNECT, CREATE])
def test_a_message_that_ends_early_is_no_answer(serve: Serve, name: str, command: int) -> None:
    found = session(serve, spoiled(name, command, damage=cut_frame, closes=True))
    assert "closed the connection" in found["cut"]
    assert len(believed(found)) == (0 if command == TREE_CONNECT else 3)


@pytest.mark.parametrize("fault", sorted(set(NOT_SIGNED) - {"changed-status", "earlier-response-renumbered"}))
def test_a_session_that_is_not_signed_at_its_end_proves_nothing(serve: Serve, fault: str) -> None:
    peer = spoiled("session", SESSION_SETUP, spoil=NOT_SIGNED[fault])
    found = session(serve, peer)
    assert (found["trees"], found["unproved"]) == ([], "not-signed")
    assert peer.commands == [NEGOTIATE, SESSION_SETUP]


def test_a_rejection_of_the_session_is_never_signed(serve: Serve) -> None:
    """There is no key yet: the status is what came, and nothing else is."""
    found = session(serve, spoiled("session", SESSION_SETUP, spoil=NOT_SIGNED["changed-status"]))
    assert (found["status"], found["trees"], found["unproved"]) == (DENIED, [], None)


def test_another_response_under_the_number_of_session_setup_is_malformed(serve: Serve) -> None:
    peer = spoiled("session", SESSION_SETUP, spoil=NOT_SIGNED["earlier-response-renumbered"])
    with pytest.raises(NoAnswer, match="not SMB") as none:
        session(serve, peer)
    assert none.value.gap is Gap.MALFORMED


@pytest.mark.parametrize("fault", NOT_SIGNED.values(), ids=NOT_SIGNED)
def test_the_response_to_logoff_takes_nothing_away(serve: Serve, fault: Spoil) -> None:
    found = session(serve, spoiled("session", LOGOFF, spoil=fault))
    assert found == capture("session").returned


@pytest.mark.parametrize("name", ["interfaces", "rights"], ids=["pipeline", "pipe"])
def test_each_response_of_smb_2_0_2_is_a_credit(serve: Serve, name: str) -> None:
    """CreditResponse is reserved there (MS-SMB2 3.2.5.1.4); a newer storage that grants none cannot be queried."""
    old = SmbReplay(name, dialect=0x0202, credits=0)
    assert session(serve, old) == capture(name).returned
    assert old.unasked == []
    with pytest.raises(NoAnswer, match="no credit") as none:
        session(serve, SmbReplay(name, dialect=0x0210, credits=0))
    assert none.value.gap is Gap.MALFORMED
