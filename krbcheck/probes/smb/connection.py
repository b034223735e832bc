"""smbprotocol's connection on a socket of ours: bound to a source address, one deadline, no thread of its own.

Imported late, inside the probes' functions. Requests, signing, sealing and credits are the library's. Replies are
read by the thread that asks (the library's receiver thread waits ten minutes and logs what it dislikes), and their
fields by `struct`: the library refuses a flag that it does not know, and a storage may be newer than it.
"""

from __future__ import annotations

import logging
import struct
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from smbprotocol.connection import Capabilities, Connection, Request, SMB2TransformHeader  # noqa: TID253 - see above
from smbprotocol.exceptions import SMBException, SMBResponseException  # noqa: TID253
from smbprotocol.header import Commands, SMB2HeaderResponse  # noqa: TID253

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.smb.protection import Protection
from krbcheck.probes.tcp.stream import Stream
from krbcheck.windows.ntstatus import STATUS_MORE_PROCESSING_REQUIRED, STATUS_PENDING, STATUS_SUCCESS

# What the library thinks of a reply is for us to tell; without a handler it would write to stderr.
logging.getLogger("smbprotocol").addHandler(logging.NullHandler())

PORT = 445
MOST_BYTES = 1 << 20
"""A reply longer than this is to nothing that we ask."""
MOST_PARTS = 512
"""Of one compound: a storage answers no more than was asked."""
HEADER_BYTES = 64
KNOWN_SECURITY_MODE, KNOWN_CAPABILITIES = 0x3, 0x7F
UNSOLICITED = 0xFFFFFFFFFFFFFFFF
NO_CIPHER = 0
"""No cipher has this number (MS-SMB2 2.2.3.1.2): 3.1.1 that offers it alone cannot encrypt."""


class Reply(NamedTuple):
    """`body` is what follows the header in `message`."""

    status: int
    session: int
    tree: int
    body: bytes
    message: bytes


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Hostile bytes make the library raise many things; all of them say that this is not SMB."""
    try:
        yield
    except (SMBException, InvalidTag, struct.error, ValueError, LookupError, TypeError, AttributeError) as bad:
        raise NoAnswer(Gap.MALFORMED, f"{where} answers with bytes that are not SMB ({type(bad).__name__})") from bad


class Frames:
    """Stands where the library has its transport: messages with four bytes of length before each (MS-SMB2 2.1)."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.connected = True

    def connect(self) -> None:
        """The stream is connected already."""

    def close(self) -> None:
        self.connected = False
        self.stream.socket.close()

    def send(self, message: bytes | SMB2TransformHeader) -> None:
        """The library hands over sealed messages unpacked."""
        message = message if isinstance(message, bytes) else message.pack()
        self.stream.send(len(message).to_bytes(4, "big") + message)

    def receive(self) -> bytes:
        size = int.from_bytes(self.stream.receive(4), "big")
        if not HEADER_BYTES <= size <= MOST_BYTES:
            raise NoAnswer(Gap.MALFORMED, f"{self.stream.where} answers with bytes that are not SMB")
        return self.stream.receive(size)


