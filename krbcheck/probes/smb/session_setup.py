"""SESSION_SETUP with tokens made of the wallet's tickets, and the keys that follow from it. Imported late, inside the
functions of probes.

A Kerberos session requires signing (SecurityMode of MS-SMB2 2.2.3 and 2.2.5), so the server must sign every reply, and
it counts only after the AP-REP and the signature of the last SESSION_SETUP response are verified.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import SESSION_FLAG_GUEST, SESSION_FLAG_NULL, Unproved
from krbcheck.probes.smb.connection import CAP_DFS, Wire, reading
from krbcheck.probes.smb.offers import SMB_3, SMB_3_1_1
from krbcheck.probes.smb.pipeline import Answer, Pipeline, Request
from krbcheck.probes.smb.protection import NotSigned, Protection, Sealing, Signer, signer
from krbcheck.probes.smb.tokens import KerberosTokens
from krbcheck.probes.smb.trees import Opened, connect, log_off
from krbcheck.probes.smb.validation import confirm
from krbcheck.probes.tcp.stream import Stream
from krbcheck.windows.ntstatus import STATUS_MORE_PROCESSING_REQUIRED, STATUS_SUCCESS, ntstatus_name

SESSION_SETUP = 1
SESSION_FLAG_ENCRYPT = 0x4
HEADER_BYTES, SETUP_BYTES = 64, 24
SESSION_ID = 40
"""The offset of SessionId in a header (MS-SMB2 2.2.1.2)."""
CIPHERS_OF_256_BITS = (3, 4)
"""AES-256-CCM, AES-256-GCM (MS-SMB2 2.2.3.1.2)."""
MOST_ROUNDS = 4


class Tokens(Protocol):
    """One side of a token exchange: the first token, then one for each of the server's; an empty token is none."""

    def first(self) -> bytes: ...

    def following(self, token: bytes) -> bytes: ...

    @property
    def session_key(self) -> bytes: ...

    unproved: Unproved | None


@dataclass(frozen=True)
class SetUp:
    """The result of SESSION_SETUP; `flags` are the server's SessionFlags. Without `dialect` the server rejected
    NEGOTIATE.

    `unproved` as in `SmbSetUp`.
    """

    status: int
    dialect: int = 0
    flags: int = 0
    unproved: Unproved | None = None

    @property
    def impersonal(self) -> bool:
        return bool(self.flags & (SESSION_FLAG_GUEST | SESSION_FLAG_NULL))

    @property
    def worthless(self) -> str:
        """Why no reply in the session is an answer about the principal; empty if replies are."""
        if self.status != STATUS_SUCCESS:
            return ntstatus_name(self.status)
        if self.unproved is not None:
            return f"{self.unproved.summary()}: the server did not prove that it holds the key of the service"
        if self.impersonal:
            return "the session is Guest's or anonymous, so its replies are not signed"
        return ""


def begin(stream: Stream, name: str, tokens: Tokens, clear: int = 0) -> tuple[TokenSession, SetUp]:
    """Returns the session and the result of NEGOTIATE and SESSION_SETUP; `name` is the server name that hosts use,
    `clear` as in `Wire`.

    After a success the caller must test `worthless`: the session may prove nothing. Raises NoAnswer: TIMED_OUT, CLOSED,
    UNREACHABLE, NOT_ALLOWED, or MALFORMED for bytes that are not SMB; and Malformed.
    """
    wire = Wire(stream, name, signing=bool(tokens.session_key), clear=clear)
    session = TokenSession(wire)
    if status := wire.negotiate():
        return session, SetUp(status)
    return session, session.set_up(tokens)


def begin_proved(stream: Stream, name: str, ticket: Ticket) -> tuple[TokenSession, SetUp]:
    """Returns a session as the ticket's client, in which only replies of the key holder count, or the status of its
    rejection.

    Raises NoAnswer as `begin`, and MALFORMED if SESSION_SETUP succeeds and proves nothing, or if the NEGOTIATE is not
    the one that the key holder received (below 3.1.1 nothing else protects it).
    """
    session, set_up = begin(stream, name, KerberosTokens(ticket))
    if set_up.status == STATUS_SUCCESS:
        if why := set_up.worthless:
            raise NoAnswer(Gap.MALFORMED, f"{stream.where} is not authenticated: {why}")
        confirm(session)
    return session, set_up


def needed(ticket: Ticket | None, name: str) -> Ticket:
    """Returns the ticket for cifs/`name`. Raises NoAnswer, NEEDS_OTHER, if there is none."""
    if ticket is None:
        raise NoAnswer(Gap.NEEDS_OTHER, f"there is no service ticket for cifs/{name}")
    return ticket


@contextmanager
def proved_session(
    ticket: Ticket, name: str, address: str, source: str, seconds: float, port: int
) -> Iterator[tuple[TokenSession, int]]:
    """Yields a session as by `begin_proved`, and the NTSTATUS if the server rejects it, else 0. It is logged off at
    the end of the block, unless it is `broken`.

    `seconds` is the limit of the whole connection. Raises NoAnswer as `begin_proved` and as `Stream`.
    """
    with Stream(address, port, source, seconds) as stream:
        session, set_up = begin_proved(stream, name, ticket)
        yield session, set_up.status
        if set_up.status == STATUS_SUCCESS and not session.broken:
            session.log_off()


