"""FSCTL_VALIDATE_NEGOTIATE_INFO: a signed reply confirms or contradicts what NEGOTIATE agreed on below 3.1.1."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.smb import NegotiateInfo, SmbSetUp, Unproved, Validation
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
    class Downgraded(Storage):
        """Received a NEGOTIATE of which somebody took the newer dialects."""

        def command_0(self, part: bytes) -> tuple[int, bytes, int]:
            answer = super().command_0(part)
            self.received = self.received[:22] + struct.pack("<HH", 1, 0x0210)
            return answer

    said = session(ticket, serve(Downgraded(shares=SHARES)))
    assert said.validation == Validation(TWO_ONE, closed=True)
    assert said.contradictions == ("connection closed",)


def test_a_storage_without_the_control_code_refuses_it_signed(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = session(ticket, serve(storage(shares=SHARES, validation=0xC0000010)))
    assert said.validation == Validation(TWO_ONE, step="FSCTL_VALIDATE_NEGOTIATE_INFO", status=0xC0000010)
    assert (said.contradictions, said.proved) == ((), True)


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


def test_a_cut_off_reply_is_not_smb(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = session(ticket, serve(storage(shares=SHARES, confirms=info()[:-1])))
    assert said.validation is None
    assert "not SMB" in said.cut
