"""Files of a share: whole, in pieces, up to a bound, absent, refused."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.smb.files import END_OF_FILE, PIECE, FileRead, read_files

NOT_FOUND, DENIED = 0xC0000034, 0xC0000022
Serve = Callable[[Any], int]


@pytest.fixture
def sysvol(storage: type[Any]) -> Callable[..., Any]:
    """A storage whose share SYSVOL holds these files; `lies` is the size that it tells for each."""

    @dataclass
    class Files(storage):  # type: ignore[misc] # the class comes from a fixture
        files: Mapping[str, bytes | int] = field(default_factory=dict)
        lies: int = 0
        open: bytes = b""
        asked: list[str] = field(default_factory=list)
        status: int = 0

        def command_5(self, part: bytes) -> tuple[int, bytes, int]:
            start, size = struct.unpack_from("<HH", part, 64 + 44)
            access, options = struct.unpack_from("<I", part, 64 + 24)[0], struct.unpack_from("<I", part, 64 + 40)[0]
            assert (access & 0x116, options) == (0, 0x40)  # nothing that writes
            name = part[start : start + size].decode("utf-16-le")
            self.asked.append(name)
            found = self.files.get(name, NOT_FOUND)
            self.status = found if isinstance(found, int) else 0
            self.open = b"" if isinstance(found, int) else found
            length = self.lies or len(self.open)
            body = struct.pack("<HBBI32sQQII16sII", 89, 0, 0, 1, b"", 0, length, 0, 0, b"F" * 16, 0, 0)
            return self.status, b"" if self.status else body, 1

        def command_8(self, part: bytes) -> tuple[int, bytes, int]:
            size, offset = struct.unpack_from("<IQ", part, 64 + 4)
            data = self.open[offset : offset + size]
            if self.status or not data:
                return self.status or END_OF_FILE, b"", 1
            return 0, struct.pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data, 1

        def command_6(self, part: bytes) -> tuple[int, bytes, int]:
            return (self.status, b"", 1) if self.status else super().command_6(part)

    return lambda **given: Files(shares={"SYSVOL": (0, 0x1F01FF, 0)}, **given)


def read(port: int, ticket: Ticket, *paths: str, most: int = 1 << 20, seconds: float = 5) -> tuple[FileRead, ...]:
    return read_files(ticket, "vmdc1.vmlevel.com", "127.0.0.1", "SYSVOL", paths, most, seconds, port)


def test_every_file_is_read_over_one_session(serve: Serve, sysvol: Callable[..., Any], ticket: Ticket) -> None:
    server = sysvol(files={"a\\GPT.INI": b"one", "a\\Registry.pol": b"two", "empty": b""})
    found = read(serve(server), ticket, "a\\GPT.INI", "a\\Registry.pol", "empty", "none")
    assert found == (FileRead(0, 3, b"one"), FileRead(0, 3, b"two"), FileRead(0), FileRead(NOT_FOUND))
    assert server.paths == ["\\\\vmdc1.vmlevel.com\\IPC$", "\\\\vmdc1.vmlevel.com\\SYSVOL"], (
        "IPC$ to validate NEGOTIATE"
    )
    assert server.commands.count(1) == 1
    assert not server.unsigned


def test_many_files_are_read_within_the_credits(serve: Serve, sysvol: Callable[..., Any], ticket: Ticket) -> None:
    files = {str(number): b"%d" % number for number in range(200)}
    assert [entry.data for entry in read(serve(sysvol(files=files)), ticket, *files)] == list(files.values())


def test_a_long_file_is_read_in_pieces(serve: Serve, sysvol: Callable[..., Any], ticket: Ticket) -> None:
    data = bytes(range(256)) * 1000
    server = sysvol(files={"long": data})
    assert read(serve(server), ticket, "long") == (FileRead(0, len(data), data),)
    assert len(server.asked) == -(-len(data) // PIECE)


def test_of_a_file_that_is_too_long_only_the_beginning_is_read(
    serve: Serve, sysvol: Callable[..., Any], ticket: Ticket
) -> None:
    server = sysvol(files={"long": bytes(1 << 20)})
    assert read(serve(server), ticket, "long", most=100_000) == (FileRead(0, 1 << 20, bytes(PIECE)),)
    assert len(server.asked) == 1


def test_a_server_that_lies_about_a_size_is_asked_no_more(
    serve: Serve, sysvol: Callable[..., Any], ticket: Ticket
) -> None:
    server = sysvol(files={"short": b"abc"}, lies=1 << 10)
    assert read(serve(server), ticket, "short") == (FileRead(0, 1 << 10, b"abc"),)
    assert len(server.asked) == 2


def test_a_file_that_may_not_be_read_says_its_status(serve: Serve, sysvol: Callable[..., Any], ticket: Ticket) -> None:
    assert read(serve(sysvol(files={"secret": DENIED})), ticket, "secret") == (FileRead(DENIED),)


def test_a_refused_share_is_not_allowed(serve: Serve, storage: type[Any], ticket: Ticket) -> None:
    with pytest.raises(NoAnswer, match="STATUS_ACCESS_DENIED") as none:
        read(serve(storage(shares={"SYSVOL": (DENIED, 0, 0)})), ticket, "x")
    assert none.value.gap is Gap.NOT_ALLOWED


def test_a_refused_session_is_not_allowed(serve: Serve, storage: type[Any], ticket: Ticket) -> None:
    with pytest.raises(NoAnswer, match="refuses the SMB session") as none:
        read(serve(storage(setup=0xC000006D)), ticket, "x")
    assert none.value.gap is Gap.NOT_ALLOWED


def test_silence_while_reading_is_a_timeout(serve: Serve, sysvol: Callable[..., Any], ticket: Ticket) -> None:
    with pytest.raises(NoAnswer) as none:
        read(serve(sysvol(files={"a": b"1"}, silent_at=8)), ticket, "a", seconds=0.5)
    assert none.value.gap is Gap.TIMED_OUT


def test_a_read_response_that_is_none_is_malformed(serve: Serve, sysvol: Callable[..., Any], ticket: Ticket) -> None:
    server = sysvol(files={"a": b"1"})
    server.command_8 = lambda part: (0, b"\x11\0", 1)
    with pytest.raises(NoAnswer) as none:
        read(serve(server), ticket, "a")
    assert none.value.gap is Gap.MALFORMED
