"""FSCTL_VALIDATE_NEGOTIATE_INFO: a signed reply confirms or contradicts what NEGOTIATE agreed on below 3.1.1."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import NegotiateInfo, SmbSetUp, Unproved, Validation
from krbcheck.probes.rpc.backup_session import backup_session
from krbcheck.probes.rpc.lsarpc import account_rights
from krbcheck.probes.rpc.share_lists import storage_lists
from krbcheck.probes.smb.features import network_interfaces
from krbcheck.probes.smb.files import read_files
from krbcheck.probes.smb.sessions import kerberos_session
from krbcheck.site.expected_access import Expected
from krbcheck.views.observed_access import Outcome, judged
from tests.support.storage import Storage

Serve = Callable[[Callable[[socket.socket], None]], int]
Making = Callable[..., Any]
NAME, HERE = "vmstore-alice.tintri.com", "127.0.0.1"
FULL = 0x1F01FF
TREE_CONNECT, IOCTL, LOGOFF = 3, 11, 2
SHARES = {"A": (0, FULL, FULL)}
GUID = "47474747-4747-4747-4747-474747474747"
"""Of sixteen times the letter G."""
TWO_ONE = NegotiateInfo(0x7, GUID, 1, 0x0210)


def session(ticket: Ticket, port: int, share: str = "A", seconds: float = 3.0) -> SmbSetUp:
    return kerberos_session(ticket, NAME, HERE, ((share, 0x81),), "", seconds, 32, port)


def info(capabilities: int = 0x7, guid: bytes = b"G" * 16, mode: int = 1, dialect: int = 0x0210) -> bytes:
    return struct.pack("<I16sHH", capabilities, guid, mode, dialect)


def read_sysvol(ticket: Ticket, port: int) -> object:
    return read_files(ticket, NAME, HERE, "SYSVOL", ("GPT.INI",), 100, 3.0, port)


def rights(ticket: Ticket, port: int) -> object:
    return account_rights(ticket, NAME, HERE, ("SeBackupPrivilege",), (), "", 3.0, port)


def lists(ticket: Ticket, port: int) -> object:
    return storage_lists(ticket, NAME, HERE, ("A",), (), "", 3.0, port)


def interfaces(ticket: Ticket, port: int) -> object:
    return network_interfaces(ticket, NAME, HERE, "", 3.0, port)


def backup(ticket: Ticket, port: int) -> object:
    return backup_session(ticket, NAME, HERE, ("A",), "", 3.0, port)


class Downgraded(Storage):
    """Received a NEGOTIATE of which a host on the path removed the newer dialects."""

    def command_0(self, part: bytes) -> tuple[int, bytes, int]:
        answer = super().command_0(part)
        self.received = self.received[:22] + struct.pack("<HH", 1, 0x0210)
        return answer


def test_what_the_storage_confirms_is_what_it_negotiated(serve: Serve, storage: Making, ticket: Ticket) -> None:
    """The storage closes the connection where our request is not what it received."""
    said = session(ticket, serve(storage(shares=SHARES)))
    assert said.validation == Validation(TWO_ONE, TWO_ONE)
    assert (said.contradictions, said.cut) == ((), "")


def test_an_encrypted_session_is_validated_too(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = session(ticket, serve(storage(shares=SHARES, seals=True)))
    three = NegotiateInfo(0x47, GUID, 1, 0x0300)
    assert said.validation == Validation(three, three)


@pytest.mark.parametrize(
    ("confirms", "words"),
    [
        (info(capabilities=0x47), "capabilities 0x7, validated 0x47"),
        (info(mode=3), "security mode 0x1, validated 0x3"),
        (info(dialect=0x0302), "dialect 2.1, validated 3.0.2"),
        (info(guid=b"H" * 16), f"server GUID {GUID}, validated 48484848-4848-4848-4848-484848484848"),
    ],
)
def test_what_differs_is_a_contradiction(
    serve: Serve, storage: Making, ticket: Ticket, confirms: bytes, words: str
) -> None:
    said = session(ticket, serve(storage(shares=SHARES, confirms=confirms)))
    assert said.contradictions == (words,)
    assert judged(Expected.FULL, said, "A").outcome is Outcome.AS_EXPECTED, "the replies are signed all the same"


def test_a_request_that_was_changed_on_the_path_ends_in_a_closed_connection(serve: Serve, ticket: Ticket) -> None:
    said = session(ticket, serve(Downgraded(shares=SHARES)))
    assert said.validation == Validation(TWO_ONE, closed=True)
    assert said.contradictions == ("connection closed",)


def test_a_storage_without_the_control_code_refuses_it_signed(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = session(ticket, serve(storage(shares=SHARES, validation=0xC0000010)))
    assert said.validation == Validation(TWO_ONE, step="FSCTL_VALIDATE_NEGOTIATE_INFO", status=0xC0000010)
    assert (said.contradictions, said.proved) == ((), True)


def test_a_denied_validation_is_a_contradiction(serve: Serve, storage: Making, ticket: Ticket) -> None:
    """A client must close the connection then (MS-SMB2 3.2.5.14.12)."""
    said = session(ticket, serve(storage(shares=SHARES, validation=0xC0000022)))
    assert said.contradictions == ("FSCTL_VALIDATE_NEGOTIATE_INFO returns STATUS_ACCESS_DENIED (0xC0000022)",)


def test_an_unsigned_refusal_of_the_control_code_is_no_answer(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = session(ticket, serve(storage(shares=SHARES, validation=0xC0000010, unsigned_at=IOCTL)))
    assert (said.validation, said.unproved) == (None, Unproved.NOT_SIGNED)


def test_without_a_share_ipc_is_the_tree(serve: Serve, storage: Making, ticket: Ticket) -> None:
    peer = storage(shares=SHARES)
    assert session(ticket, serve(peer), "other").validation == Validation(TWO_ONE, TWO_ONE)
    assert peer.paths == [rf"\\{NAME}\other", rf"\\{NAME}\IPC$"]


def test_without_any_tree_nothing_is_validated(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = session(ticket, serve(storage(ipc=False)))
    assert said.validation == Validation(TWO_ONE, step="TREE_CONNECT IPC$", status=0xC00000CC)


def test_silence_takes_nothing_away(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = session(ticket, serve(storage(shares=SHARES, silent_at=IOCTL)), seconds=0.3)
    assert (said.stalled, said.validation, len(said.trees)) == (True, None, 1)


@pytest.mark.parametrize(
    ("peer", "why"),
    [
        (Downgraded(), "contradicts the NEGOTIATE: connection closed"),
        (Storage(confirms=info(capabilities=0x47)), "contradicts the NEGOTIATE: capabilities 0x7, validated 0x47"),
        (Storage(validation=0xC0000022), "contradicts the NEGOTIATE: FSCTL_VALIDATE_NEGOTIATE_INFO returns STATUS_ACC"),
        (Storage(validation=0xC0000010, unsigned_at=IOCTL), "not signed"),
        (Storage(confirms=info()[:-1]), "not SMB"),
    ],
    ids=["closed", "differs", "denied", "unsigned", "cut"],
)
@pytest.mark.parametrize("ask", [read_sysvol, rights, lists, interfaces, backup], ids=lambda ask: ask.__name__)
def test_no_other_session_is_read_after_a_negotiate_that_was_changed(
    serve: Serve, ticket: Ticket, peer: Storage, why: str, ask: Callable[[Ticket, int], object]
) -> None:
    with pytest.raises(NoAnswer, match=why) as none:
        ask(ticket, serve(replace(peer, commands=[])))
    assert none.value.gap is Gap.MALFORMED


@pytest.mark.parametrize("peer", [Storage(ipc=False), Storage(validation=0xC0000010)], ids=["no-ipc", "older"])
def test_a_server_without_the_control_code_is_read(serve: Serve, ticket: Ticket, peer: Storage) -> None:
    """It rejects the request in a signed reply; the share of this test does not exist there."""
    with pytest.raises(NoAnswer, match=r"refuses .*SYSVOL: STATUS_BAD_NETWORK_NAME") as none:
        read_sysvol(ticket, serve(peer))
    assert none.value.gap is Gap.NOT_ALLOWED


def test_a_cut_off_reply_is_not_smb(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = session(ticket, serve(storage(shares=SHARES, confirms=info()[:-1])))
    assert said.validation is None
    assert "not SMB" in said.cut
