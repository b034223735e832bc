"""A captured SMB conversation in clear text: what was asked in the session, and what Samba answered."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache

from krbcheck.probes.kerberos import spnego
from tests.support.captures import acceptors_part, authenticator, capture, neg_token_init_token, with_length
from tests.support.smb_keys import TRANSFORM, SmbKeys, preauth

HEADER = 64
NEGOTIATE, SESSION_SETUP, LOGOFF, TREE_CONNECT, CREATE, CLOSE, READ, IOCTL, QUERY_INFO = 0, 1, 2, 3, 5, 6, 8, 11, 16
SIGNED, PENDING, SMB_3_1_1 = 0x8, 0x103, 0x0311
PREAUTH, CIPHERS, SIGNING = 1, 2, 8
"""Negotiate contexts (MS-SMB2 2.2.3.1)."""


@dataclass(frozen=True)
class Header:
    """What counts of a header (MS-SMB2 2.2.1)."""

    status: int
    command: int
    credits: int
    flags: int
    number: int
    tree: int
    session: int

    @classmethod
    def of(cls, message: bytes) -> Header:
        status, command, credits, flags, _, number, _, tree, session = struct.unpack_from("<8xIHHIIQIIQ", message)
        return cls(status, command, credits, flags, number, tree, session)


@dataclass(frozen=True)
class Exchange:
    """`tree` and `body` of a request, `sealed` if it came so, and what was answered to it."""

    command: int
    sealed: bool
    tree: int
    body: bytes
    reply: Header
    reply_body: bytes


@dataclass(frozen=True)
class SmbConversation:
    """`plain` are the server's messages after the session, each with its header, opened and unpacked."""

    negotiate: bytes
    negotiated: bytes
    setup: bytes
    set_up: bytes
    subkey: bytes
    keys: SmbKeys
    exchanges: tuple[Exchange, ...]
    plain: tuple[bytes, ...]
    sealed: tuple[bytes, ...]


def parts(message: bytes) -> list[bytes]:
    """The messages in a compound, each with its padding."""
    found = []
    while message:
        following = struct.unpack_from("<I", message, 20)[0] or len(message)
        found.append(message[:following])
        message = message[following:]
    return found


def contexts(message: bytes, start: int, count: int) -> dict[int, bytes]:
    found = {}
    for _ in range(count):
        kind, size = struct.unpack_from("<HH", message, start)
        found[kind] = message[start + 8 : start + 8 + size]
        start += 8 + size + -size % 8
    return found


def chosen(negotiated: bytes) -> tuple[int, int, int]:
    """Dialect, signing algorithm and cipher in a response to NEGOTIATE; 0 for what it does not state."""
    dialect, count = struct.unpack_from("<HH", negotiated, HEADER + 4)
    if dialect != SMB_3_1_1:
        return dialect, 0, 0
    found = contexts(negotiated, struct.unpack_from("<I", negotiated, HEADER + 60)[0], count)
    kinds = [struct.unpack_from("<HH", found[kind])[1] if kind in found else 0 for kind in (SIGNING, CIPHERS)]
    return dialect, kinds[0], kinds[1]


def token_of(message: bytes, at: int) -> bytes:
    """The security buffer whose offset and length are at `at` of a body."""
    start, size = struct.unpack_from("<HH", message, HEADER + at)
    return message[start : start + size]


@cache
def smb_conversation(name: str) -> SmbConversation:
    """The conversation of a capture with one connection and one session; every key follows from the ticket's."""
    taken = capture(name)
    (flow,) = taken.connections
    (_, negotiate), (_, negotiated), (_, setup), (_, set_up), *rest = with_length(flow)
    asked = authenticator(neg_token_init_token(token_of(setup, 12)), taken.key)
    part = acceptors_part(spnego.read_resp(token_of(set_up, 4)).token, taken.key)
    subkey = bytes((part["subkey"] if part["subkey"].hasValue() else asked["subkey"])["keyvalue"])
    keys = SmbKeys(*chosen(negotiated), subkey, preauth([negotiate, negotiated, setup]))
    requests: dict[int, tuple[Header, bytes]] = {}
    exchanges, plain, sealed = [], [set_up], []
    for from_server, message in rest:
        if is_sealed := message[:4] == TRANSFORM:
            sealed.append(message)
            message = keys.unseal(message, from_server=from_server)
        for entry in parts(message):
            head, body = Header.of(entry), entry[HEADER:]
            if not from_server:
                requests[head.number] = (head, body)
            elif head.status != PENDING:
                request, asked_body = requests.pop(head.number)
                exchanges.append(Exchange(request.command, is_sealed, request.tree, asked_body, head, body))
                plain.append(entry)
    assert not requests
    return SmbConversation(
        negotiate, negotiated, setup, set_up, subkey, keys, tuple(exchanges), tuple(plain), tuple(sealed)
    )
