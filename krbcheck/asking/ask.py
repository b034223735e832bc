"""One typed `Ask`, a probe call whose arguments and reply the type checker compares, and what a collector yields."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, ParamSpec, TypeVar, cast

from krbcheck.facts.endpoints import endpoint, shown
from krbcheck.facts.observation import Gap, NoAnswer, Observation

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
U = TypeVar("U")
T_co = TypeVar("T_co", covariant=True)


def call(probe: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> partial[T]:
    """Returns the call of a probe, to be made later; the type checker compares the arguments with the probe's
    parameters.
    """
    return partial(probe, *args, **kwargs)


def never(value: object) -> bool:
    """Returns False: for a protocol whose answers prove nothing about their sender (DNS, SMB
    NEGOTIATE, a KRB-ERROR).
    """
    return False


def always(value: object) -> bool:
    """Returns True: for a probe that returns only what a key of the named server signed or encrypted."""
    return True


@dataclass(frozen=True)
class Server:
    """A server: `address` and `port`, and its host `name` if it is known.

    `service` ("kdc", "tcp/389", "smb from alice") and `address` together identify what may not respond. A library of
    this host has a name in `address`, and no port.
    """

    address: str = ""
    port: int = 0
    service: str = ""
    name: str = ""

    def __str__(self) -> str:
        """Returns the text in `Observed.of`: `vmdc1.vmlevel.com (10.77.0.10):88`; empty for no server."""
        host = self.address if self.name in ("", self.address) else f"{self.name} ({self.address})"
        return endpoint(host, self.port)


NO_SERVER = Server()


@dataclass(frozen=True)
class Ask(Generic[T_co]):
    """One call of one probe: one connection at a time, to the server `of`. `asked` is the query without the server.

    After a timeout, all others to the same server from the same vantage point end at once. A call without a server
    never ends in this manner, and is not limited. `seconds` is the probe's own limit; the scheduler ends it a little
    later. Calls with the same `load` are limited as one server, whatever their addresses. `authenticates` returns
    whether a reply proves that its sender has a key of the named server. `on_interrupt` ends what the call has begun at
    the server, such as a session; it is called in a thread of its own if the collection is interrupted while the call
    runs. `alarms` if the monitoring of a network reports the query: `--quiet-network` leaves it out.
    """

    call: partial[T_co]
    asked: str
    of: Server = NO_SERVER
    vantage: str = ""
    seconds: float = 3.0
    load: str = ""
    authenticates: Callable[[T_co], bool] = never
    on_interrupt: Callable[[], None] | None = None
    alarms: bool = False

    @property
    def host(self) -> str:
        """The address of the server."""
        return self.of.address

    @property
    def service(self) -> str:
        """The service of the server."""
        return self.of.service

    @property
    def text(self) -> str:
        """The query and the server."""
        return f"{self.asked} at {shown(str(self.of))}" if self.of != NO_SERVER else self.asked


@dataclass(frozen=True)
class NotAsked:
    """A query that cannot be sent, and why: it becomes Unobserved without a thread."""

    gap: Gap
    detail: str
    asked: str
    vantage: str = ""

    @classmethod
    def because(cls, reason: NoAnswer, asked: str, vantage: str) -> NotAsked:
        """Returns the query with the gap and the detail of a NoAnswer."""
        return cls(reason.gap, reason.detail, asked, vantage)


MaybeAsk = Ask[T_co] | NotAsked

Asking = Generator[Sequence[MaybeAsk[object]], list[Observation[object]], R]
"""A collector: it yields calls, receives their answers in the same order, and returns its family. `asked` and `both`
are such generators too and keep the types: a collector uses them with `yield from`.
"""


def asked(asks: Sequence[MaybeAsk[T]]) -> Asking[list[Observation[T]]]:
    """Returns the answers to calls of one type, in their order."""
    answers = yield asks
    return cast("list[Observation[T]]", answers)


def both(
    first: Sequence[MaybeAsk[T]], second: Sequence[MaybeAsk[U]]
) -> Asking[tuple[list[Observation[T]], list[Observation[U]]]]:
    """Returns the answers to calls of two types, which run at the same time."""
    answers = yield [*first, *second]
    return (
        cast("list[Observation[T]]", answers[: len(first)]),
        cast("list[Observation[U]]", answers[len(first) :]),
    )
