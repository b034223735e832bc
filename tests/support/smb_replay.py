"""A storage on loopback that holds the key of a captured SMB conversation and gives Samba's answers again.

Each session has its own keys: it signs or seals what Samba answered with them. A request that was not captured, or that
is not protected as the captured one was, is kept in `unexpected` and ends the connection.
"""

from __future__ import annotations

import socket
import struct
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from krbcheck.probes.kerberos import spnego
from krbcheck.windows import der
from tests.support.captures import acceptors_reply, authenticator, capture, neg_token_init_token
from tests.support.smb_captured import (
    CIPHERS,
    HEADER,
    IOCTL,
    NEGOTIATE,
    PREAUTH,
    SESSION_SETUP,
    SIGNED,
    SIGNING,
    SMB_3_1_1,
    TREE_CONNECT,
    Header,
    chosen,
    contexts,
    parts,
    smb_conversation,
    token_of,
)
from tests.support.smb_keys import SMB_3_0, TRANSFORM, SmbKeys, preauth
from tests.support.storage import frame

SESSION = 0x0102030405060708
SESSION_ENCRYPTS, CAP_ENCRYPTION, RELATED = 0x4, 0x40, 0x4
IOCTL_FIXED, RPC_REQUEST = 56, b"\0"
VALIDATE = struct.pack("<I", 0x140204)
IPC = "\\IPC$".encode("utf-16-le")
Spoil = Callable[["SmbReplay", bytes], bytes]
Key = tuple[int, int, bytes]


def unspoiled(_: SmbReplay, message: bytes) -> bytes:
    return message


