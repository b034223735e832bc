"""Each dialect offered by itself, sessions in the clear, and the interfaces that a storage offers for more channels."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import SmbNegotiated, SmbSetUp
from krbcheck.facts.smb_features import DIALECTS, DialectReplies, Interface, InterfaceReply
from krbcheck.probes.smb.dialects import dialects, request
from krbcheck.probes.smb.features import clear_session, interfaces, network_interfaces

Serve = Callable[[Callable[[socket.socket], None]], int]
Making = Callable[..., Any]
NAME = "vmstore-alice.tintri.com"
NOT_SUPPORTED, DENIED, INVALID_REQUEST = 0xC00000BB, 0xC0000022, 0xC0000010
FULL = 0x1F01FF


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
    assert tuple(one.dialect for one in said.spoken) == known
    assert [one.status for one in said.replies] == [0 if one in known else NOT_SUPPORTED for one in DIALECTS]


def test_what_is_spoken_is_told_from_the_oldest_to_the_newest(serve: Serve) -> None:
    assert asked(serve(speaking(0x202, 0x311))).told() == "SMB 2.0.2, 3.1.1"
    assert DialectReplies((SmbNegotiated(NOT_SUPPORTED),)).told() == "SMB of no dialect"


def test_the_cipher_that_was_chosen_is_told(serve: Serve) -> None:
    assert asked(serve(speaking(0x311))).spoken[0].ciphers == (2,)


def test_only_dialects_that_know_capabilities_offer_them() -> None:
    found = {one: struct.unpack_from("<I", request(one), 72)[0] for one in DIALECTS}
    assert found == {0x202: 0, 0x210: 0, 0x300: 0x7E, 0x302: 0x7E, 0x311: 0x7E}
    assert request(0x202)[76:92] == bytes(16), "2.0.2 has no client GUID (MS-SMB2 2.2.3)"


def test_hanging_up_says_that_a_dialect_is_not_spoken(serve: Serve) -> None:
    def behave(channel: socket.socket) -> None:
        if offered(channel) == [0x311]:
            channel.sendall(framed(answer(0x311)))
            channel.recv(1)

    assert [one.status for one in asked(serve(behave)).replies] == [*[NOT_SUPPORTED] * 4, 0]


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


def clear(port: int, ticket: Ticket, dialect: int = 0x210, seconds: float = 3.0) -> SmbSetUp:
    return clear_session(ticket, NAME, "127.0.0.1", ("AliceVMs", "Sealed"), dialect, "", seconds, port)


def test_a_clear_session_connects_to_what_lets_it_in(serve: Serve, storage: Making, ticket: Ticket) -> None:
    server = storage({"AliceVMs": (0, FULL, FULL), "Sealed": (DENIED, 0, None)})
    said = clear(serve(server), ticket)
    assert (said.status, said.dialect) == (0, 0x210)
    assert [(one.share, one.status, one.maximal_access) for one in said.trees] == [
        ("AliceVMs", 0, FULL),
        ("Sealed", DENIED, 0),
    ]
    assert server.commands == [0, 1, 3, 3, 2], "and logs off"
    assert server.unsigned == []


def test_a_clear_client_says_that_it_cannot_encrypt(serve: Serve, storage: Making, ticket: Ticket) -> None:
    heard: list[bytes] = []

    class Listening(storage):  # type: ignore[misc,valid-type]
        def command_0(self, part: bytes) -> Any:
            heard.append(part)
            return super().command_0(part)

    for dialect in (0x210, 0x300, 0x302, 0x311):
        with suppress(NoAnswer):  # this storage has its own dialect
            clear(serve(Listening(setup=DENIED)), ticket, dialect)
    assert [struct.unpack_from("<HH", one, 66) for one in heard] == [(1, 2)] * 4
    assert [struct.unpack_from("<H", one, 100)[0] for one in heard] == [0x210, 0x300, 0x302, 0x311]
    assert [struct.unpack_from("<I", one, 72)[0] & 0x40 for one in heard] == [0, 0, 0, 0]


def test_a_storage_that_refuses_clear_text_refuses_the_session(serve: Serve, storage: Making, ticket: Ticket) -> None:
    assert clear(serve(storage(setup=DENIED)), ticket) == SmbSetUp(DENIED, dialect=0x210)


def test_a_storage_that_stalls_costs_its_time(serve: Serve, storage: Making, ticket: Ticket) -> None:
    for silent_at in (0, 1, 3):
        with pytest.raises(NoAnswer) as none:
            clear(serve(storage({"AliceVMs": (0, FULL, FULL)}, silent_at=silent_at)), ticket, seconds=0.3)
        assert none.value.gap is Gap.TIMED_OUT


def record(following: int, family: int, address: bytes, capability: int = 0, index: int = 2) -> bytes:
    """One NETWORK_INTERFACE_INFO (MS-SMB2 2.2.32.5)."""
    return struct.pack("<IIIIQH", following, index, capability, 0, 10**10, family) + address.ljust(126, b"\0")


V4 = bytes(2) + bytes((10, 77, 11, 30))
V6 = bytes(6) + bytes.fromhex("fe80") + bytes(13) + b"\x01" + bytes(4)


def ioctl(data: bytes) -> bytes:
    """The body of an IOCTL response (MS-SMB2 2.2.32)."""
    return struct.pack("<HHI16sIIIIII", 49, 0, 0x1401FC, b"\xff" * 16, 112, 0, 112, len(data), 0, 0) + data


def test_each_interface_is_told_with_what_it_can_do() -> None:
    data = record(152, 2, V4, capability=1) + record(152, 0x17, V6, capability=3, index=3) + record(0, 99, b"")
    found = interfaces(ioctl(data), "there")
    assert found == (
        Interface(2, "10.77.11.30", 10**10, rss=True),
        Interface(3, "fe80::1", 10**10, rss=True, rdma=True),
        Interface(2, "", 10**10),
    )
    assert [one.told() for one in found] == [
        "10.77.11.30 (10 Gbit/s, RSS)",
        "fe80::1 (10 Gbit/s, RSS, RDMA)",
        "of another family (10 Gbit/s)",
    ]
    assert interfaces(ioctl(b""), "there") == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        ioctl(record(0, 2, V4)[:20]),
        ioctl(record(4, 2, V4)),
        ioctl(record(0, 2, b"")[:28]),
        ioctl(record(0, 0x17, b"")[:30]),
        ioctl(record(0, 2, V4))[:-50],
    ],
)
def test_interfaces_that_are_cut_off_are_malformed(body: bytes) -> None:
    with pytest.raises(NoAnswer) as none:
        interfaces(body, "there")
    assert none.value.gap is Gap.MALFORMED


@given(st.binary(max_size=400))
def test_hostile_interfaces_end_in_an_answer_or_a_gap(data: bytes) -> None:
    for body in (data, ioctl(data)):
        with suppress(NoAnswer):
            interfaces(body, "there")


def offering(storage: Making, status: int, data: bytes, **more: object) -> Any:
    class Offering(storage):  # type: ignore[misc,valid-type]
        def command_11(self, part: bytes) -> tuple[int, bytes, int]:
            assert struct.unpack_from("<I", part, 68)[0] == 0x1401FC
            assert part[72:88] == b"\xff" * 16
            return status, ioctl(data) if status == 0 else b"", 1

    return Offering({"IPC$": (0, FULL, None)}, **more)


def test_interfaces_are_asked_for_in_a_session(serve: Serve, storage: Making, ticket: Ticket) -> None:
    server = offering(storage, 0, record(0, 2, V4))
    said = network_interfaces(ticket, NAME, "127.0.0.1", "", 3.0, serve(server))
    assert said == InterfaceReply(interfaces=(Interface(2, "10.77.11.30", 10**10),))
    assert said.told() == "10.77.11.30 (10 Gbit/s)"
    assert server.commands == [0, 1, 3, 11, 2], "and logs off"


@pytest.mark.parametrize(
    ("status", "more", "expected"),
    [
        (INVALID_REQUEST, {}, InterfaceReply("FSCTL_QUERY_NETWORK_INTERFACE_INFO", INVALID_REQUEST)),
        (0, {"setup": DENIED}, InterfaceReply("SESSION_SETUP", DENIED)),
    ],
)
def test_a_refusal_names_its_step(
    serve: Serve, storage: Making, ticket: Ticket, status: int, more: dict[str, object], expected: InterfaceReply
) -> None:
    port = serve(offering(storage, status, b"", **more))
    assert network_interfaces(ticket, NAME, "127.0.0.1", "", 3.0, port) == expected


def test_a_storage_without_ipc_says_so(serve: Serve, storage: Making, ticket: Ticket) -> None:
    said = network_interfaces(ticket, NAME, "127.0.0.1", "", 3.0, serve(storage({"IPC$": (DENIED, 0, None)})))
    assert said == InterfaceReply("TREE_CONNECT to IPC$", DENIED)
    assert said.told() == "TREE_CONNECT to IPC$: STATUS_ACCESS_DENIED (0xC0000022)"
