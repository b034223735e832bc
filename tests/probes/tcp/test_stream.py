"""A TCP stream on loopback: bytes, a closed port, silence, a reset, and one deadline for all of it."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable

import pytest

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.tcp.stream import Stream, no_answer
from tests.support.storage import serve

__all__ = ["serve"]
HERE = "127.0.0.1"
Serve = Callable[[Callable[[socket.socket], None]], int]


def gap(ask: Callable[[], object]) -> NoAnswer:
    with pytest.raises(NoAnswer) as none:
        ask()
    return none.value


def echo(channel: socket.socket) -> None:
    while data := channel.recv(4096):
        channel.sendall(data)


def silent(channel: socket.socket) -> None:
    while channel.recv(4096):
        pass


def in_pieces(channel: socket.socket) -> None:
    for part in (b"he", b"l", b"lo and more"):
        channel.recv(1)
        channel.sendall(part)


def test_what_is_sent_comes_back(serve: Serve) -> None:
    with Stream(HERE, serve(echo), "", 5.0) as stream:
        stream.send(b"question")
        assert stream.receive(8) == b"question"


def test_exactly_as_many_bytes_are_read_as_are_wanted(serve: Serve) -> None:
    with Stream(HERE, serve(in_pieces), "", 5.0) as stream:
        stream.send(b"...")
        assert stream.receive(5) == b"hello"
        assert stream.receive_some(4) == b" and"
        assert stream.receive(5) == b" more"


def test_the_source_address_is_the_one_that_was_chosen(serve: Serve) -> None:
    seen: list[str] = []

    def peer(channel: socket.socket) -> None:
        seen.append(channel.getpeername()[0])
        channel.sendall(b"x")

    with Stream(HERE, serve(peer), "127.0.0.2", 5.0) as stream:
        stream.receive(1)
    assert seen == ["127.0.0.2"]


def test_a_source_address_of_another_host_cannot_be_used(serve: Serve) -> None:
    port = serve(echo)
    none = gap(lambda: Stream(HERE, port, "192.0.2.1", 5.0))
    assert none.gap is Gap.UNREACHABLE
    assert none.detail.startswith(f"{HERE} port {port} cannot be reached")


def test_a_closed_port_refuses(serve: Serve) -> None:
    with socket.create_server((HERE, 0)) as server:
        port = server.getsockname()[1]
    none = gap(lambda: Stream(HERE, port, "", 5.0))
    assert (none.gap, none.detail) == (Gap.REFUSED, f"{HERE} port {port} refuses connections")


def test_a_peer_that_closes_in_the_middle_is_closed(serve: Serve) -> None:
    with Stream(HERE, serve(lambda channel: channel.sendall(b"abc")), "", 5.0) as stream:
        assert stream.receive(2) == b"ab"
        assert gap(lambda: stream.receive(2)).gap is Gap.CLOSED


def test_a_reset_is_closed(serve: Serve) -> None:
    def resets(channel: socket.socket) -> None:
        channel.recv(1)
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with Stream(HERE, serve(resets), "", 5.0) as stream:
        stream.send(b"x")
        assert gap(lambda: stream.receive(1)).gap is Gap.CLOSED


def test_silence_ends_with_the_deadline(serve: Serve) -> None:
    with Stream(HERE, serve(silent), "", 0.1) as stream:
        none = gap(lambda: stream.receive(1))
    assert (none.gap, none.detail.endswith("within 0.1 s")) == (Gap.TIMED_OUT, True)


def test_the_deadline_is_one_for_all_that_is_sent_and_received(serve: Serve) -> None:
    with Stream(HERE, serve(echo), "", 5.0) as stream:
        stream.send(b"ab")
        assert stream.receive(1) == b"a"
        stream.until = 0.0
        assert gap(lambda: stream.receive(1)).gap is Gap.TIMED_OUT
        assert gap(lambda: stream.send(b"x")).gap is Gap.TIMED_OUT


def test_the_socket_is_closed_with_the_block(serve: Serve) -> None:
    with Stream(HERE, serve(echo), "", 5.0) as stream:
        held = stream.socket
    assert held.fileno() == -1


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        (TimeoutError(), Gap.TIMED_OUT),
        (ConnectionRefusedError(), Gap.REFUSED),
        (ConnectionResetError(), Gap.CLOSED),
        (BrokenPipeError(), Gap.CLOSED),
        (OSError(errno.EHOSTUNREACH, "No route to host"), Gap.UNREACHABLE),
        (OSError(), Gap.UNREACHABLE),
    ],
)
def test_each_error_of_the_system_has_its_gap_and_names_the_server(failed: OSError, expected: Gap) -> None:
    none = no_answer(failed, "10.0.0.1", 445, 1.25)
    assert (none.gap, "10.0.0.1 port 445" in none.detail) == (expected, True)
    assert none.of
