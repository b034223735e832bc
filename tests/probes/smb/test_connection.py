"""A connection up to NEGOTIATE: what is offered, and what the server selects from it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.smb.connection import Wire
from krbcheck.probes.tcp.stream import Stream
from tests.support.storage import Behaviour, frame

Serve = Callable[[Behaviour], int]
ENCRYPTION, SIGNING = 2, 8
LARGE_MTU, CAP_ENCRYPTION = 0x4, 0x40


@dataclass
class Server:
    """Answers one NEGOTIATE with these values (MS-SMB2 2.2.4)."""

    dialect: int = 0x0311
    capabilities: int = LARGE_MTU
    security_mode: int = 1
    contexts: tuple[tuple[int, bytes], ...] = ()
    status: int = 0
    received: list[bytes] = field(default_factory=list)

    def __call__(self, channel: socket.socket) -> None:
        self.received.append(frame(channel))
        head = b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ16s", 64, 0, self.status, 0, 9, 1, 0, 0, 0, 0, 0, b"")
        fixed = struct.pack(
            "<HHHH16sIIIIQQHHI", 65, self.security_mode, self.dialect, len(self.contexts), b"g" * 16,
            self.capabilities, 0, 0, 0, 0, 0, 128, 0, 128,
        )  # fmt: skip
        made = [struct.pack("<HHI", kind, len(data), 0) + data + bytes(-len(data) % 8) for kind, data in self.contexts]
        message = head + fixed + b"".join(made)
        channel.sendall(len(message).to_bytes(4, "big") + message)


def negotiated(serve: Serve, server: Server, *, signing: bool = True, clear: int = 0) -> tuple[Wire, int]:
    with Stream("127.0.0.1", serve(server), "", 5) as stream:
        wire = Wire(stream, "vmstore-alice.tintri.com", signing=signing, clear=clear)
        return wire, wire.negotiate()


GCM_AND_GMAC = ((ENCRYPTION, struct.pack("<HH", 1, 2)), (SIGNING, struct.pack("<HH", 1, 2)))


def test_the_selection_of_3_1_1_is_in_its_contexts(serve: Serve) -> None:
    wire, status = negotiated(serve, Server(contexts=GCM_AND_GMAC))
    assert (status, wire.dialect, wire.cipher, wire.signing_algorithm) == (0, 0x0311, 2, 2)
    assert wire.supports_encryption


@pytest.mark.parametrize("contexts", [(), ((ENCRYPTION, struct.pack("<HH", 1, 0)),)], ids=["none", "no-cipher"])
def test_3_1_1_without_a_cipher_cannot_encrypt(serve: Serve, contexts: tuple[tuple[int, bytes], ...]) -> None:
    """The capability counts before 3.1.1 only (MS-SMB2 3.2.5.2)."""
    wire, _ = negotiated(serve, Server(capabilities=CAP_ENCRYPTION, contexts=contexts))
    assert not wire.supports_encryption


@pytest.mark.parametrize(("dialect", "expected"), [(0x0202, False), (0x0210, False), (0x0300, True), (0x0302, True)])
def test_3_0_encrypts_if_the_server_has_the_capability(serve: Serve, dialect: int, expected: bool) -> None:
    wire, _ = negotiated(serve, Server(dialect, CAP_ENCRYPTION))
    assert (wire.supports_encryption, wire.cipher, wire.signing_algorithm) == (expected, None, None)
    assert not negotiated(serve, Server(dialect, 0))[0].supports_encryption


@pytest.mark.parametrize(
    ("dialect", "capabilities", "charge", "least"),
    [(0x0202, LARGE_MTU, 0, 1), (0x0210, 0, 0, 1), (0x0210, LARGE_MTU, 1, 0), (0x0302, LARGE_MTU, 1, 0)],
)
def test_credits_are_charged_where_the_server_supports_it(
    serve: Serve, dialect: int, capabilities: int, charge: int, least: int
) -> None:
    """CreditCharge is reserved in 2.0.2 and where large requests are not supported (MS-SMB2 3.2.4.1.5)."""
    line = negotiated(serve, Server(dialect, capabilities))[0].pipeline
    assert (line.charge, line.least, line.credits) == (charge, least, 9)


@pytest.mark.parametrize(("signing", "mode", "expected"), [(True, 1, 2), (False, 1, 1), (False, 3, 2)])
def test_signing_is_required_if_one_side_requires_it(serve: Serve, signing: bool, mode: int, expected: int) -> None:
    assert negotiated(serve, Server(security_mode=mode), signing=signing)[0].security_mode == expected


def test_both_messages_are_kept_as_they_were_sent(serve: Serve) -> None:
    """The keys of 3.1.1 cover them."""
    server = Server()
    wire, _ = negotiated(serve, server)
    assert [wire.negotiate_request] == server.received
    assert wire.negotiate_reply[:4] == b"\xfeSMB"
    assert wire.negotiate_reply[64:66] == b"\x41\0"


def test_a_client_that_cannot_encrypt_offers_one_dialect_without_a_cipher(serve: Serve) -> None:
    server = Server(0x0311)
    negotiated(serve, server, clear=0x0311)
    body = server.received[0][64:]
    assert struct.unpack_from("<H", body, 2) == (1,)
    assert struct.unpack_from("<I", body, 8)[0] & CAP_ENCRYPTION == 0
    assert struct.unpack_from("<H", body, 36) == (0x0311,)


def test_a_rejection_is_its_status(serve: Serve) -> None:
    wire, status = negotiated(serve, Server(status=0xC00000BB))
    assert (status, wire.dialect) == (0xC00000BB, 0)


@pytest.mark.parametrize(("dialect", "clear"), [(0x0312, 0), (0x02FF, 0), (0x0302, 0x0311)])
def test_a_dialect_that_was_not_offered_is_malformed(serve: Serve, dialect: int, clear: int) -> None:
    with pytest.raises(NoAnswer, match="not SMB") as none:
        negotiated(serve, Server(dialect), clear=clear)
    assert none.value.gap is Gap.MALFORMED
