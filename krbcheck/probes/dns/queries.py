"""Sends DNS queries (RFC 1035) to one name server over one socket and returns its answers without judging them."""

from __future__ import annotations

import random
import socket
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from krbcheck.facts.endpoints import endpoint
from krbcheck.facts.names import DnsAnswer
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.dns.wire import understood
from krbcheck.probes.tcp.stream import Stream, no_answer

if TYPE_CHECKING:
    from dns.message import Message

PORT = 53
AT_ONCE = 16
"""The number of queries that may wait for an answer at the same time."""
SECONDS_EACH = 0.01
"""The seconds that each query adds to the limit for all of them."""
TRUNCATED = 0x02
"""The TC bit in the third octet of a message (RFC 1035 4.1.1)."""

Question = tuple[str, str]
"""A name and a record type: A, AAAA, PTR or SRV."""


class Said(NamedTuple):
    """The answer to one query, or why there is none, and the seconds from the query to the answer."""

    answer: DnsAnswer | NoAnswer
    seconds: float


def longest(questions: int, seconds: float) -> float:
    """Returns the seconds after which `ask` ends, whatever the server does; `seconds` is the limit of one query."""
    return seconds + questions * SECONDS_EACH


def ask(
    questions: Sequence[Question], server: str, source: str = "", seconds: float = 2.0, port: int = PORT
) -> tuple[Said, ...]:
    """Returns the answer to each question, in their order; for a question without an answer, the NoAnswer.

    Each query has `seconds`, and all of them `longest` seconds. The queries are sent over UDP from the address
    `source`, if it is not empty; a truncated answer is queried again over TCP (RFC 7766 5). A response code such as
    NXDOMAIN is an answer.

    Raises NoAnswer if the server answers no query at all: TIMED_OUT, REFUSED (ICMP port unreachable), UNREACHABLE, or
    MALFORMED if it sends datagrams that answer none of them.
    """
    return _Exchange(server, source, seconds, port, longest(len(questions), seconds)).run(questions)


class _Exchange:
    """The state of the queries to one server, by their index: waiting, sent (and when), truncated, answered."""

    def __init__(self, server: str, source: str, seconds: float, port: int, longest: float) -> None:
        self.server, self.source, self.seconds, self.port = server, source, seconds, port
        self.heard = time.monotonic()
        self.until = self.heard + longest
        self.spoke = False
        self.rubbish = False
        self.queries: dict[int, Message] = {}
        self.index_of: dict[int, int] = {}
        self.waiting: deque[int] = deque()
        self.in_flight: dict[int, float] = {}
        self.cut_short: dict[int, float] = {}
        self.said: dict[int, Said] = {}

    def run(self, questions: Sequence[Question]) -> tuple[Said, ...]:
        import dns.exception
        import dns.message

        first = random.randrange(0x10000)
        for index, (name, kind) in enumerate(questions):
            number = (first + index) % 0x10000
            try:
                self.queries[index] = dns.message.make_query(name, kind, id=number)
            except dns.exception.DNSException as bad:
                none = NoAnswer(Gap.NAME_UNKNOWN, f"{name} is no name that DNS can hold: {bad}")
                self.said[index] = Said(none, 0.0)
            else:
                self.index_of[number] = index
                self.waiting.append(index)
        self._by_udp()
        self._by_tcp()
        return tuple(self.said[index] for index in range(len(questions)))

    def _by_udp(self) -> None:
        # A connected socket receives from this server only, and reports ICMP port unreachable as an error.
        family = socket.AF_INET6 if ":" in self.server else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as channel:
            try:
                if self.source:
                    channel.bind((self.source, 0))
                channel.connect((self.server, self.port))
                while self.waiting or self.in_flight:
                    self._send(channel)
                    self._receive(channel)
            except OSError as failed:
                self._give_up(no_answer(failed, self.server, self.port, self.seconds))

    def _send(self, channel: socket.socket) -> None:
        while self.waiting and len(self.in_flight) < AT_ONCE:
            index = self.waiting.popleft()
            self.in_flight[index] = time.monotonic()
            channel.send(self.queries[index].to_wire())

    def _receive(self, channel: socket.socket) -> None:
        """Reads one datagram, or ends the queries whose limit has passed; raises TimeoutError if the server sends
        nothing any more.
        """
        oldest = next(iter(self.in_flight.values()))
        left = min(oldest + self.seconds, self.until) - time.monotonic()
        if left > 0:
            channel.settimeout(left)
            with suppress(TimeoutError):
                self._read(channel.recv(65535))
                return
        now = time.monotonic()
        if now >= min(self.heard + self.seconds, self.until):
            raise TimeoutError
        late = [index for index, sent in self.in_flight.items() if now >= sent + self.seconds]
        self._end(late, self._silence())

    def _read(self, datagram: bytes) -> None:
        index = self.index_of.get(int.from_bytes(datagram[:2], "big")) if len(datagram) > 2 else None
        if index is None:
            self.rubbish = True
            return
        self.spoke = True
        self.heard = time.monotonic()
        if index not in self.in_flight:
            return  # late, or a duplicate
        sent = self.in_flight.pop(index)
        if datagram[2] & TRUNCATED:
            self.cut_short[index] = sent
        else:
            self._keep(index, datagram, sent)

    def _by_tcp(self) -> None:
        for index, sent in self.cut_short.items():
            wire = self.queries[index].to_wire()
            left = max(0.001, min(self.seconds, self.until - time.monotonic()))
            try:
                with Stream(self.server, self.port, self.source, left) as stream:
                    stream.send(len(wire).to_bytes(2, "big") + wire)
                    self._keep(index, stream.receive(int.from_bytes(stream.receive(2), "big")), sent)
            except NoAnswer as none:
                self._end([number for number in self.cut_short if number not in self.said], none)
                return

    def _keep(self, index: int, reply: bytes, sent: float) -> None:
        answer: DnsAnswer | NoAnswer
        try:
            answer = understood(reply, self.queries[index], self.server)
        except NoAnswer as bad:
            answer = bad
        self.said[index] = Said(answer, time.monotonic() - sent)

    def _silence(self) -> NoAnswer:
        if self.rubbish and not self.spoke:
            return NoAnswer(
                Gap.MALFORMED, f"{self.server} sent something that is no answer", endpoint(self.server, self.port)
            )
        where = f"{self.server} port {self.port}"
        return NoAnswer(
            Gap.TIMED_OUT, f"no answer from {where} within {self.seconds:g} s", endpoint(self.server, self.port)
        )

    def _give_up(self, none: NoAnswer) -> None:
        """Ends all queries without an answer; raises NoAnswer if the server has not answered any."""
        why = self._silence() if none.gap == Gap.TIMED_OUT else none
        if not self.spoke:
            raise why
        self._end([*self.in_flight, *self.waiting], why)
        self.waiting.clear()

    def _end(self, indexes: Iterable[int], none: NoAnswer) -> None:
        for index in indexes:
            self.in_flight.pop(index, None)
            self.said[index] = Said(none, self.seconds)


def system_name_servers() -> Sequence[str]:
    """Returns the addresses of the name servers that this host uses (resolv.conf). Nothing is sent.

    Raises NoAnswer (NOT_HERE) if the file does not exist or contains none.
    """
    import dns.exception
    import dns.resolver

    try:
        found = dns.resolver.Resolver().nameservers
    except (dns.exception.DNSException, OSError) as bad:
        raise NoAnswer(Gap.NOT_HERE, f"this host has no name servers: {bad}") from bad
    return tuple(str(entry) for entry in found)
