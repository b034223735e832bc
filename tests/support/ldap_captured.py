"""A captured LDAP conversation in clear text: the searches in the sealed session, and what Samba answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from impacket.krb5 import crypto

from krbcheck.windows import der
from tests.support.captures import acceptors_part, authenticator, capture, with_length

WRAP_HEADER = 16
ACCEPTOR_SEAL, INITIATOR_SEAL = 22, 24
BY_ACCEPTOR, SEALED, WITH_ACCEPTOR_KEY = 1, 2, 4
BIND, BIND_RESPONSE, UNBIND, SEARCH, ENTRY, DONE = 0x60, 0x61, 0x42, 0x63, 0x64, 0x65


@dataclass(frozen=True)
class Asked:
    """`request` is a request without its MessageID; `packets` are the parts of the messages that answer it, likewise,
    grouped as the server sealed them.
    """

    request: bytes
    packets: tuple[tuple[bytes, ...], ...]


@dataclass(frozen=True)
class LdapConversation:
    """`subkey` seals what follows the bind; `offer` are the security layers that the server offered."""

    subkey: bytes
    offer: bytes
    asked: tuple[Asked, ...]


def element(data: bytes) -> tuple[int, bytes, bytes]:
    """Tag and content of the first BER element, and what follows it; lengths have up to four octets."""
    size, start = data[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start], "big")
    if len(data) < start + size:
        raise IndexError(size)
    return data[0], data[start : start + size], data[start + size :]


def numbered(data: bytes) -> tuple[int, bytes, bytes]:
    """MessageID and the rest of the first LDAPMessage (RFC 4511 4.1.1), and what follows it."""
    tag, content, rest = element(data)
    assert tag == der.SEQUENCE
    _, number, operation = element(content)
    return int.from_bytes(number, "big"), operation, rest


def message(number: int, operation: bytes) -> bytes:
    return der.sequence(der.integer(number), operation)


def bind_token(operation: bytes) -> bytes:
    """The SASL credentials of a BindRequest (RFC 4511 4.2)."""
    _, content, _ = element(operation)
    _, _, rest = element(content)  # version
    _, _, rest = element(rest)  # name
    _, sasl, _ = element(rest)
    _, _, rest = element(sasl)  # mechanism
    return element(rest)[1] if rest else b""


def server_token(operation: bytes) -> bytes:
    """The SASL credentials of a BindResponse (RFC 4511 4.2.2)."""
    _, rest, _ = element(operation)
    while rest:
        tag, content, rest = element(rest)
        if tag == 0x87:
            return content
    return b""


def opened(token: bytes, key: Any, usage: int) -> bytes:
    """What a wrap token contains (RFC 4121 4.2.4), sealed or only signed, however it is rotated."""
    header, body = token[:WRAP_HEADER], token[WRAP_HEADER:]
    extra, turn = int.from_bytes(header[4:6], "big"), int.from_bytes(header[6:8], "big") % len(body)
    body = body[turn:] + body[:turn]
    if header[2] & SEALED:
        return bytes(crypto.decrypt(key, usage, body))[: -WRAP_HEADER - extra or None]
    signed = body[:-extra] + header[:4] + bytes(4) + header[8:]
    crypto.verify_checksum(16, key, usage, signed, body[-extra:])
    return body[:-extra]


def sides(flow: tuple[tuple[bool, bytes], ...], binds: int = 3) -> Iterator[tuple[bool, bytes, bytes]]:
    """The messages of the bind, with what each side sends after its last: once, with an empty message."""
    left = {True: b"", False: b""}
    count = {True: 0, False: 0}
    for side, data in flow:
        left[side] += data
        while left[side] and count[side] < binds:
            _, operation, left[side] = numbered(left[side])
            count[side] += 1
            yield side, operation, b""
        if count[side] == binds and left[side]:
            yield side, b"", left[side]
            left[side] = b""


@cache
def ldap_conversation(name: str) -> LdapConversation:
    taken = capture(name)
    (flow,) = taken.connections
    tokens: dict[bool, list[bytes]] = {True: [], False: []}
    rest = []
    for server, operation, data in sides(flow):
        if operation:
            tokens[server].append(server_token(operation) if server else bind_token(operation))
        else:
            rest.append((server, data))
    asked = authenticator(tokens[False][0], taken.key)
    part = acceptors_part(tokens[True][0], taken.key)
    held = part["subkey"] if part["subkey"].hasValue() else asked["subkey"]
    key = crypto.Key(int(held["keytype"]), bytes(held["keyvalue"]))
    offer = opened(tokens[True][1], key, ACCEPTOR_SEAL)
    requests: dict[int, bytes] = {}
    answers: dict[int, list[tuple[bytes, ...]]] = defaultdict(list)
    for server, packet in with_length(tuple(rest)):
        data = opened(packet, key, ACCEPTOR_SEAL if server else INITIATOR_SEAL)
        of_packet: dict[int, list[bytes]] = defaultdict(list)
        while data:
            number, operation, data = numbered(data)
            if server:
                of_packet[number].append(operation)
            else:
                requests[number] = operation
        for number, operations in of_packet.items():
            answers[number].append(tuple(operations))
    found = tuple(Asked(request, tuple(answers[number])) for number, request in requests.items())
    return LdapConversation(bytes(key.contents), offer, found)
