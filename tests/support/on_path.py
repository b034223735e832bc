"""A host on the path between a client and a server that holds the key: it changes one message of the server.

It reads and writes everything that is sent, and has no key. Whatever it does, it can make the client believe nothing.
"""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from impacket.krb5 import crypto

from fixtures.captured.conversations import CONVERSATIONS
from tests.support.captures import replayed
from tests.support.kdc_replay import KdcReplay
from tests.support.ldap_replay import AES256, LdapReplay
from tests.support.smb_replay import SmbReplay
from tests.support.storage import frame, listening

IDLE = 0.06
"""Seconds without a request after which it closes the connection: the client waits for a message that was lost."""
PATIENCE = 30.0
HUGE = 16 << 20
Attack = Callable[["OnPath", bytes], list[bytes]]
"""What it sends in place of a message."""


@dataclass
class OnPath:
    """The server's end of a connection. Message `at` (from 0) of the server becomes what `attack` returns.

    `earlier` are the messages before it, `stranger` is the same message of another session with that server. The
    connection is closed after an attack that `ends` it, or when the client then sends no request for `idle` seconds.
    """

    channel: socket.socket
    attack: Attack
    at: int
    strangers: tuple[bytes, ...] = ()
    idle: float = IDLE
    earlier: list[bytes] = field(default_factory=list)
    held: bytes = b""
    ends: bool = False
    reached: bool = False

    def settimeout(self, _: float) -> None:
        """The timeout of the server does not count."""

    def recv(self, most: int) -> bytes:
        if self.ends:
            raise EOFError
        self.channel.settimeout(self.idle if self.reached else PATIENCE)
        if not (data := self.channel.recv(most)):
            raise EOFError
        return data

    def sendall(self, message: bytes) -> None:
        number = len(self.earlier)
        sent = [message, *filter(None, [self.held])]
        self.held = b""
        if number == self.at:
            self.reached = True
            sent = self.attack(self, message)
        self.earlier.append(message)
        for part in sent:
            self.channel.sendall(part)

    @property
    def stranger(self) -> bytes:
        return self.strangers[min(len(self.earlier), len(self.strangers) - 1)]


SMB_PORT, LDAP_PORT = 445, 389
OTHER_SUBKEY = bytes(range(100, 132))


Peer = Callable[[Any], None]
"""A server that reads from a socket, or from what stands in for it, and writes to it."""


def server(name: str, *, other: bool = False) -> Peer:
    """The server of a captured conversation; an `other` session has another key of the acceptor."""
    port = CONVERSATIONS[name].server.port
    if port not in (SMB_PORT, LDAP_PORT):
        return kdc(KdcReplay(name))
    peer = SmbReplay(name) if port == SMB_PORT else LdapReplay(name)
    if other:
        taken: Any = peer.conversation
        peer.conversation = replace(taken, subkey=OTHER_SUBKEY)
    if other and isinstance(peer, LdapReplay):
        peer.key = crypto.Key(AES256, OTHER_SUBKEY)
    return peer


def kdc(peer: KdcReplay) -> Peer:
    def serve(channel: Any) -> None:
        while True:
            channel.sendall(peer(frame(channel)))

    return serve


def messages_of_another_session(name: str) -> tuple[bytes, ...]:
    """What the server sends in a session with other keys, with the same ticket and the same requests."""
    paths: list[OnPath] = []

    def serve(channel: socket.socket) -> None:
        paths.append(OnPath(channel, unchanged, -1, idle=5.0))
        server(name, other=True)(paths[-1])

    with listening(serve) as port:
        replayed(name, port)
    return tuple(paths[0].earlier)


def unchanged(_: OnPath, message: bytes) -> list[bytes]:
    return [message]


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message


def lost(_: OnPath, __: bytes) -> list[bytes]:
    return []


def lost_with_the_connection(path: OnPath, _: bytes) -> list[bytes]:
    path.ends = True
    return []


def twice(_: OnPath, message: bytes) -> list[bytes]:
    return [message, message]


def after_the_next(path: OnPath, message: bytes) -> list[bytes]:
    path.held = message
    return []