@dataclass
class SmbReplay:
    """The server of the capture `name`.

    `dialect`, `signing` and `cipher` are negotiated in place of the captured ones; `signing` -1 offers no algorithm.
    With `seals` the session is encrypted. `spoil` changes a response to the command `at` after it is signed, `damage` a
    framed message with such a response after it is sealed; `spare` so many responses to it are left as they are. The
    connection is closed after it if `closes`. Other requests may follow it if `loose`: RPC calls are then known by
    their pipe, number and handle. `credits` are granted with each response in place of Samba's.
    """

    name: str
    dialect: int = 0
    signing: int | None = None
    cipher: int | None = None
    seals: bool = False
    at: int = -1
    spare: int = 0
    closes: bool = False
    loose: bool = False
    credits: int | None = None
    spoil: Spoil = unspoiled
    damage: Spoil = unspoiled
    unexpected: list[str] = field(default_factory=list)
    commands: list[int] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    keys: SmbKeys | None = None

    def __post_init__(self) -> None:
        self.conversation = smb_conversation(self.name)
        self.left: dict[Key, deque[tuple[bool, Header, bytes]]] = defaultdict(deque)
        for exchange in self.conversation.exchanges:
            self.left[self.known(exchange.command, exchange.tree, exchange.body)].append(
                (exchange.sealed, exchange.reply, exchange.reply_body)
            )

    @property
    def unasked(self) -> list[Key]:
        """What was captured and was not requested again."""
        return [key for key, replies in self.left.items() for _ in replies]

    def __call__(self, channel: socket.socket) -> None:
        channel.settimeout(10)
        self.keys, self.numbers = None, set[int]()
        self.pipes: tuple[Key, tuple[bool, Header, bytes]] | None = None
        self.before: list[bytes] = []
        while True:
            message = frame(channel)
            sealed = message[:4] == TRANSFORM
            if sealed and self.keys is not None:
                message = self.keys.unseal(message, from_server=False)
            asked = parts(message)
            self.compounded(asked)
            answers = [self.answer(part, sealed) for part in asked]
            channel.sendall(self.packed(answers, sealed))
            if self.closes and self.spare < 0:
                return

    def fail(self, what: str) -> EOFError:
        self.unexpected.append(what)
        return EOFError(what)

    def known(self, command: int, tree: int, body: bytes) -> Key:
        """What a request is recognized by: all of it, without its padding in a compound."""
        if self.loose and command == IOCTL:
            kind, call = body[IOCTL_FIXED + 2 : IOCTL_FIXED + 3], body[IOCTL_FIXED + 22 : IOCTL_FIXED + 24]
            of = body[IOCTL_FIXED + 28 : IOCTL_FIXED + 44]  # the rest of a handle, or what follows a pointer
            return command, tree, body[:24] + kind + (call + of if kind == RPC_REQUEST else b"")
        return command, tree, body.rstrip(b"\0")

    def compounded(self, asked: list[bytes]) -> None:
        """Requests after the first are related to it, and each but the last ends at a multiple of eight octets."""
        if [bool(Header.of(part).flags & RELATED) for part in asked] != [
            position > 0 for position in range(len(asked))
        ]:
            raise self.fail("a compound whose requests are not related")
        if any(len(part) % 8 for part in asked[:-1]):
            raise self.fail("a compound that is not aligned")

    def answer(self, part: bytes, sealed: bool) -> tuple[Header, bytes]:
        head, body = Header.of(part), part[HEADER:]
        self.commands.append(head.command)
        if head.number in self.numbers:
            raise self.fail(f"MessageId {head.number} is used twice")
        self.numbers.add(head.number)
        if head.command == NEGOTIATE:
            return head, self.negotiated(part)
        if head.command == SESSION_SETUP:
            return head, self.set_up(part)
        assert self.keys is not None
        if head.session != SESSION:
            raise self.fail(f"session {head.session:x}")
        if not sealed and part[48:64] != self.keys.signature(part, from_server=False):
            raise self.fail(f"command {head.command} is not signed")
        if head.command == IOCTL and body[4:8] == VALIDATE:
            return self.validated(head, body)
        known = self.known(head.command, head.tree, body)
        replies = self.left[known]
        if head.command == TREE_CONNECT and replies and IPC in body:
            self.pipes = known, replies[0]
        if not replies:
            raise self.fail(f"command {head.command} on tree {head.tree}: {body.hex()}")
        was_sealed, reply, reply_body = replies.popleft()
        if sealed != (was_sealed or self.seals):
            raise self.fail(f"command {head.command} is {'' if sealed else 'not '}sealed")
        return Header(reply.status, head.command, reply.credits, 0, head.number, reply.tree, SESSION), reply_body

    def packed(self, answers: list[tuple[Header, bytes]], sealed: bool) -> bytes:
        """The answers as one message: sealed, or each signed after the session has keys."""
        whole, spoiled = b"", False
        for position, (head, body) in enumerate(answers):
            last = position == len(answers) - 1
            body += b"" if last else bytes(-len(body) % 8)
            signs = self.keys is not None and not sealed
            granted = head.credits if self.credits is None else self.credits
            packed = struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 1, head.status, head.command, granted,
                                 1 | (SIGNED if signs else 0), 0 if last else HEADER + len(body), head.number, 0,
                                 head.tree, SESSION if head.command else 0, b"")  # fmt: skip
            part = packed + body
            if signs and self.keys is not None:
                part = part[:48] + self.keys.signature(part, from_server=True) + part[64:]
            if head.command == self.at:
                self.spare -= 1
                if self.spare == -1:
                    spoiled, part = True, self.spoil(self, part)
            self.sent.append(part)
            whole += part
            if head.command == NEGOTIATE:
                self.before.append(part)
        if sealed and self.keys is not None:
            whole = self.keys.seal(whole, SESSION, len(self.sent).to_bytes(12, "little"))
        framed = len(whole).to_bytes(4, "big") + whole
        return self.damage(self, framed) if spoiled else framed

    def negotiated(self, part: bytes) -> bytes:
        """The captured response with what was chosen here (MS-SMB2 2.2.4)."""
        if not self.dialect and stated(part) != stated(self.conversation.negotiate):
            raise self.fail(f"NEGOTIATE {stated(part)}")
        self.before, self.offered = [part], part
        captured = self.conversation.negotiated
        dialect, signing, cipher = chosen(captured)
        token = token_of(captured, 56)
        said = contexts(captured, struct.unpack_from("<I", captured, HEADER + 60)[0],
                        struct.unpack_from("<H", captured, HEADER + 6)[0]) if dialect == SMB_3_1_1 else {}  # fmt: skip
        dialect = self.dialect or dialect
        signing = signing if self.signing is None else self.signing
        cipher = cipher if self.cipher is None else self.cipher
        chosen_here = {PREAUTH: said.get(PREAUTH, b""), CIPHERS: struct.pack("<HH", 1, cipher)}
        if signing >= 0:
            chosen_here[SIGNING] = struct.pack("<HH", 1, signing)
        made = {kind: data for kind, data in chosen_here.items() if kind in said and dialect == SMB_3_1_1}
        capabilities = struct.unpack_from("<I", captured, HEADER + 24)[0]
        if SMB_3_0 <= dialect < SMB_3_1_1 and self.seals:
            capabilities |= CAP_ENCRYPTION
        fixed = bytearray(captured[HEADER : HEADER + 64])
        start = HEADER + 64 + len(token) + -len(token) % 8
        struct.pack_into("<HH", fixed, 4, dialect, len(made))
        struct.pack_into("<I", fixed, 24, capabilities)
        struct.pack_into("<HHI", fixed, 56, HEADER + 64, len(token), start if made else 0)
        self.fixed, self.choice = bytes(fixed), (dialect, max(signing, 0), cipher)
        if signing < 0:
            self.choice = (dialect, 1, cipher)  # AES-CMAC without a negotiation (MS-SMB2 3.1.4.1)
        packed = (struct.pack("<HHI", kind, len(data), 0) + data + bytes(-len(data) % 8) for kind, data in made.items())
        return bytes(fixed) + token + bytes(-len(token) % 8) + b"".join(packed)

    def set_up(self, part: bytes) -> bytes:
        """Proves the key, and takes it into use."""
        taken = capture(self.name)
        if part[HEADER : HEADER + 12] != self.conversation.setup[HEADER : HEADER + 12]:
            raise self.fail(f"SESSION_SETUP {part[HEADER : HEADER + 12].hex()}")
        asked = authenticator(neg_token_init_token(token_of(part, 12)), taken.key)
        reply = acceptors_reply(asked, taken.key, self.conversation.subkey)
        inner = der.context(0, der.tlv(0x0A, b"\0")) + der.context(1, spnego.oid(spnego.KERBEROS))
        token = der.context(1, der.sequence(inner, der.context(2, der.octets(reply))))
        self.keys = SmbKeys(*self.choice, self.conversation.subkey, preauth([*self.before, part]))
        flags = struct.unpack_from("<H", self.conversation.set_up, HEADER + 2)[0] | SESSION_ENCRYPTS * self.seals
        return struct.pack("<HHHH", 9, flags, HEADER + 8, len(token)) + token

    def validated(self, head: Header, body: bytes) -> tuple[Header, bytes]:
        """FSCTL_VALIDATE_NEGOTIATE_INFO (MS-SMB2 3.3.5.15.12) of this connection's NEGOTIATE."""
        count, mode, _, capabilities, guid = struct.unpack_from("<HHHI16s", self.offered, HEADER + 2)
        dialects = self.offered[HEADER + 36 : HEADER + 36 + 2 * count]
        if body[56:] != struct.pack("<I16sHH", capabilities, guid, mode, count) + dialects:
            raise self.fail("FSCTL_VALIDATE_NEGOTIATE_INFO of another NEGOTIATE")
        for key in [key for key in self.left if key[0] == IOCTL and key[2][4:8] == VALIDATE]:
            self.left.pop(key)
        if self.pipes:  # connected for the validation alone
            self.left[self.pipes[0]].appendleft(self.pipes[1])
        info = self.fixed[24:28] + self.fixed[8:24] + self.fixed[2:6]
        fixed = struct.pack("<HHI16sIIIIII", 49, 0, 0x140204, b"\xff" * 16, 112, 0, 112, len(info), 0, 0)
        return Header(0, IOCTL, 1, 0, head.number, head.tree, SESSION), fixed + info


def stated(negotiate: bytes) -> object:
    """What a client states in NEGOTIATE (MS-SMB2 2.2.3), without its random salt and GUID."""
    count, mode, _, capabilities = struct.unpack_from("<HHHI", negotiate, HEADER + 2)
    dialects = struct.unpack_from(f"<{count}H", negotiate, HEADER + 36)
    found = {}
    if SMB_3_1_1 in dialects:
        start, amount = struct.unpack_from("<IH", negotiate, HEADER + 28)
        found = contexts(negotiate, start, amount)
        found[PREAUTH] = found[PREAUTH][:6]
    return mode, capabilities, dialects, found