class Wire(Connection):  # type: ignore[misc] # the library has no types
    """One connection to one storage. `name` is what the hosts type; the stream leads where we want to ask.

    `clear` is the one dialect to offer, as a client that cannot encrypt; 0 offers all that we have. From the moment
    that `protection` is set, a reply counts only if it is sealed or signed.
    """

    def __init__(self, stream: Stream, name: str, *, signing: bool = True, clear: int = 0) -> None:
        self._frames = Frames(stream)
        self.negotiate_reply = b""
        self.protection: Protection | None = None
        self._messages: dict[int, bytes] = {}
        super().__init__(uuid.uuid4(), name, PORT, require_signing=signing)
        self.clear = clear
        if clear:
            self.client_capabilities &= ~Capabilities.SMB2_GLOBAL_CAP_ENCRYPTION

    @property
    def transport(self) -> Frames:
        return self._frames

    @transport.setter
    def transport(self, unbound: object) -> None:
        """`connect` of the library would put a socket of its own here."""

    def _process_message_thread(self) -> None:
        """Nothing: `receive` reads."""

    @property
    def where(self) -> str:
        return self._frames.stream.where

    @property
    def stream(self) -> Stream:
        return self._frames.stream

    def negotiate(self) -> int:
        """The NTSTATUS of NEGOTIATE; its reply is in `negotiate_reply`."""
        try:
            with reading(self.where):
                self.connect(self.clear or None, preferred_encryption_algos=[NO_CIPHER] if self.clear else None)
        except NoAnswer as none:
            if isinstance(none.__cause__, SMBResponseException):
                return int(none.__cause__.status)
            raise
        return STATUS_SUCCESS

    def ask(self, message: Any, session: int = 0, tree: int = 0, credits: int = 1) -> Reply:
        return self.answer(self.sent(message, session, tree, credits))

    def ask_each(self, messages: Sequence[Any], session: int) -> list[Reply]:
        """Independent requests, as many under way as the server gave credits for."""
        replies: list[Reply] = []
        while len(replies) < len(messages):
            allowed = max(1, self.sequence_window["high"] - self.sequence_window["low"])
            part = messages[len(replies) : len(replies) + allowed]
            sent = [self.sent(one, session, 0, len(messages)) for one in part]
            replies += [self.answer(one) for one in sent]
        return replies

    def sent(self, message: Any, session: int, tree: int, credits: int) -> Any:
        """The request under way. A server that gives no credits makes the library raise."""
        try:
            return self.send(message, sid=session, tid=tree, credit_request=credits)
        except SMBException as no_credit:
            raise NoAnswer(Gap.MALFORMED, f"{self.where} gives no credit for another request") from no_credit

    def answer(self, request: Any) -> Reply:
        """What the server said to a request, whatever its status."""
        with reading(self.where):
            header = self._response(request)
            return Reply(
                header["status"].get_value(),
                header["session_id"].get_value(),
                header["tree_id"].get_value(),
                header["data"].get_value(),
                self._messages.pop(header["message_id"].get_value(), b""),
            )

    def receive(
        self, request: Request, wait: bool = True, timeout: float | None = None, resolve_symlinks: bool = True
    ) -> Any:
        """As the library's own methods want it; the stream's deadline is the timeout."""
        header = self._response(request)
        if header["status"].get_value() != STATUS_SUCCESS:
            raise SMBResponseException(header)
        return header

    def _response(self, request: Any) -> Any:
        while request.response is None:
            self._take(self._frames.receive())
        self.outstanding_requests.pop(request.message["message_id"].get_value(), None)
        return request.response

    def _take(self, message: bytes) -> None:
        """Files each response of a message with its request (MS-SMB2 3.2.5.1)."""
        sealed = message[:4] == b"\xfdSMB"
        if sealed:
            transform = SMB2TransformHeader()
            transform.unpack(message)
            message = self._decrypt(transform)
        for _ in range(MOST_PARTS):
            following = int.from_bytes(message[20:24], "little") or len(message)
            if following < HEADER_BYTES:
                raise ValueError(following)
            self._file(message[:following], sealed)
            message = message[following:]
            if not message:
                return
        raise ValueError(MOST_PARTS)

    def _file(self, part: bytes, sealed: bool) -> None:
        header = SMB2HeaderResponse()
        header.unpack(part)
        number, status = header["message_id"].get_value(), header["status"].get_value()
        request = self.outstanding_requests.get(number)
        if number == UNSOLICITED or request is None:
            return
        command = request.message["command"].get_value()
        if header["command"].get_value() != command:
            raise ValueError(command)
        free = 0 if self.supports_multi_credit else 1
        self.sequence_window["high"] += header["credit_response"].get_value() or free
        if status == STATUS_PENDING:
            return
        if self.protection is not None and not sealed and command != Commands.SMB2_LOGOFF:
            self.protection.check(part, self.where)
        self._messages[number] = part
        if command == Commands.SMB2_NEGOTIATE:
            self.preauth_integrity_hash_value.append(part)
            self.negotiate_reply = part
            header["data"] = _without_unknown_bits(part[HEADER_BYTES:])
        elif command == Commands.SMB2_SESSION_SETUP and status == STATUS_MORE_PROCESSING_REQUIRED:
            self.preauth_integrity_session_hash_value[number].append(part)
        request.response = header


def _without_unknown_bits(body: bytes) -> bytes:
    """The library's copy of a NEGOTIATE response: SecurityMode at 2, Capabilities at 24 (MS-SMB2 2.2.4)."""
    if len(body) < HEADER_BYTES:
        return body
    mode, capabilities = struct.unpack_from("<H", body, 2)[0], struct.unpack_from("<I", body, 24)[0]
    changed = bytearray(body)
    struct.pack_into("<H", changed, 2, mode & KNOWN_SECURITY_MODE)
    struct.pack_into("<I", changed, 24, capabilities & KNOWN_CAPABILITIES)
    return bytes(changed)