def the_earlier_instead(path: OnPath, message: bytes) -> list[bytes]:
    return [path.earlier[-1] if path.earlier else message[:4] + bytes(len(message) - 4)]


def the_earlier_first(path: OnPath, message: bytes) -> list[bytes]:
    return [*path.earlier[-1:], message]


def all_again(path: OnPath, message: bytes) -> list[bytes]:
    return [*path.earlier, message, *path.earlier]


def of_a_stranger(path: OnPath, _: bytes) -> list[bytes]:
    return [path.stranger]


def of_a_stranger_first(path: OnPath, message: bytes) -> list[bytes]:
    return [path.stranger, message]


def ended_early(path: OnPath, message: bytes) -> list[bytes]:
    path.ends = True
    return [message[:-3]]


def ended_in_the_length(path: OnPath, message: bytes) -> list[bytes]:
    path.ends = True
    return [message[:2]]


def shortened(_: OnPath, message: bytes) -> list[bytes]:
    """The length is that of what is left."""
    return [framed(message[4 : 4 + (len(message) - 4) // 2])]


def lengthened(_: OnPath, message: bytes) -> list[bytes]:
    return [framed(message[4:] + bytes(1000))]


def huge(path: OnPath, message: bytes) -> list[bytes]:
    path.ends = True
    return [(HUGE - 1).to_bytes(4, "big"), message[4:], *[bytes(1 << 16)] * 512]


def empty(_: OnPath, __: bytes) -> list[bytes]:
    return [bytes(4)]


def noise(_: OnPath, message: bytes) -> list[bytes]:
    return [message[:4] + random.Random(len(message)).randbytes(len(message) - 4)]


def one_bit(_: OnPath, message: bytes) -> list[bytes]:
    middle = 4 + (len(message) - 4) // 2
    return [message[:middle] + bytes((message[middle] ^ 0x10,)) + message[middle + 1 :]]


def endless(path: OnPath, message: bytes) -> list[bytes]:
    """The message that precedes, again and again, until the client closes the connection."""
    path.ends = True
    with suppress(OSError):
        while True:
            path.channel.sendall((path.earlier or [message])[-1])
    return []


ATTACKS: Mapping[str, Attack] = {
    attack.__name__.replace("_", "-"): attack
    for attack in (
        lost,
        lost_with_the_connection,
        twice,
        after_the_next,
        the_earlier_instead,
        the_earlier_first,
        all_again,
        of_a_stranger,
        of_a_stranger_first,
        ended_early,
        ended_in_the_length,
        shortened,
        lengthened,
        huge,
        empty,
        noise,
        one_bit,
    )
}


STATUS_CODES = {
    "success": 0,
    "pending": 0x103,
    "access-denied": 0xC0000022,
    "more-processing": 0xC0000016,
    "logon-failure": 0xC000006D,
    "bad-network-name": 0xC00000CC,
    "session-deleted": 0xC0000203,
    "session-expired": 0xC000035C,
}
ERROR_BODY = struct.pack("<HHIB", 9, 0, 0, 0)
"""An ERROR response without data (MS-SMB2 2.2.2)."""


def with_status(code: int, *, whole: bool) -> Attack:
    """The NTSTATUS of an SMB response in clear text is this code. Its body stays as it is if `whole`."""

    def attack(_: OnPath, message: bytes) -> list[bytes]:
        part = message[4:12] + struct.pack("<I", code) + message[16:68]
        return [framed(part + (message[68:] if whole else ERROR_BODY))]

    return attack


def no_more_than(found: Any, captured: Any, apart: Collection[str] = ()) -> bool:
    """Whether everything in `found` is in `captured` too, apart from the fields of these names: results may lack."""
    if isinstance(found, list) and isinstance(captured, list):
        left = iter(captured)
        return all(any(no_more_than(entry, known, apart) for known in left) for entry in found)
    if isinstance(found, dict) and isinstance(captured, dict):
        return all(key in apart or no_more_than(entry, captured.get(key), apart) for key, entry in found.items())
    return found is None or bool(found == captured)