class TokenSession:
    """A session on one connection. After `set_up`, requests are signed or sealed. `broken` if the server did not answer
    a request, which the caller reports: the end of the connection then ends the session.
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.broken = False
        self.messages: list[bytes] = []

    def set_up(self, tokens: Tokens) -> SetUp:
        """Returns the result of SESSION_SETUP (MS-SMB2 3.2.5.3); raises NoAnswer and Malformed as `begin`."""
        token = tokens.first()
        for _ in range(MOST_ROUNDS):
            answer = self._ask(token)
            if answer.status not in (STATUS_SUCCESS, STATUS_MORE_PROCESSING_REQUIRED):
                return SetUp(answer.status, self.wire.dialect)
            with reading(self.wire.where):
                flags, theirs = _setup_response(answer.body)
            token = tokens.following(theirs)
            if answer.status == STATUS_SUCCESS:
                return SetUp(STATUS_SUCCESS, self.wire.dialect, flags, self._begin(flags, tokens, answer))
            if not token:
                break
        return SetUp(STATUS_MORE_PROCESSING_REQUIRED, self.wire.dialect)

    def _ask(self, token: bytes) -> Answer:
        """Sends one SESSION_SETUP (MS-SMB2 2.2.5) and keeps what the keys of 3.1.1 cover."""
        line = self.wire.pipeline
        fixed = (25, 0, self.wire.security_mode, CAP_DFS, 0, HEADER_BYTES + SETUP_BYTES, len(token), 0)
        answer = line.ask(Request(SESSION_SETUP, struct.pack("<HBBIIHHQ", *fixed) + token))
        self.messages.append(line.sent)
        if answer.status == STATUS_MORE_PROCESSING_REQUIRED:
            self.messages.append(answer.message)
        line.session = line.session or struct.unpack_from("<Q", answer.message, SESSION_ID)[0]
        return answer

    def _begin(self, flags: int, tokens: Tokens, answer: Answer) -> Unproved | None:
        """Signs or seals all further messages. Guest and anonymous sessions have no keys (3.2.5.3.1).

        The last response is the first signed message; in 3.1.1 its key covers all messages before it.
        """
        if tokens.unproved is not None or flags & (SESSION_FLAG_GUEST | SESSION_FLAG_NULL):
            return tokens.unproved
        signing, sealing = self._derived(tokens.session_key)
        try:
            Protection(signing, None, seals=False).check(answer.message, self.wire.where)
        except NotSigned:
            return Unproved.NOT_SIGNED
        seals = bool(flags & SESSION_FLAG_ENCRYPT) and self.wire.supports_encryption
        self.wire.pipeline.protection = Protection(signing, sealing, seals=seals)
        return None

    def _derived(self, key: bytes) -> tuple[Signer, Sealing | None]:
        """Returns the session's protection (MS-SMB2 3.2.5.3.1). Its keys are derived from 16 bytes of the session key,
        or from all of it for the 256-bit ciphers.
        """
        wire, base = self.wire, key[:16].ljust(16, b"\x00")
        sealing_key = key if wire.cipher in CIPHERS_OF_256_BITS else base
        size = 32 if wire.cipher in CIPHERS_OF_256_BITS else 16
        if wire.dialect >= SMB_3_1_1:
            context = b"\x00" * 64
            for message in [wire.negotiate_request, wire.negotiate_reply, *self.messages]:
                context = hashlib.sha512(context + message).digest()
            signing_key = derived(base, b"SMBSigningKey\x00", context)
            ours = derived(sealing_key, b"SMBC2SCipherKey\x00", context, size)
            theirs = derived(sealing_key, b"SMBS2CCipherKey\x00", context, size)
        elif wire.dialect >= SMB_3:
            signing_key = derived(base, b"SMB2AESCMAC\x00", b"SmbSign\x00")
            ours = derived(base, b"SMB2AESCCM\x00", b"ServerIn \x00")
            theirs = derived(base, b"SMB2AESCCM\x00", b"ServerOut\x00")
        else:
            return signer(wire.dialect, None, base), None
        signing = signer(wire.dialect, wire.signing_algorithm, signing_key)
        if not wire.supports_encryption:
            return signing, None
        return signing, Sealing(wire.dialect, wire.cipher, wire.pipeline.session, ours, theirs)

    def pipeline(self, most: int) -> Pipeline:
        """Returns the pipeline for all further requests, at most `most` at a time."""
        self.wire.pipeline.most = max(1, most)
        return self.wire.pipeline

    def tree(self, share: str) -> Opened:
        """Connects to a share and returns its answer; raises NoAnswer as `Pipeline.exchange`."""
        opened = Opened(share, 0)
        with reading(self.wire.where):
            connect(self.wire.pipeline, self.wire.server_name, [opened])
        return opened

    def log_off(self) -> None:
        """Ends the session, with its trees and open files, and waits for the answer."""
        log_off(self.wire.pipeline)


def derived(key: bytes, label: bytes, context: bytes, size: int = 16) -> bytes:
    """Returns a key of `size` bytes, at most 32, by the KDF of MS-SMB2 3.1.4.2: SP800-108 in counter mode."""
    bits = (8 * size).to_bytes(4, "big")
    return hmac.digest(key, b"\x00\x00\x00\x01" + label + b"\x00" + context + bits, "sha256")[:size]


def _setup_response(body: bytes) -> tuple[int, bytes]:
    """Returns the SessionFlags and the token (MS-SMB2 2.2.6)."""
    flags, start, size = struct.unpack_from("<HHH", body, 2)
    return flags, body[start - HEADER_BYTES : start - HEADER_BYTES + size]
