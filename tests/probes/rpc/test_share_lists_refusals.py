"""A storage that refuses one step of reading its share lists, signed: the step's status is kept, the rest is read."""

from __future__ import annotations

from typing import Any

import pytest

from krbcheck.facts.observation import Gap, NoAnswer
from tests.support.captures import capture, replayed
from tests.support.rpc_faults import answers, ends, fault, returns, without
from tests.support.smb_captured import CREATE, IOCTL, QUERY_INFO
from tests.support.smb_faults import denies, signed, spoiled
from tests.support.smb_refusals import Serve
from tests.support.smb_replay import Spoil

DENIED, PIPE_BROKEN, NOT_FOUND = 0xC0000022, 0xC000014B, 0xC0000034
FAULT_DENIED = 0x5
DESCRIPTOR, NO_DESCRIPTOR = b"\x01\x00\x04\x80", b"\x09\x00\x04\x80"
"""The start of a security descriptor (MS-DTYP 2.4.6), and one of an unknown revision."""
SHARE_FLAGS, CONNECT, OPEN_DOMAIN, ENUMERATE, FIRST_ALIAS, FIRST_MEMBERS, OPEN_POLICY, LOOK_UP = (
    2,
    5,
    6,
    7,
    8,
    9,
    15,
    16,
)
"""The calls of the captured conversation, from 0, in the order of the pipes."""
SRVSVC, SAMR, LSARPC = 0, 1, 2
"""Its pipes."""
BEFORE: Any = capture("access-lists").returned


def lists(serve: Serve, command: int, spare: int, spoil: Spoil) -> Any:
    peer = spoiled("access-lists", command, spare=spare, spoil=spoil, loose=True)
    found = replayed("access-lists", serve(peer))
    assert peer.unexpected == []
    return found


def test_share_flags_that_are_denied_are_not_known(serve: Serve) -> None:
    found = lists(serve, IOCTL, SHARE_FLAGS, answers(fault(FAULT_DENIED)))
    assert [share["flags"] for share in found["shares"]] == [None, None]
    assert found["shares"][0]["descriptor"] == BEFORE["shares"][0]["descriptor"]
    assert (found["sids"], found["aliases"]) == (BEFORE["sids"], BEFORE["aliases"])


@pytest.mark.parametrize(
    ("command", "spare", "spoil"),
    [
        pytest.param(CREATE, SAMR, denies, id="pipe"),
        pytest.param(IOCTL, CONNECT, returns(DENIED), id="connect"),
        pytest.param(IOCTL, CONNECT, answers(fault(FAULT_DENIED)), id="fault"),
        pytest.param(IOCTL, OPEN_DOMAIN, returns(DENIED), id="open-domain"),
        pytest.param(IOCTL, ENUMERATE, returns(DENIED), id="enumerate"),
    ],
)
def test_a_storage_that_hides_its_groups_says_so_and_the_rest_is_read(
    serve: Serve, command: int, spare: int, spoil: Spoil
) -> None:
    found = lists(serve, command, spare, spoil)
    assert (found["aliases"], found["aliases_status"]) == ([], DENIED)
    assert (found["refused"], found["shares"], found["sids"]) == ("", BEFORE["shares"], BEFORE["sids"])


@pytest.mark.parametrize("call", [FIRST_ALIAS, FIRST_MEMBERS], ids=["open", "members"])
def test_one_group_that_is_hidden_has_its_status(serve: Serve, call: int) -> None:
    found = lists(serve, IOCTL, call, returns(DENIED))
    assert found["aliases_status"] == 0
    first, *others = found["aliases"]
    assert first == {**BEFORE["aliases"][0], "status": DENIED, "members": []}
    assert others == BEFORE["aliases"][1:]


@pytest.mark.parametrize(
    ("command", "spare", "spoil"),
    [
        pytest.param(CREATE, LSARPC, ends(NOT_FOUND), id="pipe"),
        pytest.param(IOCTL, OPEN_POLICY, returns(DENIED), id="open-policy"),
        pytest.param(IOCTL, LOOK_UP, answers(fault(FAULT_DENIED)), id="look-up"),
    ],
)
def test_a_storage_that_translates_no_sids_has_no_names_and_the_rest_is_read(
    serve: Serve, command: int, spare: int, spoil: Spoil
) -> None:
    found = lists(serve, command, spare, spoil)
    assert (found["sids"], found["shares"]) == ([], BEFORE["shares"])
    assert (found["aliases"], found["refused"]) == (BEFORE["aliases"], "")


def test_a_storage_without_srvsvc_is_named_with_its_status(serve: Serve) -> None:
    found = lists(serve, CREATE, SRVSVC, ends(NOT_FOUND))
    assert (found["refused"], found["status"]) == ("pipe srvsvc", NOT_FOUND)
    assert (found["shares"], found["sids"], found["aliases"]) == ([], [], [])


@pytest.mark.parametrize("call", [SHARE_FLAGS, CONNECT, LOOK_UP])
def test_a_pipe_that_breaks_is_the_answer_for_all(serve: Serve, call: int) -> None:
    found = lists(serve, IOCTL, call, ends(PIPE_BROKEN))
    assert (found["refused"], found["status"]) == ("pipe", PIPE_BROKEN)


def test_a_share_descriptor_that_is_none_is_malformed(serve: Serve) -> None:
    with pytest.raises(NoAnswer, match="no security descriptor") as none:
        lists(serve, IOCTL, SHARE_FLAGS - 1, without(DESCRIPTOR, NO_DESCRIPTOR))
    assert none.value.gap is Gap.MALFORMED


@pytest.mark.parametrize("command", [CREATE, QUERY_INFO], ids=["open", "query"])
def test_a_folder_whose_permissions_are_denied_has_that_status(serve: Serve, command: int) -> None:
    peer = spoiled("listing", command, spoil=denies)
    found = replayed("listing", serve(peer))
    assert found["folders"][0] == {"share": "AliceVMs", "status": DENIED, "descriptor": None}
    assert found["names"] == capture("listing").returned["names"]


def test_a_folder_descriptor_that_is_none_is_malformed(serve: Serve) -> None:
    def spoil(peer: Any, part: bytes) -> bytes:
        assert part.count(DESCRIPTOR) == 1
        return signed(peer, part.replace(DESCRIPTOR, NO_DESCRIPTOR))

    with pytest.raises(NoAnswer, match="no security descriptor") as none:
        replayed("listing", serve(spoiled("listing", QUERY_INFO, spoil=spoil)))
    assert none.value.gap is Gap.MALFORMED
