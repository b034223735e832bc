"""Asks one name server many questions over one socket. Says what it answered, never what to think of it."""

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
"""Questions under way at a time."""
SECONDS_EACH = 0.01
"""What each question adds to the time that all together may take."""
TRUNCATED = 0x02
"""The TC bit in the third octet of a message (RFC 1035 4.1.1)."""

Question = tuple[str, str]
"""A name and a kind: A, AAAA, PTR, SRV."""


class Said(NamedTuple):
    """What came of one question, and how many seconds after it was sent."""

    answer: DnsAnswer | NoAnswer
    seconds: float


def longest(questions: int, seconds: float) -> float:
    """How long `ask` may take where a server is slow with everything."""
    return seconds + questions * SECONDS_EACH


def ask(
    questions: Sequence[Question], server: str, source: str = "", seconds: float = 2.0, port: int = PORT
) -> tuple[Said, ...]:
    """What the server says to each question, in their order, within `seconds` each.

    Over UDP, and over TCP what was cut short. Raises NoAnswer where nothing at all comes back.
    """
    return _Exchange(server, source, seconds, port, longest(len(questions), seconds)).run(questions)


class _Exchange:
    """The questions to one server, by their place: waiting, under way since when, cut short since when, done."""

    def __init__(self, server: str, source: str, seconds: float, port: int, longest: float) -> None:
        self.server, self.source, self.seconds, self.port = server, source, seconds, port
        self.heard = time.monotonic()
        self.until = self.heard + longest
        self.spoke = False
        self.rubbish = False
        self.queries: dict[int, Message] = {}
        self.places: dict[int, int] = {}
        self.waiting: deque[int] = deque()
        self.under_way: dict[int, float] = {}
        self.cut_short: dict[int, float] = {}
        self.said: dict[int, Said] = {}

    def run(self, questions: Sequence[Question]) -> tuple[Said, ...]:
        import dns.exception
        import dns.message

        first = random.randrange(0x10000)
        for place, (name, kind) in enumerate(questions):
            number = (first + place) % 0x10000
            try:
                self.queries[place] = dns.message.make_query(name, kind, id=number)
            except dns.exception.DNSException as bad:
                none = NoAnswer(Gap.NAME_UNKNOWN, f"{name} is no name that DNS can hold: {bad}")
                self.said[place] = Said(none, 0.0)
            else:
                self.places[number] = place
                self.waiting.append(place)
        self._by_udp()
        self._by_tcp()
        return tuple(self.said[place] for place in range(len(questions)))

    def _by_udp(self) -> None:
        # A connected socket hears from this server only, and hears the ICMP error that says nobody listens.
        family = socket.AF_INET6 if ":" in self.server else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as channel:
            try:
                if self.source:
                    channel.bind((self.source, 0))
                channel.connect((self.server, self.port))
                while self.waiting or self.under_way:
                    self._send(channel)
                    self._receive(channel)
            except OSError as failed:
                self._give_up(no_answer(failed, self.server, self.port, self.seconds))

    def _send(self, channel: socket.socket) -> None:
        while self.waiting and len(self.under_way) < AT_ONCE:
            place = self.waiting.popleft()
            self.under_way[place] = time.monotonic()
            channel.send(self.queries[place].to_wire())

    def _receive(self, channel: socket.socket) -> None:
        """Takes one datagram, or lets go what is late; raises TimeoutError where the server has gone silent."""
        oldest = next(iter(self.under_way.values()))
        left = min(oldest + self.seconds, self.until) - time.monotonic()
        if left > 0:
            channel.settimeout(left)
            with suppress(TimeoutError):
                self._take(channel.recv(65535))
                return
        now = time.monotonic()
        if now >= min(self.heard + self.seconds, self.until):
            raise TimeoutError
        late = [place for place, sent in self.under_way.items() if now >= sent + self.seconds]
        self._let_go(late, self._silence())

    def _take(self, datagram: bytes) -> None:
        place = self.places.get(int.from_bytes(datagram[:2], "big")) if len(datagram) > 2 else None
        if place is None:
            self.rubbish = True
            return
        self.spoke = True
        self.heard = time.monotonic()
        if place not in self.under_way:
            return  # too late, or a second time
        sent = self.under_way.pop(place)
        if datagram[2] & TRUNCATED:
            self.cut_short[place] = sent
        else:
            self._keep(place, datagram, sent)

    def _by_tcp(self) -> None:
        for place, sent in self.cut_short.items():
            wire = self.queries[place].to_wire()
            left = max(0.001, min(self.seconds, self.until - time.monotonic()))
            try:
                with Stream(self.server, self.port, self.source, left) as stream:
                    stream.send(len(wire).to_bytes(2, "big") + wire)
                    self._keep(place, stream.receive(int.from_bytes(stream.receive(2), "big")), sent)
            except NoAnswer as none:
                self._let_go([one for one in self.cut_short if one not in self.said], none)
                return

    def _keep(self, place: int, reply: bytes, sent: float) -> None:
        answer: DnsAnswer | NoAnswer
        try:
            answer = understood(reply, self.queries[place], self.server)
        except NoAnswer as bad:
            answer = bad
        self.said[place] = Said(answer, time.monotonic() - sent)

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
        """Lets all go that has no answer; raises where the server has said nothing at all."""
        why = self._silence() if none.gap == Gap.TIMED_OUT else none
        if not self.spoke:
            raise why
        self._let_go([*self.under_way, *self.waiting], why)
        self.waiting.clear()

    def _let_go(self, places: Iterable[int], none: NoAnswer) -> None:
        for place in places:
            self.under_way.pop(place, None)
            self.said[place] = Said(none, self.seconds)


def system_name_servers() -> Sequence[str]:
    """The addresses of the name servers that this host uses (resolv.conf)."""
    import dns.exception
    import dns.resolver

    try:
        found = dns.resolver.Resolver().nameservers
    except (dns.exception.DNSException, OSError) as bad:
        raise NoAnswer(Gap.NOT_HERE, f"this host has no name servers: {bad}") from bad
    return tuple(str(one) for one in found)
