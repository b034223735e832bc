"""RPC in a pipe of an SMB session: faults, refusals and fragments that are none, signed by the storage itself."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from krbcheck.facts.observation import Gap, NoAnswer
from tests.support.captures import capture, replayed
from tests.support.rpc_faults import BIND_NAK, FAULT, answers, ends, fault, fragment
from tests.support.smb_captured import CREATE, IOCTL, QUERY_INFO, READ, TREE_CONNECT
from tests.support.smb_faults import denies, spoiled
from tests.support.smb_refusals import Serve
from tests.support.smb_replay import SmbReplay, Spoil

DENIED, PIPE_BROKEN, NO_SUCH_FILE = 0xC0000022, 0xC000014B, 0xC000000F
FAULT_DENIED, NO_SUCH_CALL = 0x5, 0x1C010002
BIND, FIRST_CALL = 0, 1


def listed(serve: Serve, spoil: Spoil, command: int = IOCTL, spare: int = BIND) -> dict[str, Any]:
    """What `listing` returns; its folders are read before the pipe is opened, so they are as in the lab."""
    found: dict[str, Any] = replayed("listing", serve(spoiled("listing", command, spoil=spoil, spare=spare)))
    assert found["folders"] == capture("listing").returned["folders"]
    assert found["names"] == []
    return found


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        pytest.param(answers(fragment(BIND_NAK, struct.pack("<HBB", 4, 0, 0))), 4, id="bind-nak"),
        pytest.param(ends(PIPE_BROKEN), PIPE_BROKEN, id="pipe-broken"),
        pytest.param(denies, DENIED, id="access-denied"),
    ],
)
def test_a_bind_that_is_refused_is_the_answer(serve: Serve, spoil: Spoil, status: int) -> None:
    assert listed(serve, spoil)["status"] == status


@pytest.mark.parametrize(
    ("number", "status"),
    [pytest.param(FAULT_DENIED, DENIED, id="access-denied"), pytest.param(NO_SUCH_CALL, NO_SUCH_CALL, id="no-call")],
)
def test_a_fault_has_its_number(serve: Serve, number: int, status: int) -> None:
    found = listed(serve, answers(fault(number)), spare=FIRST_CALL)
    assert (found["refused"], found["status"]) == ("NetrShareEnum", status)


def test_a_pipe_that_breaks_between_two_calls_is_the_answer(serve: Serve) -> None:
    found = listed(serve, ends(PIPE_BROKEN), spare=FIRST_CALL)
    assert (found["refused"], found["status"]) == ("pipe", PIPE_BROKEN)


@pytest.mark.parametrize(
    ("command", "spare", "spoil", "status"),
    [
        pytest.param(TREE_CONNECT, 2, denies, DENIED, id="tree"),
        pytest.param(CREATE, 1, ends(NO_SUCH_FILE), NO_SUCH_FILE, id="pipe"),
    ],
)
def test_a_pipe_that_does_not_open_is_the_answer(
    serve: Serve, command: int, spare: int, spoil: Spoil, status: int
) -> None:
    assert listed(serve, spoil, command, spare)["status"] == status


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(fragment(12, b"")[:15], id="cut"),
        pytest.param(fragment(12, bytes(3)), id="nineteen-octets"),
        pytest.param(fragment(12, bytes(20), version=4), id="another-version"),
        pytest.param(fragment(FAULT, bytes(4)), id="fault-without-number"),
        pytest.param(b"rubbish " * 8, id="rubbish"),
    ],
)
@pytest.mark.parametrize("spare", [BIND, FIRST_CALL], ids=["bind", "call"])
def test_bytes_that_are_not_rpc_are_malformed(serve: Serve, data: bytes, spare: int) -> None:
    with pytest.raises(NoAnswer) as none:
        listed(serve, answers(data), spare=spare)
    assert none.value.gap is Gap.MALFORMED


def test_every_request_of_a_pipe_is_a_transaction(serve: Serve) -> None:
    """An answer of one fragment needs no READ."""
    peer = SmbReplay("listing")
    replayed("listing", serve(peer))
    assert (peer.commands.count(IOCTL), READ in peer.commands) == (2, False)
    assert peer.commands.index(QUERY_INFO) < peer.commands.index(IOCTL)
