"""Sessions against a storage on loopback: what it says is a fact, silence and rubbish are gaps."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import SessionKind, SmbSetUp, TreeReply, Unproved
from krbcheck.probes.kerberos import spnego
from krbcheck.probes.smb import sessions

Serve = Callable[[Callable[[socket.socket], None]], int]
Making = Callable[..., Any]
NAME = "vmstore-alice.tintri.com"
FULL, READ = 0x1F01FF, 0x1200A9
DENIED, NO_SUCH_SHARE, LOGON_FAILURE, MORE_PROCESSING = 0xC0000022, 0xC00000CC, 0xC000006D, 0xC0000016
NEGOTIATE, SESSION_SETUP, LOGOFF, TREE_CONNECT, CREATE, CLOSE, IOCTL = 0, 1, 2, 3, 5, 6, 11


LIST, ADD = 0x00100081, 0x001200AF


def wanted(*shares: str) -> tuple[tuple[str, int], ...]:
    """A is her own, and may be added to; of the others the roots are listed."""
    return tuple((share, ADD if share == "A" else LIST) for share in shares)


def as_alice(ticket: Ticket | None, port: int, seconds: float = 5.0, shares: tuple[str, ...] = ("A", "B")) -> SmbSetUp:
    return sessions.kerberos_session(ticket, NAME, "127.0.0.1", wanted(*shares), "127.0.0.1", seconds, 32, port)


def uninvited(kind: SessionKind, port: int) -> SmbSetUp:
    return sessions.uninvited_session(kind, NAME, "127.0.0.1", wanted("A", "B"), "", 5.0, 32, port)


def test_a_session_tells_what_each_share_grants(serve: Serve, storage: Making, ticket: Ticket) -> None:
    peer = storage(shares={"A": (0, FULL, 0x1301BF), "B": (DENIED, 0, 0)})
    said = as_alice(ticket, serve(peer), shares=("A", "B", "C"))
    assert (said.status, said.mech, said.flags, said.dialect) == (0, spnego.KERBEROS, 0, 0x0210)
    assert said.trees == (
        TreeReply("A", 0, False, FULL, 0x800, 0x10, root=0, root_access=0x1301BF),
        TreeReply("B", DENIED),
        TreeReply("C", NO_SUCH_SHARE),
    )
    assert peer.users == ["alice-hv01$@VMLEVEL.COM"]
    assert peer.paths == [rf"\\{NAME}\{share}" for share in "ABC"]


def test_a_share_is_tried_by_the_other_names_of_the_server(serve: Serve, storage: Making, ticket: Ticket) -> None:
    """Only if it does not exist by the first: B is denied, C exists by the second name, D by none."""
    bob, carol = "vmstore-bob.tintri.com", "vmstore-carol.tintri.com"
    peer = storage(shares={"B": (DENIED, 0, 0), rf"\\{carol}\C": (0, FULL, READ), rf"\\{bob}\D": (DENIED, 0, 0)})
    names = {"b": (bob,), "c": (bob, carol), "d": (bob,)}
    said = sessions.kerberos_session(
        ticket, NAME, "127.0.0.1", wanted("B", "C", "D"), "127.0.0.1", 5.0, 32, serve(peer), names
    )
    assert said.trees == (
        TreeReply("B", DENIED),
        TreeReply("C", 0, False, FULL, 0x800, 0x10, root=0, root_access=READ, name=carol),
        TreeReply("D", NO_SUCH_SHARE),
    )
    assert peer.paths[3:] == [rf"\\{bob}\C", rf"\\{carol}\C", rf"\\{bob}\D"]


def test_all_that_follows_the_session_is_signed_and_it_is_logged_off(
    serve: Serve, storage: Making, ticket: Ticket
) -> None:
    peer = storage(shares={"A": (0, FULL, FULL)})
    as_alice(ticket, serve(peer))
    assert peer.unsigned == []
    assert peer.commands == [NEGOTIATE, SESSION_SETUP, TREE_CONNECT, TREE_CONNECT, CREATE, CLOSE, IOCTL, LOGOFF]


def test_the_root_of_any_share_that_connects_is_opened(serve: Serve, storage: Making, ticket: Ticket) -> None:
    peer = storage(shares={"A": (0, FULL, FULL), "B": (0, FULL, FULL)})
    said = as_alice(ticket, serve(peer))
    assert [tree.root for tree in said.trees] == [0, 0]
    assert peer.desired == [ADD, LIST]


def test_a_root_that_is_denied_is_asked_for_its_listing(serve: Serve, storage: Making, ticket: Ticket) -> None:
    peer = storage(shares={"A": (0, FULL, None), "B": (0, FULL, None)})
    said = as_alice(ticket, serve(peer))
    assert [(tree.root, tree.listed, tree.root_access) for tree in said.trees] == [
        (DENIED, DENIED, None),
        (DENIED, None, None),
    ]
    assert peer.desired == [ADD, LIST, LIST]


def test_a_root_that_may_only_be_read_is_told(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = as_alice(ticket, serve(storage(shares={"A": (0, FULL, READ)}, checks_root=True)))
    assert [(tree.root, tree.listed, tree.root_access) for tree in said.trees if tree.share == "A"] == [
        (DENIED, 0, READ)
    ]


def test_a_refused_ticket_is_an_answer(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = as_alice(ticket, serve(storage(setup=LOGON_FAILURE)))
    assert (said.status, said.accepted, said.trees) == (LOGON_FAILURE, False, ())


def test_the_krb_error_within_the_answer_is_told(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = as_alice(ticket, serve(storage(krb_error=37)))
    assert (said.status, said.krb_error) == (MORE_PROCESSING, 37)


def test_a_storage_that_wants_ntlm_gets_none(serve: Serve, storage: Making, ticket: Ticket) -> None:
    peer = storage(wants_ntlm=True)
    said = as_alice(ticket, serve(peer))
    assert (said.status, said.mech) == (MORE_PROCESSING, spnego.NTLM)
    assert peer.commands == [NEGOTIATE, SESSION_SETUP]
    assert peer.users == []


def test_a_guest_session_is_told_as_one(serve: Serve, storage: Making, ticket: Ticket) -> None:
    peer = storage(flags=1, shares={"A": (0, FULL, FULL)})
    said = as_alice(ticket, serve(peer))
    assert (said.impersonal, said.proved, said.unproved) == (True, False, None)
    assert said.summary() == "guest session"
    assert "not signed" in said.cut
    assert peer.commands == [NEGOTIATE, SESSION_SETUP], "what a guest reaches is no answer about the principal"


def test_a_refused_negotiate_is_an_answer(serve: Serve, storage: Making, ticket: Ticket) -> None:
    assert as_alice(ticket, serve(storage(negotiate=0xC00000BB))) == SmbSetUp(0xC00000BB)


def test_a_capability_from_the_future_is_no_obstacle(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = as_alice(ticket, serve(storage(capabilities=0x80000087, shares={"A": (0, FULL, FULL)})))
    assert said.accepted


def test_without_a_ticket_nothing_is_asked() -> None:
    with pytest.raises(NoAnswer) as none:
        as_alice(None, 1)
    assert none.value.gap is Gap.NEEDS_OTHER


@pytest.mark.parametrize("command", [NEGOTIATE, SESSION_SETUP])
def test_a_storage_that_falls_silent_costs_its_time(
    serve: Serve, storage: Making, ticket: Ticket, command: int
) -> None:
    port = serve(storage(silent_at=command, shares={"A": (0, FULL, FULL)}))
    with pytest.raises(NoAnswer) as none:
        as_alice(ticket, port, seconds=0.3)
    assert none.value.gap is Gap.TIMED_OUT


@pytest.mark.parametrize("command", [NEGOTIATE, SESSION_SETUP])
def test_a_reset_is_a_closed_connection(serve: Serve, storage: Making, ticket: Ticket, command: int) -> None:
    port = serve(storage(resets_at=command, shares={"A": (0, FULL, FULL)}))
    with pytest.raises(NoAnswer) as none:
        as_alice(ticket, port)
    assert none.value.gap is Gap.CLOSED


def test_an_answer_signed_with_another_key_is_none(serve: Serve, storage: Making, ticket: Ticket) -> None:
    peer = storage(wrong_key=True, shares={"A": (0, FULL, FULL)})
    said = as_alice(ticket, serve(peer))
    assert (said.accepted, said.proved, said.unproved, said.trees) == (True, False, Unproved.NOT_SIGNED, ())
    assert peer.commands == [NEGOTIATE, SESSION_SETUP]


def test_a_storage_that_encrypts_is_spoken_to_in_secret(serve: Serve, storage: Making, ticket: Ticket) -> None:
    peer = storage(seals=True, shares={"A": (0, FULL, FULL), "B": (DENIED, 0, 0)})
    said = as_alice(ticket, serve(peer))
    assert (said.dialect, said.flags) == (0x0300, 4)
    assert [(tree.status, tree.root_access) for tree in said.trees] == [(0, FULL), (DENIED, None)]
    assert peer.sealed == 5, "the validation of NEGOTIATE too"


def test_an_anonymous_session_names_nobody_and_tries_the_shares(serve: Serve, storage: Making) -> None:
    peer = storage(accepts_ntlm=True, shares={"A": (0, FULL, FULL), "B": (DENIED, 0, 0)})
    said = uninvited(SessionKind.ANONYMOUS, serve(peer))
    assert peer.users == [""]
    assert [(tree.share, tree.status) for tree in said.trees] == [("A", 0), ("B", DENIED)]


def test_a_made_up_user_is_another_each_time(serve: Serve, storage: Making) -> None:
    peer = storage()
    port = serve(peer)
    assert uninvited(SessionKind.MADE_UP, port).status == LOGON_FAILURE
    assert uninvited(SessionKind.MADE_UP, port).status == LOGON_FAILURE
    first, second = peer.users
    assert first != second
    assert first.startswith("krbcheck-")


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NoAnswer) as none:
        uninvited(SessionKind.ANONYMOUS, port)
    assert none.value.gap is Gap.REFUSED
