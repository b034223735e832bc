"""A TCP connection from a chosen source address, whose failures are gaps with names."""

from __future__ import annotations

import socket
import time

from krbcheck.facts.endpoints import endpoint
from krbcheck.facts.observation import Gap, NoAnswer

CONNECT_SECONDS = 1.5
"""How long a connection may take to open: one lost SYN is sent again after a second (RFC 6298 2.1)."""


class Stream:
    """One connection with one deadline for all that is done on it. Use as a context manager."""

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
        try:
            self.socket.settimeout(self._left())
            self.socket.sendall(data)
        except OSError as failed:
            raise no_answer(failed, self.address, self.port, self.seconds) from failed

    def receive(self, size: int) -> bytes:
        """Exactly `size` bytes."""
        parts, missing = [], size
        while missing:
            parts.append(self.receive_some(missing))
            missing -= len(parts[-1])
        return b"".join(parts)

    def receive_some(self, most: int) -> bytes:
        """What is there, at least one byte."""
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
    """What an operating system's error says about an answer that did not come."""
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
