"""The list of a storage's shares: the lab's answers again, levels that are denied, refusals, silence, random bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.listed_shares import ListedShare, ShareList
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.rpc.listed_shares import share_list
from tests.support.captures import capture, replayed
from tests.support.rpc_faults import answers, fault, without
from tests.support.smb_captured import CREATE, IOCTL
from tests.support.smb_faults import denies, spoiled
from tests.support.smb_refusals import Serve, nothing_is_believed, nothing_is_replayed, whole
from tests.support.smb_replay import SmbReplay, Spoil

Making = Callable[..., Any]
NAME, ADDRESS = "vmstore-alice.tintri.com", "127.0.0.1"
DENIED, LOGON_FAILURE, INVALID_NAME = 0xC0000022, 0xC000006D, 123
IPC_SPECIAL = 0x80000003
FOLDERS = "C:\\var\\lib\\samba\\shares\\"
ENUMERATE, FIRST_RECORD = 1, 2
"""The calls of the captured conversation, from 0, which is the bind."""


def listed(ticket: Ticket | None, port: int, seconds: float = 5.0) -> ShareList:
    return share_list(ticket, NAME, ADDRESS, (("AliceVMs", 2),), "", seconds, port)


def test_the_list_and_the_folders_of_shares_that_it_does_not_contain(serve: Serve) -> None:
    """Access-based enumeration hides the stated shares from the reader: their records have the folders."""
    found = whole(serve, "share-list")
    assert (found["refused"], found["status"], found["level"]) == ("", 0, 502)
    assert [(entry["share"], entry["type"]) for entry in found["listed"]] == [("IPC$", IPC_SPECIAL)]
    alice, bob, none = found["records"]
    assert (alice["path"], alice["descriptor"]) == (f"{FOLDERS}AliceVMs", None)
    assert bob["path"] == f"{FOLDERS}BobVMs"
    assert len(bob["descriptor"]["dacl"]) == 3
    assert none == {"share": "NoSuchShare", "status": INVALID_NAME, "path": None, "descriptor": None}


def test_no_record_follows_the_first_that_is_denied(serve: Serve) -> None:
    peer = spoiled("share-list", IOCTL, spare=FIRST_RECORD, spoil=answers(fault(0x5)), loose=True)
    found = replayed("share-list", serve(peer))
    assert found["records"] == [{"share": "AliceVMs", "status": DENIED, "path": None, "descriptor": None}]


@pytest.mark.parametrize(
    ("command", "spare", "spoil", "step"),
    [
        pytest.param(CREATE, 0, denies, "pipe srvsvc", id="pipe"),
        pytest.param(IOCTL, 0, answers(fault(0x5)), "bind", id="bind"),
    ],
)
def test_a_step_that_is_refused_is_named(serve: Serve, command: int, spare: int, spoil: Spoil, step: str) -> None:
    found = replayed("share-list", serve(spoiled("share-list", command, spare=spare, spoil=spoil, loose=True)))
    assert (found["refused"], found["listed"]) == (step, [])


@pytest.mark.parametrize(("denied", "level"), [((502,), 2), ((502, 2), 1)])
def test_a_level_that_is_denied_is_followed_by_one_with_less(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, denied: tuple[int, ...], level: int
) -> None:
    """Samba denies none, so the library's call is replaced: Windows answers level 1 to accounts that are no
    administrators.
    """
    from impacket.dcerpc.v5 import srvs

    def enumerates(_: object, level: int) -> Mapping[str, Any]:
        if level in denied:
            raise srvs.DCERPCSessionError(error_code=5)
        entry = {f"shi{level}_netname": "C$\x00", f"shi{level}_type": 0x80000000, f"shi{level}_path": "C:\\\x00"}
        return {"InfoStruct": {"ShareInfo": {f"Level{level}": {"Buffer": [entry]}}}}

    monkeypatch.setattr(srvs, "hNetrShareEnum", enumerates)
    peer = SmbReplay("share-list", loose=True)
    found = replayed("share-list", serve(peer))
    assert (found["refused"], found["level"]) == ("", level)
    path = "C:\\" if level > 1 else None
    assert found["listed"] == [{"share": "C$", "type": 0x80000000, "path": path, "descriptor": None}]


def test_a_list_that_is_denied_at_every_level_is_refused(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    from impacket.dcerpc.v5 import srvs

    def denies_all(*_: object) -> object:
        raise srvs.DCERPCSessionError(error_code=5)

    monkeypatch.setattr(srvs, "hNetrShareEnum", denies_all)
    found = replayed("share-list", serve(SmbReplay("share-list", loose=True)))
    assert (found["refused"], found["status"], found["listed"]) == ("NetrShareEnum", DENIED, [])


def test_what_is_no_descriptor_is_malformed(serve: Serve) -> None:
    spoil = without(b"\x01\x00\x04\x80", b"\x09\x00\x04\x80")
    with pytest.raises(NoAnswer, match="no security descriptor") as none:
        replayed("share-list", serve(spoiled("share-list", IOCTL, spare=ENUMERATE, spoil=spoil, loose=True)))
    assert none.value.gap is Gap.MALFORMED


def test_replies_that_are_not_signed_are_not_believed(serve: Serve) -> None:
    nothing_is_believed(serve, "share-list")


def test_a_recorded_session_is_not_believed(serve: Serve) -> None:
    nothing_is_replayed(serve, "share-list")


def test_a_refused_session_is_an_answer(serve: Serve, storage: Making, ticket: Ticket) -> None:
    assert listed(ticket, serve(storage(setup=LOGON_FAILURE))) == ShareList("SESSION_SETUP", LOGON_FAILURE)


def test_a_guest_is_not_asked_for(serve: Serve, storage: Making, ticket: Ticket) -> None:
    with pytest.raises(NoAnswer, match="Guest's or anonymous") as none:
        listed(ticket, serve(storage(flags=1)))
    assert none.value.gap is Gap.MALFORMED


def test_without_a_ticket_nothing_is_asked() -> None:
    with pytest.raises(NoAnswer) as none:
        listed(None, 1)
    assert none.value.gap is Gap.NEEDS_OTHER


@pytest.mark.parametrize("command", [0, 1, 3])
def test_silence_ends_with_the_deadline(serve: Serve, storage: Making, ticket: Ticket, command: int) -> None:
    with pytest.raises(NoAnswer) as none:
        listed(ticket, serve(storage(silent_at=command)), 0.3)
    assert none.value.gap is Gap.TIMED_OUT


def test_random_bytes_are_malformed(serve: Serve, ticket: Ticket) -> None:
    def rubbish(channel: Any) -> None:
        channel.recv(4096)
        channel.sendall((200).to_bytes(4, "big") + b"rubbish " * 25)

    with pytest.raises(NoAnswer) as none:
        listed(ticket, serve(rubbish))
    assert none.value.gap is Gap.MALFORMED


def test_what_has_files_and_what_has_not() -> None:
    has_files = {ListedShare("C$", 0x80000000), ListedShare("A", 0), ListedShare("A"), ListedShare("A", 0x40000000)}
    assert all(share.has_files for share in has_files)
    assert not any(share.has_files for share in (ListedShare("ipc$"), ListedShare("P", 1), ListedShare("X", 3)))


def test_the_captured_reader_was_shown_no_share_of_a_tenant() -> None:
    assert "AliceVMs" not in [entry["share"] for entry in capture("share-list").returned["listed"]]
