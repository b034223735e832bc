"""Messages on a connection: the lengths that a reply can have, and compounds of more parts than were asked for."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.smb.connection import HEADER_BYTES, MOST_BYTES, MOST_PARTS, Frames, Wire
from krbcheck.probes.tcp.stream import Stream

PART = b"\xfeSMB" + (64).to_bytes(2, "little") + bytes(14) + (64).to_bytes(4, "little") + bytes(40)
"""A header alone (MS-SMB2 2.2.1.2): NextCommand, at 20, is its own length."""


@pytest.mark.parametrize("parts", [MOST_PARTS + 1, MOST_BYTES // len(PART)])
def test_a_compound_without_end_is_refused(parts: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with Stream("127.0.0.1", port, "", 5) as stream, pytest.raises(ValueError, match=str(MOST_PARTS)):
            Wire(stream, "nas")._take(PART * parts)


class Bytes:
    """A stream on which these bytes come back."""

    where = "10.0.0.1 port 445"

    def __init__(self, data: bytes) -> None:
        self.data, self.sent = data, b""

    def receive(self, size: int) -> bytes:
        part, self.data = self.data[:size], self.data[size:]
        return part

    def send(self, data: bytes) -> None:
        self.sent += data


def frames(data: bytes) -> Frames:
    stream: Any = Bytes(data)
    return Frames(stream)


@pytest.mark.parametrize("size", [HEADER_BYTES, HEADER_BYTES + 1, MOST_BYTES])
def test_a_message_of_a_possible_length_is_read(size: int) -> None:
    assert frames(size.to_bytes(4, "big") + b"x" * size + b"more").receive() == b"x" * size


@pytest.mark.parametrize("size", [0, HEADER_BYTES - 1, MOST_BYTES + 1, 0xFFFFFFFF])
def test_a_message_of_another_length_is_not_read(size: int) -> None:
    with pytest.raises(NoAnswer, match="not SMB") as none:
        frames(size.to_bytes(4, "big") + b"x" * 100).receive()
    assert none.value.gap is Gap.MALFORMED


def test_a_message_is_sent_after_its_length() -> None:
    sending = frames(b"")
    sending.send(b"request")
    stream: Any = sending.stream
    assert stream.sent == b"\0\0\0\7request"
