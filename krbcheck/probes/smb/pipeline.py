"""Pipelines the requests of one SMB session: as many wait for a response as the server granted credits for.

Imported late, inside the functions of probes. Answers may arrive in any order, sealed, compounded, or after a
STATUS_PENDING; each is verified, and returned with the number of its chain at once.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidTag

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.smb.protection import FLAG_SIGNED, TRANSFORM, UNSIGNED, Protection
from krbcheck.probes.tcp.stream import Stream
from krbcheck.windows.ntstatus import STATUS_PENDING

HEADER = struct.Struct("<4sHHIHHIIQIIQ16s")
"""MS-SMB2 2.2.1.2, with the TreeId."""
ANSWER = struct.Struct("<8xIHHIIQ4xI")
"""Of a response's header: Status, Command, CreditResponse, Flags, NextCommand, MessageId, TreeId."""
HEADER_BYTES = 64
MOST_BYTES = 1 << 20
"""The largest reply, in bytes, that any request can have."""
MOST_PARTS = 512
"""The largest number of replies in one compound: a storage sends no more than there were requests."""
FLAG_RESPONSE, FLAG_RELATED = 0x1, 0x4
LOGOFF = 2
PART = 65536
UNSOLICITED = 0xFFFFFFFFFFFFFFFF


class Request(NamedTuple):
    """A request: `body` follows the header; `sealed` if the share requires it in a session that is
    not sealed itself.
    """

    command: int
    body: bytes
    tree: int = 0
    sealed: bool = False


class Answer(NamedTuple):
    """The answer to request `position` of chain `chain`; `body` is what follows the header in `message`."""

    chain: int
    position: int
    status: int
    tree: int
    body: bytes
    message: bytes = b""


class Pipeline:
    """The requests of one session: `number` is the next MessageId, `credits` how many the server has granted; at most
    `most` requests wait for a response. `sent` is the last message that was sent, without its length.
    """

    def __init__(
        self, stream: Stream, session: int, number: int, credits: int, protection: Protection, most: int
    ) -> None:
        self.stream, self.session, self.protection = stream, session, protection
        self.number, self.credits, self.most = number, credits, max(1, most)
        self.least = 0  # credits that an answer gives at the least: one, where the dialect knows no more
        self.waiting: dict[int, tuple[int, int, int]] = {}  # chain, position in it and command by MessageId
        self.charge = 1  # CreditCharge: 0, where the dialect has none
        self.buffer = bytearray()
        self.sent = b""

    def exchange(self, chains: Sequence[Sequence[Request]]) -> Iterator[Answer]:
        """Yields the answers; each chain is one compound of related requests. The answers before a NoAnswer are valid.

        Raises NoAnswer: TIMED_OUT, CLOSED, UNREACHABLE, or MALFORMED for bytes that are not SMB; and NotSigned.
        """
        ended = 0
        left = deque(enumerate(chains))
        while left or self.waiting:
            parts = []
            while left and self._room(len(left[0][1])):
                parts.append(self._chain(*left.popleft()))
            if parts:
                self.stream.send(b"".join(parts))
            elif not self.waiting:
                raise NoAnswer(Gap.MALFORMED, f"{self.stream.where} gives no credit for another request")
            for answer in self._heard():
                ended += 1
                yield answer

    def ask(self, request: Request) -> Answer:
        """Returns the answer to one request; raises NoAnswer as `exchange`."""
        (answer,) = self.exchange([[request]])
        return answer

    def affords(self, requests: int) -> bool:
        """Returns whether a chain of so many requests can be sent now; a server may grant one credit at a time."""
        return self.credits >= requests

    def _room(self, requests: int) -> bool:
        crowded = self.waiting and len(self.waiting) + requests > self.most
        return self.credits >= requests and not crowded

    def _chain(self, chain: int, requests: Sequence[Request]) -> bytes:
        """Returns the framed message, and uses its credits."""
        sealing = self.protection.sealing
        sealed = sealing is not None and (self.protection.seals or any(request.sealed for request in requests))
        signing = None if sealed else self.protection.signing
        whole = b""
        for position, request in enumerate(requests):
            number, self.number = self.number, self.number + 1
            self.waiting[number] = (chain, position, request.command)
            flags = (FLAG_RELATED if position else 0) | (FLAG_SIGNED if signing else 0)
            last = position == len(requests) - 1
            body = request.body if last else request.body + bytes(-len(request.body) % 8)
            following = 0 if last else HEADER_BYTES + len(body)
            asks = min(self.most, 512)
            head = HEADER.pack(
                b"\xfeSMB",
                64,
                self.charge,
                0,
                request.command,
                asks,
                flags,
                following,
                number,
                0,
                request.tree,
                self.session,
                UNSIGNED,
            )
            message = head + body
            if signing:
                message = head[:48] + signing(message, number, 0) + body
            whole += message
        self.credits -= len(requests)
        self.sent = whole
        if sealed and sealing is not None:
            whole = sealing.seal(whole)
        return len(whole).to_bytes(4, "big") + whole

    def _heard(self) -> Iterator[Answer]:
        """Yields all answers that have arrived, those of at least one message."""
        try:
            yield from self._messages()
        except (struct.error, ValueError, InvalidTag) as bad:
            where = self.stream.where
            raise NoAnswer(
                Gap.MALFORMED, f"{where} answers with bytes that are not SMB ({type(bad).__name__})"
            ) from bad

    def _messages(self) -> Iterator[Answer]:
        heard = False
        while not heard or len(self.buffer) >= 4:
            while len(self.buffer) < 4 or len(self.buffer) < 4 + (size := self._size()):
                if heard:
                    return
                self.buffer += self.stream.receive_some(PART)
            message = bytes(self.buffer[4 : 4 + size])
            del self.buffer[: 4 + size]
            heard = True
            yield from self._answers(message)

    def _size(self) -> int:
        size = int.from_bytes(self.buffer[:4], "big")
        if not HEADER_BYTES <= size <= MOST_BYTES:
            raise ValueError(size)
        return size

    def _answers(self, message: bytes) -> Iterator[Answer]:
        """Yields each response of a message (MS-SMB2 3.2.5.1)."""
        sealed = message[:4] == TRANSFORM
        if sealed:
            if self.protection.sealing is None:
                raise ValueError("sealed without a key")
            message = self.protection.sealing.unseal(message)
        for _ in range(MOST_PARTS):
            if not message:
                return
            status, answered, granted, flags, following, number, tree = ANSWER.unpack_from(message)
            if message[:4] != b"\xfeSMB" or not flags & FLAG_RESPONSE or 0 < following < HEADER_BYTES:
                raise ValueError("not a response")
            part, message = (message[:following], message[following:]) if following else (message, b"")
            if number == UNSOLICITED or number not in self.waiting:
                continue
            self.credits += granted or self.least
            if status == STATUS_PENDING:
                continue
            chain, position, command = self.waiting[number]
            if not sealed and command != LOGOFF:
                self.protection.check(part, self.stream.where)
            if answered != command and command != LOGOFF:
                raise ValueError(f"a response to command {answered}")
            del self.waiting[number]
            yield Answer(chain, position, status, tree, part[HEADER_BYTES:], part)
        if message:
            raise ValueError(MOST_PARTS)
