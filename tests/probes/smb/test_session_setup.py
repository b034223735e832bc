"""A server that does not hold the key of the SPN: nothing that it sends counts, and nothing is asked of it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import SmbSetUp, Unproved
from krbcheck.probes.rpc.lsarpc import account_rights
from krbcheck.probes.rpc.share_lists import listing, storage_lists
from krbcheck.probes.smb.features import clear_session, network_interfaces
from krbcheck.probes.smb.files import FileRead, read_files
from krbcheck.probes.smb.sessions import kerberos_session
from krbcheck.site.expected_access import Expected
from krbcheck.views.observed_access import Outcome, judged
from tests.support.impostors import FORGED, Impostor

Serve = Callable[[Callable[[socket.socket], None]], int]
Making = Callable[..., Any]
NAME, HERE = "vmstore-alice.tintri.com", "127.0.0.1"
FULL, DENIED = 0x1F01FF, 0xC0000022
NEGOTIATE, SESSION_SETUP, TREE_CONNECT, CREATE, READ, CLOSE, IOCTL = 0, 1, 3, 5, 8, 6, 11
SIDS = ("S-1-5-21-1-2-3-1104",)

DIALECTS = pytest.mark.parametrize("dialect", [0x0210, 0x0311], ids=["smb-2.1", "smb-3.1.1"])
PROOFS = pytest.mark.parametrize(
    ("proof", "unproved"),
    [
        pytest.param({}, Unproved.NO_AP_REP, id="no-ap-rep"),
        pytest.param({"ap_rep": "made up"}, Unproved.WRONG_AP_REP, id="made-up-ap-rep"),
        pytest.param({"flags": 1}, Unproved.NO_AP_REP, id="guest"),
        pytest.param({"flags": 2}, Unproved.NO_AP_REP, id="anonymous"),
        pytest.param({"flags": 4}, Unproved.NO_AP_REP, id="encrypted"),
    ],
)


def session(ticket: Ticket, port: int) -> SmbSetUp:
    return kerberos_session(ticket, NAME, HERE, (("A", 0x81), ("B", 0x81)), "", 3.0, 32, port)


def clear(ticket: Ticket, port: int) -> SmbSetUp:
    return clear_session(ticket, NAME, HERE, ("A",), 0x0210, "", 3.0, port)


def files(ticket: Ticket, port: int) -> tuple[FileRead, ...]:
    return read_files(ticket, NAME, HERE, "SYSVOL", (r"x\GPT.INI",), 1 << 20, 3.0, port)


STRICT: dict[str, Callable[[Ticket, int], object]] = {
    "files": files,
    "rights": lambda ticket, port: account_rights(ticket, NAME, HERE, ("SeBackupPrivilege",), SIDS, "", 3.0, port),
    "listing": lambda ticket, port: listing(ticket, NAME, HERE, ("A",), "", 3.0, port),
    "access-lists": lambda ticket, port: storage_lists(ticket, NAME, HERE, ("A",), (), "", 3.0, port),
    "interfaces": lambda ticket, port: network_interfaces(ticket, NAME, HERE, "", 3.0, port),
}


@DIALECTS
@PROOFS
def test_a_session_of_a_server_without_the_key_proves_nothing(
    serve: Serve, ticket: Ticket, dialect: int, proof: dict[str, Any], unproved: Unproved
) -> None:
    peer = Impostor(dialect=dialect, **proof)
    said = session(ticket, serve(peer))
    assert (said.accepted, said.proved, said.unproved, said.trees) == (True, False, unproved, ())
    assert said.dialect == dialect
    assert "did not prove that it holds the key" in said.cut
    assert peer.commands == [NEGOTIATE, SESSION_SETUP]


@PROOFS
def test_nor_does_one_in_the_clear(serve: Serve, ticket: Ticket, proof: dict[str, Any], unproved: Unproved) -> None:
    said = clear(ticket, serve(Impostor(**proof)))
    assert (said.accepted, said.proved, said.unproved, said.trees) == (True, False, unproved, ())


@DIALECTS
@PROOFS
@pytest.mark.parametrize("ask", STRICT.values(), ids=STRICT)
def test_what_a_server_without_the_key_sends_is_not_believed(
    serve: Serve,
    ticket: Ticket,
    dialect: int,
    proof: dict[str, Any],
    unproved: Unproved,
    ask: Callable[[Ticket, int], object],
) -> None:
    peer = Impostor(dialect=dialect, **proof)
    with pytest.raises(NoAnswer, match="not authenticated") as none:
        ask(ticket, serve(peer))
    assert none.value.gap is Gap.MALFORMED
    assert peer.commands == [NEGOTIATE, SESSION_SETUP]


@DIALECTS
@PROOFS
def test_a_forged_access_denied_keeps_nobody_out(
    serve: Serve, ticket: Ticket, dialect: int, proof: dict[str, Any], unproved: Unproved
) -> None:
    said = session(ticket, serve(Impostor(dialect=dialect, tree_status=DENIED, **proof)))
    assert [judged(stated, said, "A").outcome for stated in (Expected.REFUSED, Expected.FULL)] == [Outcome.UNKNOWN] * 2


@pytest.mark.parametrize("flags", [1, 2])
def test_a_session_as_guest_reads_no_policy(serve: Serve, storage: Making, ticket: Ticket, flags: int) -> None:
    """The server holds the key, but nothing that follows is signed: anybody may have sent it."""
    peer = storage(flags=flags, shares={"SYSVOL": (0, FULL, FULL)})
    with pytest.raises(NoAnswer, match="not signed"):
        files(ticket, serve(peer))
    assert peer.commands == [NEGOTIATE, SESSION_SETUP]


class Honest(Impostor):
    """Holds the key, and serves the same files; `unsigned_at` or `forges_at` is where somebody else answers for it."""

    step = Impostor.__mro__[1].step  # type: ignore[attr-defined]


def test_a_file_of_the_key_holder_is_read(serve: Serve, ticket: Ticket) -> None:
    assert files(ticket, serve(Honest())) == (FileRead(0, len(FORGED), FORGED),)


@pytest.mark.parametrize("command", [TREE_CONNECT, CREATE, READ, CLOSE])
@pytest.mark.parametrize("how", ["unsigned_at", "forges_at"])
def test_a_file_whose_replies_are_not_signed_is_not_read(serve: Serve, ticket: Ticket, how: str, command: int) -> None:
    altered: dict[str, Any] = {how: command}
    with pytest.raises(NoAnswer, match="not signed") as none:
        files(ticket, serve(Honest(**altered)))
    assert none.value.gap is Gap.MALFORMED


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("listing", TREE_CONNECT),
        ("rights", TREE_CONNECT),
        ("rights", CREATE),
        ("access-lists", TREE_CONNECT),
        ("access-lists", CREATE),
    ],
)
@pytest.mark.parametrize("how", ["unsigned_at", "forges_at"])
def test_a_pipe_whose_replies_are_not_signed_is_not_believed(
    serve: Serve, ticket: Ticket, name: str, command: int, how: str
) -> None:
    altered: dict[str, Any] = {how: command}
    with pytest.raises(NoAnswer, match="not signed"):
        STRICT[name](ticket, serve(Honest(**altered)))


def test_an_unsigned_refusal_of_ipc_is_no_answer(serve: Serve, ticket: Ticket) -> None:
    with pytest.raises(NoAnswer, match="not signed"):
        STRICT["interfaces"](ticket, serve(Honest(unsigned_at=TREE_CONNECT, tree_status=DENIED)))


def test_the_last_response_of_session_setup_is_signed(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = session(ticket, serve(storage(unsigned_at=SESSION_SETUP, shares={"A": (0, FULL, FULL)})))
    assert (said.unproved, said.trees) == (Unproved.NOT_SIGNED, ())


def test_a_session_requires_signing_of_the_server(serve: Serve, storage: Making, ticket: Ticket) -> None:
    """SecurityMode is SIGNING_REQUIRED in NEGOTIATE and in SESSION_SETUP: the server has to sign each reply."""
    peer = storage(shares={"A": (0, FULL, FULL)})
    session(ticket, serve(peer))
    assert (peer.received[20:22], peer.security_modes) == (b"\x02\x00", [2])
