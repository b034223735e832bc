"""Each dialect is offered by itself."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from contextlib import suppress

import pytest

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import SmbNegotiated
from krbcheck.facts.smb_features import DIALECTS, DialectReplies
from krbcheck.probes.smb.dialects import dialects, request

Serve = Callable[[Callable[[socket.socket], None]], int]
NOT_SUPPORTED, DENIED, INVALID_REQUEST = 0xC00000BB, 0xC0000022, 0xC0000010


def asked(port: int, seconds: float = 3.0) -> DialectReplies:
    return dialects("127.0.0.1", "127.0.0.1", seconds, port)


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message


def header(status: int = 0) -> bytes:
    return b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ16s", 64, 0, status, 0, 1, 1, 0, 0, 0, 0, 0, b"")


def answer(dialect: int, mode: int = 1, capabilities: int = 0) -> bytes:
    """A NEGOTIATE response without token (MS-SMB2 2.2.4); for 3.1.1 with the cipher AES-128-GCM."""
    context = struct.pack("<HHIHH", 2, 4, 0, 1, 2) if dialect == 0x311 else b""
    fields = (65, mode, dialect, 1 if context else 0, b"G" * 16, capabilities, 0, 0, 0, 0, 0, 128, 0)
    return header() + struct.pack("<HHHH16sIIIIQQHHI", *fields, 128 if context else 0) + context


def offered(channel: socket.socket) -> list[int]:
    """The dialects of one NEGOTIATE (MS-SMB2 2.2.3)."""
    size = int.from_bytes(channel.recv(4), "big")
    message = channel.recv(size, socket.MSG_WAITALL)
    count = struct.unpack_from("<H", message, 66)[0]
    return list(struct.unpack_from(f"<{count}H", message, 100))


def speaking(*known: int) -> Callable[[socket.socket], None]:
    def behave(channel: socket.socket) -> None:
        (wanted,) = offered(channel)
        channel.sendall(framed(answer(wanted) if wanted in known else header(NOT_SUPPORTED) + bytes(9)))
        with suppress(OSError):
            channel.recv(1)

    return behave


@pytest.mark.parametrize("known", [DIALECTS, (0x210, 0x302), (0x311,), ()])
def test_each_dialect_is_asked_for_by_itself(serve: Serve, known: tuple[int, ...]) -> None:
    said = asked(serve(speaking(*known)))
    assert tuple(entry.dialect for entry in said.spoken) == known
    assert [reply.status for reply in said.replies] == [
        0 if dialect in known else NOT_SUPPORTED for dialect in DIALECTS
    ]


def test_what_is_spoken_is_told_from_the_oldest_to_the_newest(serve: Serve) -> None:
    assert asked(serve(speaking(0x202, 0x311))).summary() == "SMB 2.0.2, 3.1.1"
    assert DialectReplies((SmbNegotiated(NOT_SUPPORTED),)).summary() == "SMB of no dialect"


def test_the_cipher_that_was_chosen_is_told(serve: Serve) -> None:
    assert asked(serve(speaking(0x311))).spoken[0].ciphers == (2,)


def test_only_dialects_that_know_capabilities_offer_them() -> None:
    found = {dialect: struct.unpack_from("<I", request(dialect), 72)[0] for dialect in DIALECTS}
    assert found == {0x202: 0, 0x210: 0, 0x300: 0x7E, 0x302: 0x7E, 0x311: 0x7E}
    assert request(0x202)[76:92] == bytes(16), "2.0.2 has no client GUID (MS-SMB2 2.2.3)"


def test_hanging_up_says_that_a_dialect_is_not_spoken(serve: Serve) -> None:
    def behave(channel: socket.socket) -> None:
        if offered(channel) == [0x311]:
            channel.sendall(framed(answer(0x311)))
            channel.recv(1)

    assert [reply.status for reply in asked(serve(behave)).replies] == [*[NOT_SUPPORTED] * 4, 0]


def hangs_up(channel: socket.socket) -> None:
    offered(channel)


def test_hanging_up_each_time_is_no_answer(serve: Serve) -> None:
    with pytest.raises(NoAnswer) as none:
        asked(serve(hangs_up))
    assert none.value.gap is Gap.CLOSED


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9,
        framed(b"\xfeSMB" + bytes(20)),
        framed(header()),
        framed(header()[:12] + b"\x01\x00" + header()[14:] + bytes(80)),
        framed(bytes(200)),
        framed(answer(0x311)[:-4]),
    ],
)
def test_rubbish_is_malformed(serve: Serve, said: bytes) -> None:
    def behave(channel: socket.socket) -> None:
        offered(channel)
        channel.sendall(said)

    with pytest.raises(NoAnswer) as none:
        asked(serve(behave))
    assert none.value.gap in (Gap.MALFORMED, Gap.CLOSED)


def test_silence_costs_its_time(serve: Serve) -> None:
    def behave(channel: socket.socket) -> None:
        while channel.recv(4096):
            pass

    with pytest.raises(NoAnswer) as none:
        asked(serve(behave), 0.2)
    assert none.value.gap is Gap.TIMED_OUT
