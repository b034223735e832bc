"""What a storage on loopback tells of its shares: an answer, a refusal, silence, rubbish."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from impacket.dcerpc.v5 import srvs

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.share_access import FolderReply, Listing, StorageLists
from krbcheck.probes.rpc import share_lists
from krbcheck.probes.rpc.pipe import RpcRefused
from krbcheck.probes.rpc.share_lists import listing, storage_lists

Serve = Callable[[Callable[..., None]], int]
Making = Callable[..., Any]
DENIED, LOGON_FAILURE, NOT_FOUND, PIPE_BROKEN = 0xC0000022, 0xC000006D, 0xC00000CC, 0xC000014B
NAME, ADDRESS = "vmstore-alice.tintri.com", "127.0.0.1"


def listed(ticket: Ticket | None, port: int, seconds: float = 5.0) -> Listing:
    return listing(ticket, NAME, ADDRESS, ("AliceVMs",), "", seconds, port)


def told(ticket: Ticket | None, port: int, seconds: float = 5.0) -> StorageLists:
    return storage_lists(ticket, NAME, ADDRESS, ("AliceVMs",), (), "", seconds, port)


def test_a_refused_session_is_an_answer(serve: Serve, storage: Making, ticket: Ticket) -> None:
    port = serve(storage(setup=LOGON_FAILURE))
    assert listed(ticket, port) == Listing("SESSION_SETUP", LOGON_FAILURE)
    assert told(ticket, port) == StorageLists("SESSION_SETUP", LOGON_FAILURE)


@pytest.mark.parametrize("ask", [listed, told])
def test_a_guest_is_not_asked_for(serve: Serve, storage: Making, ticket: Ticket, ask: Callable[..., object]) -> None:
    with pytest.raises(NoAnswer, match="Guest's or anonymous, so its replies are not signed") as none:
        ask(ticket, serve(storage(flags=1)))
    assert none.value.gap is Gap.MALFORMED


def test_a_share_that_is_refused_and_no_list_are_answers(serve: Serve, storage: Making, ticket: Ticket) -> None:
    """There is no IPC$ here: the list is refused at its TREE_CONNECT."""
    port = serve(storage(shares={"AliceVMs": (DENIED, 0, None)}, ipc=False))
    assert listed(ticket, port) == Listing("NetrShareEnum", NOT_FOUND, (), (FolderReply("AliceVMs", DENIED),))
    assert told(ticket, port) == StorageLists("TREE_CONNECT IPC$", NOT_FOUND)


@pytest.mark.parametrize("ask", [listed, told])
def test_without_a_ticket_nothing_is_asked(ask: Callable[..., object]) -> None:
    with pytest.raises(NoAnswer) as none:
        ask(None, 1)
    assert none.value.gap is Gap.NEEDS_OTHER


@pytest.mark.parametrize("ask", [listed, told])
@pytest.mark.parametrize("command", [0, 1, 3])
def test_silence_ends_with_the_deadline(
    serve: Serve, storage: Making, ticket: Ticket, ask: Callable[..., object], command: int
) -> None:
    with pytest.raises(NoAnswer) as none:
        ask(ticket, serve(storage(silent_at=command)), 0.3)
    assert none.value.gap is Gap.TIMED_OUT


@pytest.mark.parametrize("ask", [listed, told])
def test_rubbish_is_malformed(serve: Serve, ticket: Ticket, ask: Callable[..., object]) -> None:
    def rubbish(channel: Any) -> None:
        channel.recv(4096)
        channel.sendall((200).to_bytes(4, "big") + b"rubbish " * 25)

    with pytest.raises(NoAnswer) as none:
        ask(ticket, serve(rubbish))
    assert none.value.gap is Gap.MALFORMED


def test_a_pipe_that_breaks_in_the_middle_is_the_storages_refusal(
    serve: Serve, storage: Making, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no crash of ours: the step and its NTSTATUS are the answer, and the folders that were read are kept."""

    def breaks(*_: object) -> object:
        raise RpcRefused("pipe", PIPE_BROKEN)

    monkeypatch.setattr(share_lists, "_names", breaks)
    monkeypatch.setattr(share_lists, "_lists", breaks)
    port = serve(storage(shares={"AliceVMs": (DENIED, 0, None)}))
    assert listed(ticket, port) == Listing("pipe", PIPE_BROKEN, (), (FolderReply("AliceVMs", DENIED),))
    assert told(ticket, port) == StorageLists("pipe", PIPE_BROKEN)


class Enumeration:
    """An RPC client of a server whose lists come in parts: (names, status, handle to continue at, entries in all)."""

    def __init__(self, *parts: tuple[list[str], int, int, int]) -> None:
        self.parts, self.handles = list(parts), list[int]()
        self.wire = SimpleNamespace(where="10.77.11.30 port 445")

    def get_rpc_transport(self) -> Enumeration:
        return self

    def __call__(self, rpc: Enumeration, level: int, handle: int) -> dict[str, Any]:
        self.handles.append(handle)
        names, status, following, total = self.parts.pop(0)
        buffer = [{"shi1_netname": f"{name}\0"} for name in names]
        reply = {
            "InfoStruct": {"ShareInfo": {"Level1": {"Buffer": buffer}}},
            "TotalEntries": total,
            "ResumeHandle": following,
            "ErrorCode": status,
        }
        if status:
            raise srvs.DCERPCSessionError(error_code=status, packet=reply)
        return reply


MORE = share_lists.ERROR_MORE_DATA


@pytest.mark.parametrize(
    ("parts", "expected", "handles"),
    [
        pytest.param([(["A", "B"], 0, 0, 2)], (0, ("A", "B")), [0], id="whole"),
        pytest.param([(["A"], MORE, 7, 2), (["B"], 0, 0, 1)], (0, ("A", "B")), [0, 7], id="in-parts"),
        pytest.param([(["A"], MORE, 7, 2), (["B"], 0, 0, 2)], (0, ("A", "B")), [0, 7], id="counts-all-each-time"),
        pytest.param([(["A"], MORE, 0, 2)], (MORE, ()), [0], id="does-not-continue"),
        pytest.param([(["A"], MORE, 7, 2), (["A"], MORE, 7, 2)], (MORE, ()), [0, 7], id="continues-at-the-same-place"),
        pytest.param([(["A"], MORE, 7, 2), ([], 5, 0, 0)], (DENIED, ()), [0, 7], id="denies-the-rest"),
        pytest.param([(["A"], 0, 0, 2)], (MORE, ()), [0], id="leaves-out-what-it-counts"),
    ],
)
def test_a_part_of_the_list_of_shares_is_no_list(
    monkeypatch: pytest.MonkeyPatch,
    parts: list[tuple[list[str], int, int, int]],
    expected: tuple[int, tuple[str, ...]],
    handles: list[int],
) -> None:
    server = Enumeration(*parts)
    monkeypatch.setattr(share_lists, "_srvsvc", lambda _: server)
    monkeypatch.setattr(srvs, "hNetrShareEnum", server)
    assert share_lists._names(None) == expected
    assert server.handles == handles
