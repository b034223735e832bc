"""A TCP connection from a chosen source address, whose failures are raised as NoAnswer."""

from __future__ import annotations

import socket
import time

from krbcheck.facts.endpoints import endpoint
from krbcheck.facts.observation import Gap, NoAnswer

CONNECT_SECONDS = 1.5
"""The limit for the TCP handshake: a lost SYN is sent again after one second (RFC 6298 2.1)."""


class Stream:
    """One connection with one deadline, `seconds` after it is created, for all that is sent and received. A context
    manager.

    The constructor connects. It raises NoAnswer, as do `send` and the `receive` methods: TIMED_OUT, REFUSED (RST to the
    SYN), CLOSED (reset or closed later) or UNREACHABLE.
    """

    def __init__(self, address: str, port: int, source: str, seconds: float) -> None:
        self.address, self.port = address, port
        self.where = f"{address} port {port}"
        self.seconds = seconds
        self.until = time.monotonic() + seconds
        first = min(seconds, CONNECT_SECONDS)
        try:
            self.socket = socket.create_connection(
                (address, port), timeout=first, source_address=(source, 0) if source else None
            )
        except OSError as failed:
            raise no_answer(failed, address, port, first) from failed
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Sends all bytes; raises NoAnswer (TIMED_OUT, CLOSED or UNREACHABLE)."""
        try:
            self.socket.settimeout(self._left())
            self.socket.sendall(data)
        except OSError as failed:
            raise no_answer(failed, self.address, self.port, self.seconds) from failed

    def receive(self, size: int) -> bytes:
        """Returns exactly `size` bytes; raises NoAnswer (TIMED_OUT, CLOSED or UNREACHABLE)."""
        parts, missing = [], size
        while missing:
            parts.append(self.receive_some(missing))
            missing -= len(parts[-1])
        return b"".join(parts)

    def receive_some(self, most: int) -> bytes:
        """Returns the bytes that are available, at least one and at most `most`; raises NoAnswer as `receive` does."""
        try:
            self.socket.settimeout(self._left())
            part = self.socket.recv(min(most, 65536))
        except OSError as failed:
            raise no_answer(failed, self.address, self.port, self.seconds) from failed
        if not part:
            raise no_answer(ConnectionError(), self.address, self.port, self.seconds)
        return part

    def _left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def no_answer(failed: OSError, address: str, port: int, seconds: float) -> NoAnswer:
    """Returns the NoAnswer for an error of the operating system; `seconds` is the limit that had been set."""
    where, of = f"{address} port {port}", endpoint(address, port)
    match failed:
        case TimeoutError():
            return NoAnswer(Gap.TIMED_OUT, f"no answer from {where} within {round(seconds, 1):g} s", of)
        case ConnectionRefusedError():
            return NoAnswer(Gap.REFUSED, f"{where} refuses connections", of)
        case ConnectionError():
            return NoAnswer(Gap.CLOSED, f"{where} closed the connection", of)
        case _:
            return NoAnswer(Gap.UNREACHABLE, f"{where} cannot be reached: {failed.strerror or 'no route'}", of)
