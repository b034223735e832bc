"""A directory on loopback that holds the key of a captured LDAP conversation and gives Samba's answers again."""

from __future__ import annotations

import socket
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from impacket.krb5 import crypto

from krbcheck.windows import der
from tests.support.captures import CONFOUNDER, FIRST, acceptors_reply, authenticator, capture
from tests.support.ldap_captured import (
    ACCEPTOR_SEAL,
    BIND_RESPONSE,
    BY_ACCEPTOR,
    DONE,
    INITIATOR_SEAL,
    SEALED,
    UNBIND,
    WITH_ACCEPTOR_KEY,
    bind_token,
    ldap_conversation,
    message,
    numbered,
    opened,
)
from tests.support.storage import frame

AES256, SHA1_AES256 = 18, 16
IN_PROGRESS = 14
Spoil = Callable[["LdapReplay", bytes], bytes]


def unspoiled(_: LdapReplay, data: bytes) -> bytes:
    return data


@dataclass
class LdapReplay:
    """The server of the capture `name`. The answer to search `at` (from 0) is changed: `spoil` changes its messages
    before they are sealed, `damage` each wrap token. `unexpected` are requests that were not captured.
    """

    name: str
    at: int = -1
    spoil: Spoil = unspoiled
    damage: Spoil = unspoiled
    unexpected: list[str] = field(default_factory=list)
    searches: int = 0

    def __post_init__(self) -> None:
        self.conversation = ldap_conversation(self.name)
        self.key: Any = crypto.Key(AES256, self.conversation.subkey)
        self.left: dict[bytes, deque[tuple[tuple[bytes, ...], ...]]] = defaultdict(deque)
        for asked in self.conversation.asked:
            if asked.request[0] != UNBIND:
                self.left[asked.request].append(asked.packets)

    @property
    def unasked(self) -> list[bytes]:
        return [request for request, answers in self.left.items() for _ in answers]

    def __call__(self, channel: socket.socket) -> None:
        channel.settimeout(10)
        self.sends, self.sent, self.before = FIRST, b"", b""
        self.receives: int | None = None
        self.bind(channel)
        while True:
            number, request, _ = numbered(self.read(frame(channel)))
            if request[0] == UNBIND:
                return
            if not self.left[request]:
                self.unexpected.append(request.hex())
                return
            packets = self.left[request].popleft()
            for operations in packets:
                data = b"".join(message(number, operation) for operation in operations)
                channel.sendall(self.packet(data))
            self.searches += 1

    def packet(self, data: bytes) -> bytes:
        spoils = self.searches == self.at
        token = self.sealed(self.spoil(self, data) if spoils else data)
        token = self.damage(self, token) if spoils else token
        return len(token).to_bytes(4, "big") + token

    def read(self, token: bytes) -> bytes:
        """A packet of the client: sealed, with the acceptor's subkey, in sequence."""
        number = int.from_bytes(token[8:16], "big")
        assert token[:4] == b"\x05\x04" + bytes((SEALED | WITH_ACCEPTOR_KEY, 0xFF))
        assert self.receives in (None, number)
        self.receives = number + 1
        return opened(token, self.key, INITIATOR_SEAL)

    def bind(self, channel: socket.socket) -> None:
        """Three messages (RFC 4752 3.1): AP-REP, the security layers, the choice of the client."""
        taken = capture(self.name)
        asked = authenticator(self.bind_request(channel), taken.key)
        self.bind_response(channel, acceptors_reply(asked, taken.key, self.conversation.subkey))
        assert self.bind_request(channel) == b""
        self.bind_response(channel, self.signed(self.conversation.offer))
        choice = self.bind_request(channel)
        assert opened(choice, self.key, INITIATOR_SEAL) == b"\x04\xff\xff\xff"
        self.receives = int.from_bytes(choice[8:16], "big") + 1
        self.bind_response(channel, b"", 0)

    def bind_request(self, channel: socket.socket) -> bytes:
        self.number, operation, rest = numbered(channel.recv(65536))
        assert not rest
        return bind_token(operation)

    def bind_response(self, channel: socket.socket, token: bytes, code: int = IN_PROGRESS) -> None:
        body = der.tlv(0x0A, bytes([code])) + der.octets(b"") + der.octets(b"") + der.tlv(0x87, token)
        channel.sendall(message(self.number, der.tlv(BIND_RESPONSE, body)))

    def header(self, flags: int) -> bytes:
        self.sends += 1
        return b"\x05\x04" + bytes((flags, 0xFF)) + bytes(4) + (self.sends - 1).to_bytes(8, "big")

    def signed(self, data: bytes) -> bytes:
        head = self.header(BY_ACCEPTOR | WITH_ACCEPTOR_KEY)
        check = crypto.make_checksum(SHA1_AES256, self.key, ACCEPTOR_SEAL, data + head)
        return head[:4] + len(check).to_bytes(2, "big") + head[6:] + data + bytes(check)

    def sealed(self, data: bytes) -> bytes:
        head = self.header(BY_ACCEPTOR | SEALED | WITH_ACCEPTOR_KEY)
        token = head + bytes(crypto.encrypt(self.key, ACCEPTOR_SEAL, data + head, CONFOUNDER))
        self.before, self.sent = self.sent, token
        return token


def done(code: int, text: bytes = b"") -> bytes:
    """The end of a search (RFC 4511 4.5.2)."""
    return der.tlv(DONE, der.tlv(0x0A, bytes([code])) + der.octets(b"") + der.octets(text))
