"""Remote VSS as a storage on loopback answers it within a session: versions, paths, refusals."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.backup_sessions import BackupReply, PathSupport, RemoteVss, RootOpen
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.rpc.backup_session import backup_session
from tests.probes.rpc.test_lsarpc import FULL, NOT_FOUND, Rpc, Serve, pdu

DENIED, E_ACCESSDENIED, NOT_SUPPORTED, LOGON_FAILURE = 0xC0000022, 0x80070005, 0x8004230C, 0xC000006D
AUTH_AT, BIND, BIND_NAK, REQUEST = 10, 11, 13, 0
NAME = "vmstore-alice.tintri.com"


@dataclass
class Agent(Rpc):
    """An agent that has no authentication in RPC: `error` is the HRESULT of GetSupportedVersion, `paths` those of
    IsPathSupported. `asked` are the UNCs and the operation numbers that came.
    """

    error: int = 0
    paths: dict[str, int] = field(default_factory=dict)
    asked: list[str | int] = field(default_factory=list)
    pipes: tuple[str, ...] = ("FssagentRpc",)
    takes_tickets: bool = False

    def answer(self, pipe: str, data: bytes) -> list[bytes]:
        if data[2] == BIND and struct.unpack_from("<H", data, AUTH_AT)[0] and not self.takes_tickets:
            return [pdu(BIND_NAK, data[12:16], struct.pack("<HBB", 8, 0, 0))]
        if data[2] == REQUEST:
            self.asked.append(struct.unpack_from("<H", data, 22)[0])
        return super().answer(pipe, data)

    def FssagentRpc_0(self, stub: bytes) -> bytes:
        return struct.pack("<III", 1, 1, self.error)

    def FssagentRpc_8(self, stub: bytes) -> bytes:
        size = struct.unpack_from("<I", stub, 8)[0]
        path = stub[12 : 12 + 2 * size].decode("utf-16-le").rstrip("\0")
        self.asked.append(path)
        error = self.paths.get(path.rpartition("\\")[2], 0)
        owner = "VMSTORE\0".encode("utf-16-le")
        text = struct.pack("<IIII", 0x20000, 8, 0, 8) + owner
        return struct.pack("<I", int(not error)) + text + struct.pack("<I", error)


@pytest.fixture
def storage_with(serve: Serve, storage: Any) -> Callable[..., int]:
    """The port of a storage with shares and the agent."""

    def start(agent: Agent, **of_storage: Any) -> int:
        class Piped(storage):  # type: ignore[misc] # the fixture gives the class
            def command_5(self, part: bytes) -> tuple[int, bytes, int]:
                start, size = struct.unpack_from("<HH", part, 64 + 44)
                name = part[start : start + size].decode("utf-16-le")
                if not name or name == "\0":
                    options = struct.unpack_from("<I", part, 64 + 40)[0]
                    status = 0 if options & 0x4000 else self.root
                    file = b"root".ljust(16)
                elif name in agent.pipes:
                    status, file = 0, name.encode().ljust(16)
                else:
                    status, file = NOT_FOUND, b""
                if status:
                    return status, b"", 1
                return 0, struct.pack("<HBBI32sQQII16sII", 89, 0, 0, 1, b"", 0, 0, 0, 0, file, 0, 0), 1

            def command_11(self, part: bytes) -> tuple[int, bytes, int]:
                file, start, size = struct.unpack_from("<16sII", part, 64 + 8)
                (first,) = agent.answer(file.decode().strip(), part[start : start + size])
                return 0, struct.pack("<HHI16sIIIIII", 49, 0, 0x11C017, file, 0, 0, 112, len(first), 0, 0) + first, 1

        Piped.root = of_storage.pop("root", 0)
        shares = {"IPC$": (0, FULL, FULL), "AliceVMs": (0, FULL, FULL), "BobVMs": (DENIED, 0, None)}
        return serve(Piped(shares=shares, **of_storage))

    return start


def asked(ticket: Ticket | None, port: int, *shares: str) -> BackupReply:
    return backup_session(ticket, NAME, "127.0.0.1", shares, "", 5.0, port)


def test_versions_and_paths_of_the_own_server_are_queried(storage_with: Callable[..., int], ticket: Ticket) -> None:
    agent = Agent(paths={"AliceVMs": NOT_SUPPORTED})
    vss = asked(ticket, storage_with(agent), "AliceVMs", "BobVMs").vss
    paths = (PathSupport("AliceVMs", NOT_SUPPORTED), PathSupport("BobVMs", 0, True, "VMSTORE"))
    assert vss == RemoteVss("", 0, 1, 1, paths)
    assert agent.asked == [0, 8, rf"\\{NAME}\AliceVMs", 8, rf"\\{NAME}\BobVMs"], "nothing but operations 0 and 8"


@pytest.mark.parametrize(
    ("agent", "refused", "status"),
    [
        pytest.param(Agent(error=E_ACCESSDENIED), "GetSupportedVersion", E_ACCESSDENIED, id="denied"),
        pytest.param(Agent(fault=5), "GetSupportedVersion", DENIED, id="fault-access-denied"),
        pytest.param(Agent(pipes=()), "pipe FssagentRpc", NOT_FOUND, id="no-agent"),
        pytest.param(Agent(naks=True), "bind", 4, id="no-interface"),
    ],
)
def test_each_refusal_is_an_answer(
    storage_with: Callable[..., int], ticket: Ticket, agent: Agent, refused: str, status: int
) -> None:
    vss = asked(ticket, storage_with(agent), "AliceVMs").vss
    assert vss is not None
    assert (vss.refused, vss.status, vss.paths) == (refused, status, ())


@pytest.mark.parametrize("status", [0x1C01000B, 0x721])
def test_a_server_that_rejects_sealed_calls_is_queried_without(
    storage_with: Callable[..., int], ticket: Ticket, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    from krbcheck.probes.rpc import fsrvp
    from krbcheck.probes.rpc.pipe import Pipe

    unsealed = fsrvp._asked

    def asked_of(rpc: Any, server: str, shares: Sequence[str], *, sealed: bool) -> RemoteVss:
        return RemoteVss("GetSupportedVersion", status) if sealed else unsealed(rpc, server, shares, sealed=False)

    pipes = iter([lambda *_: None, Pipe.rpc])
    monkeypatch.setattr(fsrvp, "_asked", asked_of)
    monkeypatch.setattr(Pipe, "rpc", lambda *arguments: next(pipes)(*arguments))
    assert asked(ticket, storage_with(Agent()), "AliceVMs").vss == RemoteVss(
        "", 0, 1, 1, (PathSupport("AliceVMs", 0, True, "VMSTORE"),)
    )


def test_roots_are_opened_with_and_without_backup_intent(storage_with: Callable[..., int], ticket: Ticket) -> None:
    opens = asked(ticket, storage_with(Agent(), root=DENIED), "AliceVMs", "BobVMs").opens
    assert opens == (RootOpen("AliceVMs", 0, DENIED, 0), RootOpen("BobVMs", DENIED))


def test_a_refused_session_is_an_answer(storage_with: Callable[..., int], ticket: Ticket) -> None:
    assert asked(ticket, storage_with(Agent(), setup=LOGON_FAILURE)) == BackupReply("SESSION_SETUP", LOGON_FAILURE)


def test_rubbish_in_the_pipe_is_malformed(storage_with: Callable[..., int], ticket: Ticket) -> None:
    with pytest.raises(NoAnswer) as none:
        asked(ticket, storage_with(Agent(rubbish=True)), "AliceVMs")
    assert none.value.gap is Gap.MALFORMED


def test_without_a_ticket_nothing_is_asked() -> None:
    with pytest.raises(NoAnswer) as none:
        asked(None, 1)
    assert none.value.gap is Gap.NEEDS_OTHER
