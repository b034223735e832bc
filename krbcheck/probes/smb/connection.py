"""One SMB connection: a stream with one deadline, its NEGOTIATE, and the pipeline of its requests.

Imported late, inside the functions of probes. Replies are read by the calling thread. Unknown flags are no fault: a
storage may be newer.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.exceptions import InvalidTag

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb_features import CAP_ENCRYPTION, DIALECTS, SIGNING_ENABLED, SIGNING_REQUIRED
from krbcheck.probes.smb.negotiate import negotiated
from krbcheck.probes.smb.offers import CIPHERS, NO_CIPHER, SMB_3, SMB_3_1_1, offer
from krbcheck.probes.smb.pipeline import Pipeline, Request
from krbcheck.probes.smb.protection import Protection
from krbcheck.probes.tcp.stream import Stream
from krbcheck.windows.ntstatus import STATUS_SUCCESS

NEGOTIATE = 0
CREDITS = 64
"""The credits that each request requests, and the largest number of requests that wait for a response."""
CAP_DFS, CAP_LARGE_MTU = 0x1, 0x4


@contextmanager
def reading(where: str) -> Iterator[None]:
    """A context: an exception that the bytes of the server cause is raised as NoAnswer (MALFORMED)."""
    try:
        yield
    except (InvalidTag, struct.error, ValueError, LookupError, TypeError, AttributeError) as bad:
        raise NoAnswer(Gap.MALFORMED, f"{where} answers with bytes that are not SMB ({type(bad).__name__})") from bad


class Wire:
    """One connection to one storage. `server_name` is the name that hosts use; the stream determines the address.

    `clear` is the one dialect to offer, as a client that cannot encrypt; 0 offers all dialects. After `negotiate`,
    `dialect`, `cipher` and `signing_algorithm` are what the server selected, the last two None before 3.1.1;
    `negotiate_request` and `negotiate_reply` are the two messages with their headers.
    """

    def __init__(self, stream: Stream, name: str, *, signing: bool = True, clear: int = 0) -> None:
        self.stream, self.server_name, self.clear = stream, name, clear
        self.security_mode = SIGNING_REQUIRED if signing else SIGNING_ENABLED
        self.pipeline = Pipeline(stream, 0, 0, 1, Protection(None, None, seals=False), CREDITS)
        self.pipeline.charge, self.pipeline.least = 0, 1
        self.negotiate_request = self.negotiate_reply = b""
        self.dialect = 0
        self.cipher: int | None = None
        self.signing_algorithm: int | None = None
        self.supports_encryption = False

    @property
    def where(self) -> str:
        return self.stream.where

    def negotiate(self) -> int:
        """Returns the NTSTATUS of NEGOTIATE, whose reply is then in `negotiate_reply`.

        Raises NoAnswer: TIMED_OUT, CLOSED, UNREACHABLE, or MALFORMED for bytes that are not SMB.
        """
        offered = [self.clear] if self.clear else DIALECTS
        capabilities = CAP_DFS | CAP_LARGE_MTU | (0 if self.clear else CAP_ENCRYPTION)
        ciphers = [NO_CIPHER] if self.clear else CIPHERS
        body = offer(offered, self.security_mode, capabilities, name=self.server_name, ciphers=ciphers)
        answer = self.pipeline.ask(Request(NEGOTIATE, body))
        self.negotiate_request, self.negotiate_reply = self.pipeline.sent, answer.message
        if answer.status == STATUS_SUCCESS:
            with reading(self.where):
                self._select(answer.message)
        return answer.status

    def _select(self, message: bytes) -> None:
        """Reads the NEGOTIATE response (MS-SMB2 3.2.5.2)."""
        reply = negotiated(message)
        if reply.dialect not in ([self.clear] if self.clear else DIALECTS):
            raise ValueError(f"dialect {reply.dialect:#x} was not offered")
        self.dialect = reply.dialect
        if reply.security_mode & SIGNING_REQUIRED:
            self.security_mode = SIGNING_REQUIRED
        if reply.dialect >= SMB_3_1_1:
            self.cipher = reply.ciphers[0] if reply.ciphers else None
            self.signing_algorithm = reply.signing_algorithms[0] if reply.signing_algorithms else None
            self.supports_encryption = bool(self.cipher)
        else:
            self.supports_encryption = reply.dialect >= SMB_3 and bool(reply.capabilities & CAP_ENCRYPTION)
        if self.clear:
            self.supports_encryption = False  # whatever the server states, or a host on the path
        if reply.dialect > DIALECTS[0] and reply.capabilities & CAP_LARGE_MTU:
            self.pipeline.charge, self.pipeline.least = 1, 0
