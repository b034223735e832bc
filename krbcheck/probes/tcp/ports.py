"""Tests many TCP ports at the same time. An open connection is closed at once; nothing is sent."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.ports import PortReply, PortState

AT_ONCE = 256
"""The number of connections that are attempted at the same time: a process may have 1,024 open files."""
STATES = {
    0: PortState.OPEN,
    errno.ECONNREFUSED: PortState.CLOSED,
    errno.ECONNRESET: PortState.CLOSED,
    errno.ETIMEDOUT: PortState.FILTERED,
    errno.EACCES: PortState.FILTERED,
    errno.EPERM: PortState.FILTERED,
    # Linux returns this for ICMP "administratively prohibited" (RFC 1812 5.2.7.1), and for a host that does not
    # respond to ARP only after 3 s.
    errno.EHOSTUNREACH: PortState.FILTERED,
}
"""By errno; any other errno means that the host is unreachable."""


def knock(targets: Sequence[tuple[str, int]], source: str = "", seconds: float = 1.0) -> tuple[PortReply, ...]:
    """Returns the result of a TCP connect to each (address, port), in their order.

    `seconds` is the limit for all of them together (for each AT_ONCE of them, if there are more). All addresses are of
    the family of `source`, the address from which they are tested; empty lets the operating system select it.

    Raises NoAnswer (NOT_HERE) if `source` is not an address of this host. A refused or silent port is a result.
    """
    replies: list[PortReply] = []
    for start in range(0, len(targets), AT_ONCE):
        replies += _knock(targets[start : start + AT_ONCE], source, seconds)
    return tuple(replies)


def _knock(targets: Sequence[tuple[str, int]], source: str, seconds: float) -> list[PortReply]:
    replies = [PortReply(PortState.FILTERED, f"no answer within {seconds:g} s")] * len(targets)
    until = time.monotonic() + seconds
    with ExitStack() as sockets, selectors.DefaultSelector() as waiting:
        for index, target in enumerate(targets):
            channel = sockets.enter_context(_channel(target[0], source))
            code = channel.connect_ex(target)
            if code == errno.EINPROGRESS:
                waiting.register(channel, selectors.EVENT_WRITE, (index, channel))
            else:
                replies[index] = _reply(code)
        while waiting.get_map() and (left := until - time.monotonic()) > 0:
            for key, _ in waiting.select(left):
                index, channel = key.data
                waiting.unregister(channel)
                replies[index] = _reply(channel.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
    return replies


def _channel(address: str, source: str) -> socket.socket:
    channel = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    channel.setblocking(False)
    if source:
        try:
            channel.bind((source, 0))
        except OSError as failed:
            channel.close()
            raise NoAnswer(Gap.NOT_HERE, f"{address} cannot be queried from {source}: {failed}") from failed
    return channel


def _reply(code: int) -> PortReply:
    return PortReply(STATES.get(code, PortState.UNREACHABLE), os.strerror(code) if code else "")
