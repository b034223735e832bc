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
from krbcheck.facts.smb import SmbSetUp
from krbcheck.facts.smb_features import Interface, InterfaceReply
from krbcheck.probes.smb.features import clear_session, interfaces, network_interfaces
from tests.support.storage import Storage

Serve = Callable[[Callable[[socket.socket], None]], int]
Making = Callable[..., Any]
NAME = "vmstore-alice.tintri.com"
NOT_SUPPORTED, DENIED, INVALID_REQUEST = 0xC00000BB, 0xC0000022, 0xC0000010
FULL = 0x1F01FF


def clear(port: int, ticket: Ticket, dialect: int = 0x210, seconds: float = 3.0) -> SmbSetUp:
    return clear_session(ticket, NAME, "127.0.0.1", ("AliceVMs", "Sealed"), dialect, "", seconds, port)


def test_a_clear_session_connects_to_what_lets_it_in(serve: Serve, storage: Making, ticket: Ticket) -> None:
    server = storage({"AliceVMs": (0, FULL, FULL), "Sealed": (DENIED, 0, None)})
    said = clear(serve(server), ticket)
    assert (said.status, said.dialect) == (0, 0x210)
    assert [(tree.share, tree.status, tree.maximal_access) for tree in said.trees] == [
        ("AliceVMs", 0, FULL),
        ("Sealed", DENIED, 0),
    ]
    assert server.commands == [0, 1, 3, 3, 11, 2], "and validates the NEGOTIATE, and logs off"
    assert said.unconfirmed == ""
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
    assert [struct.unpack_from("<HH", entry, 66) for entry in heard] == [(1, 2)] * 4
    assert [struct.unpack_from("<H", entry, 100)[0] for entry in heard] == [0x210, 0x300, 0x302, 0x311]
    assert [struct.unpack_from("<I", entry, 72)[0] & 0x40 for entry in heard] == [0, 0, 0, 0]


def test_a_storage_that_refuses_clear_text_refuses_the_session(serve: Serve, storage: Making, ticket: Ticket) -> None:
    assert clear(serve(storage(setup=DENIED)), ticket) == SmbSetUp(DENIED, dialect=0x210)


CAN_ENCRYPT = 0x47


class EncryptsAnyway(Storage):
    """Its NEGOTIATE, changed on the path, has the capability to encrypt that this client did not offer."""

    def command_0(self, part: bytes) -> tuple[int, bytes, int]:
        status, body, tree = super().command_0(part)
        return status, body[:24] + struct.pack("<I", CAN_ENCRYPT) + body[28:], tree


def test_a_capability_added_on_the_path_does_not_make_a_clear_session_encrypted(serve: Serve, ticket: Ticket) -> None:
    server = EncryptsAnyway({"AliceVMs": (0, FULL, FULL)}, flags=4)
    said = clear(serve(server), ticket)
    assert server.sealed == 0
    assert said.unconfirmed == (
        "FSCTL_VALIDATE_NEGOTIATE_INFO contradicts the NEGOTIATE: capabilities 0x47, validated 0x7"
    )


@pytest.mark.parametrize("damage", [{"unsigned_at": 3}, {"forges_at": 3}, {"unsigned_at": 11}, {"forges_at": 11}])
def test_a_clear_session_with_a_reply_that_is_not_signed_is_no_answer(
    serve: Serve, storage: Making, ticket: Ticket, damage: dict[str, int]
) -> None:
    with pytest.raises(NoAnswer, match="not signed") as none:
        clear(serve(storage({"AliceVMs": (0, FULL, FULL)}, **damage)), ticket)
    assert none.value.gap is Gap.MALFORMED


def test_a_clear_session_that_is_not_validated_is_no_answer(serve: Serve, storage: Making, ticket: Ticket) -> None:
    with pytest.raises(NoAnswer) as none:
        clear(serve(storage({"AliceVMs": (0, FULL, FULL)}, silent_at=11)), ticket, seconds=0.3)
    assert none.value.gap is Gap.TIMED_OUT


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
    assert [entry.summary() for entry in found] == [
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
    assert said.summary() == "10.77.11.30 (10 Gbit/s)"
    assert server.commands == [0, 1, 3, 11, 3, 11, 2], "after the validation of NEGOTIATE, and logs off"


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
    assert said.summary() == "TREE_CONNECT to IPC$: STATUS_ACCESS_DENIED (0xC0000022)"
