"""SESSION_SETUP with tokens made of the wallet's tickets, and the keys that follow from it. Imported late, inside the
functions of probes.

The library's own Session gets its tokens from SSPI or libkrb5. A Kerberos session requires signing (SecurityMode of
MS-SMB2 2.2.3 and 2.2.5), so the server must sign every reply, and it counts only after the AP-REP and the signature of
the last SESSION_SETUP response are verified.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from smbprotocol.connection import Capabilities, Ciphers, Dialects  # noqa: TID253 - see above
from smbprotocol.session import Session, SMB2Logoff, SMB2SessionSetupRequest  # noqa: TID253
from smbprotocol.tree import SMB2TreeConnectRequest, TreeConnect  # noqa: TID253

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import SESSION_FLAG_GUEST, SESSION_FLAG_NULL, Unproved
from krbcheck.probes.smb.connection import Reply, Wire, reading
from krbcheck.probes.smb.pipeline import Pipeline
from krbcheck.probes.smb.protection import NotSigned, Protection, Sealing, signer
from krbcheck.probes.smb.tokens import KerberosTokens
from krbcheck.probes.tcp.stream import Stream
from krbcheck.windows.ntstatus import STATUS_MORE_PROCESSING_REQUIRED, STATUS_SUCCESS, ntstatus_name

SESSION_FLAG_ENCRYPT, SHARE_FLAG_ENCRYPT = 0x4, 0x8000
HEADER_BYTES = 64
MOST_ROUNDS = 4
CREDITS = 64


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

    Raises NoAnswer as `begin`, and MALFORMED if SESSION_SETUP succeeds and proves nothing.
    """
    session, set_up = begin(stream, name, KerberosTokens(ticket))
    if set_up.status == STATUS_SUCCESS and (why := set_up.worthless):
        raise NoAnswer(Gap.MALFORMED, f"{stream.where} is not authenticated: {why}")
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
    the end of the block.

    `seconds` is the limit of the whole connection. Raises NoAnswer as `begin_proved` and as `Stream`.
    """
    with Stream(address, port, source, seconds) as stream:
        session, set_up = begin_proved(stream, name, ticket)
        yield session, set_up.status
        if set_up.status == STATUS_SUCCESS:
            session.log_off()


class TokenSession(Session):  # type: ignore[misc] # the library has no types
    """A session on one connection. After `set_up`, requests have `session_id` and are signed."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire, require_encryption=False)
        self.wire = wire
        self.session_id: int = 0
        self.messages: list[bytes] = []
        self.protection = Protection(None, None, seals=False)

    def set_up(self, tokens: Tokens) -> SetUp:
        token = tokens.first()
        for _ in range(MOST_ROUNDS):
            reply = self._ask(token)
            if reply.status not in (STATUS_SUCCESS, STATUS_MORE_PROCESSING_REQUIRED):
                return SetUp(reply.status, self.wire.dialect)
            with reading(self.wire.where):
                flags, theirs = _setup_response(reply.body)
            token = tokens.following(theirs)
            if reply.status == STATUS_SUCCESS:
                unproved = self._begin(flags, tokens, reply)
                return SetUp(STATUS_SUCCESS, self.wire.dialect, flags, unproved)
            if not token:
                break
        return SetUp(STATUS_MORE_PROCESSING_REQUIRED, self.wire.dialect)

    def _ask(self, token: bytes) -> Reply:
        request = SMB2SessionSetupRequest()
        request["security_mode"] = self.wire.client_security_mode
        request["capabilities"] = Capabilities.SMB2_GLOBAL_CAP_DFS
        request["buffer"] = token
        sent = self.wire.sent(request, self.session_id, 0, CREDITS)
        reply = self.wire.answer(sent)
        number = sent.message["message_id"].get_value()
        self.messages += self.wire.preauth_integrity_session_hash_value.pop(number)
        self.session_id = self.session_id or reply.session
        return reply

    def _begin(self, flags: int, tokens: Tokens, reply: Reply) -> Unproved | None:
        """Signs or seals all further messages. Guest and anonymous sessions have no keys (3.2.5.3.1).

        The last response is the first signed message; in 3.1.1 its key covers all messages before it.
        """
        self._connected = True
        self.wire.session_table[self.session_id] = self
        self.encrypt_data = False
        if tokens.unproved is not None or flags & (SESSION_FLAG_GUEST | SESSION_FLAG_NULL):
            self.signing_required = False
            return tokens.unproved
        self._derive(tokens.session_key)
        if flags & SESSION_FLAG_ENCRYPT and self.wire.supports_encryption:
            self.encrypt_data, self.signing_required = True, False
        signing = signer(self.wire.dialect, self.wire.signing_algorithm_id, self.signing_key)
        try:
            Protection(signing, None, seals=False).check(reply.message, self.wire.where)
        except NotSigned:
            return Unproved.NOT_SIGNED
        self.protection = Protection(signing, self._sealing(), seals=self.encrypt_data)
        self.wire.protection = self.protection
        return None

    def _sealing(self) -> Sealing | None:
        if not self.wire.supports_encryption or self.wire.dialect < Dialects.SMB_3_0_0:
            return None
        ours, theirs = self.encryption_key, self.decryption_key
        return Sealing(self.wire.dialect, self.wire.cipher_id, self.session_id, ours, theirs)

    def _derive(self, key: bytes) -> None:
        """Derives the keys (MS-SMB2 3.2.5.3.1): from 16 bytes of the session key, or all of it for
        the 256-bit ciphers.
        """
        self.full_session_key, self.session_key = key, key[:16].ljust(16, b"\x00")
        dialect = self.wire.dialect
        if dialect >= Dialects.SMB_3_1_1:
            seal, size = self.session_key, 16
            if self.wire.cipher_id in (Ciphers.AES_256_CCM, Ciphers.AES_256_GCM):
                seal, size = key, 32
            context = b"\x00" * 64
            for message in [*self.wire.preauth_integrity_hash_value, *self.messages]:
                context = hashlib.sha512(context + message).digest()
            self.signing_key = self._smb3kdf(self.session_key, b"SMBSigningKey\x00", context)
            self.encryption_key = self._smb3kdf(seal, b"SMBC2SCipherKey\x00", context, length=size)
            self.decryption_key = self._smb3kdf(seal, b"SMBS2CCipherKey\x00", context, length=size)
        elif dialect >= Dialects.SMB_3_0_0:
            self.signing_key = self._smb3kdf(self.session_key, b"SMB2AESCMAC\x00", b"SmbSign\x00")
            self.encryption_key = self._smb3kdf(self.session_key, b"SMB2AESCCM\x00", b"ServerIn \x00")
            self.decryption_key = self._smb3kdf(self.session_key, b"SMB2AESCCM\x00", b"ServerOut\x00")
        else:
            self.signing_key = self.session_key

    def pipeline(self, most: int) -> Pipeline:
        """Returns the pipeline for all further requests, at most `most` at a time; the library sends none after it."""
        window = self.wire.sequence_window
        credits = window["high"] - window["low"]
        line = Pipeline(self.wire.stream, self.session_id, window["low"], credits, self.protection, most)
        line.least = 0 if self.wire.supports_multi_credit else 1
        return line

    def tree_connect(self, share: str) -> SMB2TreeConnectRequest:
        request = SMB2TreeConnectRequest()
        request["buffer"] = f"\\\\{self.wire.server_name}\\{share}".encode("utf-16-le")
        return request

    def tree_connected(self, share: str, reply: Reply) -> tuple[int, int, int]:
        """Returns ShareFlags, Capabilities and MaximalAccess (MS-SMB2 2.2.10), and makes the tree usable."""
        with reading(self.wire.where):
            flags, capabilities, access = struct.unpack_from("<III", reply.body, 4)
        tree = TreeConnect(self, share)
        tree.tree_connect_id = reply.tree
        tree.encrypt_data = bool(flags & SHARE_FLAG_ENCRYPT) and self.wire.supports_encryption
        self.tree_connect_table[reply.tree] = tree
        return flags, capabilities, access

    def log_off(self) -> None:
        """Ends the session, with its trees and open files, and waits for the answer."""
        self.wire.ask(SMB2Logoff(), self.session_id)


def _setup_response(body: bytes) -> tuple[int, bytes]:
    """Returns the SessionFlags and the token (MS-SMB2 2.2.6)."""
    flags, start, size = struct.unpack_from("<HHH", body, 2)
    return flags, body[start - HEADER_BYTES : start - HEADER_BYTES + size]
