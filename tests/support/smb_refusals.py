"""Every damage of a response, for the probes that believe nothing of a session once a response is wrong."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from krbcheck.facts.observation import Gap, NoAnswer
from tests.support.captures import capture, replayed
from tests.support.smb_captured import LOGOFF, smb_conversation
from tests.support.smb_faults import NOT_SIGNED, SEALED_AMISS, cut, cut_frame, plain, spoiled
from tests.support.smb_faults import replayed as replayed_reply
from tests.support.smb_replay import SmbReplay, Spoil

Serve = Callable[[Callable[[socket.socket], None]], int]


def commands(name: str) -> list[int]:
    """The commands of a conversation after the session, each once; LOGOFF needs no signature."""
    return sorted({exchange.command for exchange in smb_conversation(name).exchanges} - {LOGOFF})


def whole(serve: Serve, name: str) -> Any:
    """What the probe returns from Samba's answers, which must be what it returned in the lab."""
    peer = SmbReplay(name)
    found = replayed(name, serve(peer))
    assert (peer.unexpected, peer.unasked) == ([], [])
    assert found == capture(name).returned
    return found


def refused(serve: Serve, peer: SmbReplay) -> NoAnswer:
    """The NoAnswer with which the probe ends."""
    with pytest.raises(NoAnswer) as none:
        replayed(peer.name, serve(peer))
    assert peer.unexpected == []
    return none.value


def nothing_is_believed(serve: Serve, name: str) -> None:
    """Each damage of the first response to each command ends the probe without a result."""
    for command in commands(name):
        for fault, how, says in damages(name):
            none = refused(serve, spoiled(name, command, **how))
            assert none.gap is Gap.MALFORMED, (command, fault, none)
            assert any(text in none.detail for text in says), (command, fault, none)
        none = refused(serve, spoiled(name, command, damage=cut_frame, closes=True))
        assert none.gap is Gap.CLOSED, (command, none)


def damages(name: str) -> Iterator[tuple[str, Mapping[str, Spoil], tuple[str, ...]]]:
    """What is done to a response, how, and which words the probe says of it."""
    if not smb_conversation(name).sealed:
        for fault, spoil in NOT_SIGNED.items():
            other = ("not SMB",) if fault == "earlier-response-renumbered" else ()  # it may be of another command
            yield fault, {"spoil": spoil}, ("not signed", *other)
        return
    yield "in-clear-text", {"damage": plain}, ("clear text",)
    for fault, damage in SEALED_AMISS.items():
        yield fault, {"damage": damage}, ("not SMB",)


def nothing_is_replayed(serve: Serve, name: str) -> None:
    """An earlier response in place of each: its number is answered already."""
    for command in commands(name):
        none = refused(serve, spoiled(name, command, spoil=replayed_reply, closes=True))
        assert none.gap is Gap.CLOSED, (command, none)


def cut_is_malformed(serve: Serve, name: str, *of: int) -> None:
    """A signed response of two octets to each of the commands."""
    for command in of:
        none = refused(serve, spoiled(name, command, spoil=cut))
        assert none.gap is Gap.MALFORMED, (command, none)
