"""smbprotocol's connection on a socket of krbcheck: bound to a source address, one deadline, no thread of its own.

Imported late, inside the functions of probes. Requests, signing, sealing and credits are the library's. Replies are
read by the calling thread (the library's receiver thread waits ten minutes and logs what it cannot decode), and their
fields with `struct`: the library rejects unknown flags, and a storage may be newer.
"""

from __future__ import annotations

import logging
import struct
import uuid
from collections.abc import Iterator
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

# Without a handler the library would write its log messages to stderr.
logging.getLogger("smbprotocol").addHandler(logging.NullHandler())

PORT = 445
MOST_BYTES = 1 << 20
"""The largest reply, in bytes, that any request can have."""
MOST_PARTS = 512
"""The largest number of replies in one compound: a storage sends no more than there were requests."""
HEADER_BYTES = 64
KNOWN_SECURITY_MODE, KNOWN_CAPABILITIES = 0x3, 0x7F
UNSOLICITED = 0xFFFFFFFFFFFFFFFF
NO_CIPHER = 0
"""No cipher has this number (MS-SMB2 2.2.3.1.2): 3.1.1 that offers it alone cannot encrypt."""


class Reply(NamedTuple):
    """A response; `body` is what follows the header in `message`."""

    status: int
    session: int
    tree: int
    body: bytes
    message: bytes


@contextmanager
def reading(where: str) -> Iterator[None]:
    """A context: an exception of the library that the bytes of the server cause is raised as NoAnswer (MALFORMED)."""
    try:
        yield
    except (SMBException, InvalidTag, struct.error, ValueError, LookupError, TypeError, AttributeError) as bad:
        raise NoAnswer(Gap.MALFORMED, f"{where} answers with bytes that are not SMB ({type(bad).__name__})") from bad


class Frames:
    """Replaces the transport of the library: messages with four bytes of length before each (MS-SMB2 2.1)."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.connected = True

    def connect(self) -> None:
        """Does nothing: the stream is connected."""

    def close(self) -> None:
        self.connected = False
        self.stream.socket.close()

    def send(self, message: bytes | SMB2TransformHeader) -> None:
        """Sends a message; the library passes sealed messages unpacked."""
        message = message if isinstance(message, bytes) else message.pack()
        self.stream.send(len(message).to_bytes(4, "big") + message)

    def receive(self) -> bytes:
        """Returns the next message; raises NoAnswer: TIMED_OUT, CLOSED, UNREACHABLE, or MALFORMED for one that is too
        long.
        """
        size = int.from_bytes(self.stream.receive(4), "big")
        if not HEADER_BYTES <= size <= MOST_BYTES:
            raise NoAnswer(Gap.MALFORMED, f"{self.stream.where} answers with bytes that are not SMB")
        return self.stream.receive(size)


class Wire(Connection):  # type: ignore[misc] # the library has no types
    """One connection to one storage. `name` is the server name that hosts use; the stream determines the address.

    `clear` is the one dialect to offer, as a client that cannot encrypt; 0 offers all dialects. After `protection` is
    set, only sealed or signed replies count.
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
        """Does nothing: `receive` reads."""

    @property
    def where(self) -> str:
        return self._frames.stream.where

    @property
    def stream(self) -> Stream:
        return self._frames.stream

    def negotiate(self) -> int:
        """Returns the NTSTATUS of NEGOTIATE, whose reply is then in `negotiate_reply`.

        Raises NoAnswer: TIMED_OUT, CLOSED, UNREACHABLE, or MALFORMED for bytes that are not SMB.
        """
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

    def sent(self, message: Any, session: int, tree: int, credits: int) -> Any:
        """Sends a request and returns it.

        Raises NoAnswer: TIMED_OUT, CLOSED, UNREACHABLE, or MALFORMED if the server grants no credits.
        """
        try:
            return self.send(message, sid=session, tid=tree, credit_request=credits)
        except SMBException as no_credit:
            raise NoAnswer(Gap.MALFORMED, f"{self.where} gives no credit for another request") from no_credit

    def answer(self, request: Any) -> Reply:
        """Returns the reply to a request, whatever its status.

        Raises NoAnswer: TIMED_OUT, CLOSED, UNREACHABLE, or MALFORMED for bytes that are not SMB; and NotSigned.
        """
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
        """Returns the response as the library's own methods expect it; the stream's deadline is the timeout.

        Raises SMBResponseException for an error status, and NoAnswer as `answer`.
        """
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
        """Assigns each response in a message to its request (MS-SMB2 3.2.5.1)."""
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
    """Returns a NEGOTIATE response for the library: SecurityMode at 2, Capabilities at 24 (MS-SMB2 2.2.4)."""
    if len(body) < HEADER_BYTES:
        return body
    mode, capabilities = struct.unpack_from("<H", body, 2)[0], struct.unpack_from("<I", body, 24)[0]
    changed = bytearray(body)
    struct.pack_into("<H", changed, 2, mode & KNOWN_SECURITY_MODE)
    struct.pack_into("<I", changed, 24, capabilities & KNOWN_CAPABILITIES)
    return bytes(changed)
