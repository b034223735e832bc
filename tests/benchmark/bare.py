"""The least that a client can do for an access matrix: packets prepared before, sent in bulk, answers hardly looked at.

It speaks SMB 3.0.2, trusts what it hears, and asks the same questions as krbcheck: a TREE_CONNECT to each share, and
the root of those that open. It is a ruler, not a client.
"""

from __future__ import annotations

import hashlib
import hmac
import queue
import socket
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from krbcheck.credentials.wallet import Ticket
from krbcheck.probes.kerberos import spnego
from krbcheck.probes.kerberos.gss import GssInitiator
from krbcheck.probes.smb.trees import CLOSE, CREATE, LOGOFF, SAME_FILE, TREE_CONNECT, _close, _create, _tree_connect

CONNECTIONS = 4
TICKETS = (b"\x6b", b"\x6d")
"""How an AS-REP and a TGS-REP begin (RFC 4120 5.10)."""
DIALECT = 0x0302
DESIRED = 0x001200AF
HEADER = struct.Struct("<4sHHIHHIIQIIQ16s")


@dataclass
class Prepared:
    """One principal: the packets for its KDC, and its ticket at hand."""

    kdc: str
    messages: Sequence[bytes]
    ticket: Ticket
    server: str
    address: str
    source: str


def run(principals: Sequence[Prepared], shares: Sequence[str]) -> int:
    """The number of roots that opened. Raises what went wrong in any of its threads."""
    waiting: queue.SimpleQueue[Prepared] = queue.SimpleQueue()
    for principal in principals:
        waiting.put(principal)
    opened: list[int] = []
    failed: list[Exception] = []

    def work() -> None:
        while True:
            try:
                prepared = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                for message in prepared.messages:
                    _kdc(prepared, message)
                opened.append(_session(prepared, shares))
            except Exception as bad:  # noqa: BLE001 - a ruler that broke measures nothing
                failed.append(bad)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sum(opened)


def _kdc(prepared: Prepared, message: bytes) -> None:
    with socket.create_connection((prepared.kdc, 88), 30, (prepared.source, 0)) as connection:
        connection.sendall(len(message).to_bytes(4, "big") + message)
        reply = connection.makefile("rb")
        if reply.read(int.from_bytes(reply.read(4), "big"))[:1] not in TICKETS:
            raise RuntimeError("the KDC gives no ticket")


class Line:
    """A connection and its numbers."""

    def __init__(self, prepared: Prepared) -> None:
        self.socket = socket.create_connection((prepared.address, 445), 30, (prepared.source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reply = self.socket.makefile("rb", buffering=1 << 17)
        self.number, self.session = 0, 0
        self.mac: CMAC | None = None

    def packet(self, command: int, body: bytes, tree: int = 0, following: int = 0, flags: int = 0) -> bytes:
        flags |= 8 if self.mac else 0
        head = HEADER.pack(b"\xfeSMB", 64, 1, 0, command, 512, flags, following, self.number, 0, tree, self.session,
                           bytes(16))  # fmt: skip
        self.number += 1
        if self.mac is None:
            return head + body
        mac = self.mac.copy()
        mac.update(head + body)
        return head[:48] + mac.finalize() + body

    def send(self, packets: Sequence[bytes]) -> None:
        self.socket.sendall(b"".join(len(packet).to_bytes(4, "big") + packet for packet in packets))

    def receive(self) -> bytes:
        return bytes(self.reply.read(int.from_bytes(self.reply.read(4), "big")))


def _session(prepared: Prepared, shares: Sequence[str]) -> int:
    line = Line(prepared)
    hello = struct.pack("<HHHHI16sQH", 36, 1, 1, 0, 0, b"krbcheck's ruler", 0, DIALECT)
    line.send([line.packet(0, hello)])
    line.receive()
    context = GssInitiator(prepared.ticket)
    token = spnego.neg_token_init(spnego.KERBEROS, context.token())
    line.send([line.packet(1, struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, 88, len(token), 0) + token)])
    reply = line.receive()
    start, size = struct.unpack_from("<HH", reply, 68)
    context.accept(spnego.read_resp(reply[start : start + size]).token)
    line.session = struct.unpack_from("<Q", reply, 40)[0]
    key = hmac.digest(context.session_key[:16], b"\0\0\0\1SMB2AESCMAC\0\0SmbSign\0\0\0\0\x80", hashlib.sha256)
    line.mac = CMAC(AES(key[:16]))
    opened = _trees(line, prepared.server, shares)
    line.send([line.packet(LOGOFF, struct.pack("<HH", 4, 0))])
    line.receive()
    line.socket.close()
    return opened


def _trees(line: Line, server: str, shares: Sequence[str]) -> int:
    line.send([line.packet(TREE_CONNECT, _tree_connect(rf"\\{server}\{share}")) for share in shares])
    replies = [line.receive() for _ in shares]
    trees = [struct.unpack_from("<I", reply, 36)[0] for reply in replies if reply[8:12] == bytes(4)]
    create, close = _create(DESIRED), _close(SAME_FILE)
    create += bytes(-len(create) % 8)
    line.send([
        line.packet(CREATE, create, tree, 64 + len(create)) + line.packet(CLOSE, close, tree, flags=4)
        for tree in trees
    ])  # fmt: skip
    return sum(line.receive()[8:12] == bytes(4) for _ in trees)
