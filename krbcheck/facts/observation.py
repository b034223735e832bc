"""What came back when something was asked: an answer, whatever it says, or the reason why there is none.

Everything here is a frozen msgspec struct: the same class in memory, in a recording and in JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar, runtime_checkable

import msgspec

from krbcheck.facts.endpoints import with_server

T = TypeVar("T")
U = TypeVar("U")
T_co = TypeVar("T_co", covariant=True)

MAX_TEXT = 2000
"""Characters that one sentence of a verdict may have; longer text from a server is cut and says so."""


class Gap(StrEnum):
    """Why there is no answer. Whatever a server *says* is an answer, also when it says no."""

    REFUSED = "refused"  # nothing listens: connection refused
    TIMED_OUT = "timed-out"  # silence
    UNREACHABLE = "unreachable"  # no route, or the network says so
    NAME_UNKNOWN = "name-unknown"  # the name to ask has no address
    MALFORMED = "malformed"  # bytes came back that are not the protocol's
    CLOSED = "closed"  # the connection was reset or closed in the middle
    NO_CREDENTIALS = "no-credentials"  # the site names no secret, or none that serves
    NOT_ALLOWED = "not-allowed"  # we do not offer it again (refused credential), or the caller may not read it
    NOT_HERE = "not-here"  # this host is no place to ask that from
    NEEDS_OTHER = "needs-other"  # an earlier question had no answer, so this one could not be asked
    OUT_OF_TIME = "out-of-time"  # our own deadline ended it
    NOT_CURRENT = "not-current"  # the recording is too old, or dated in the future
    CRASHED = "probe-crashed"  # our bug


class NoAnswer(Exception):
    """A probe got nothing. `gap` is for code, `detail` is for people and holds no secret.

    `of` is the server and port (`endpoints.endpoint`) that did not answer, empty where the probe does not know it.
    """

    def __init__(self, gap: Gap, detail: str, of: str = "") -> None:
        super().__init__(f"{gap}: {detail}")
        self.gap = gap
        self.detail = detail
        self.of = of


class Observed(msgspec.Struct, Generic[T_co], frozen=True, tag="observed", tag_field="seen"):
    """`asked` was asked at `at` (UTC) from `vantage`, and `value` came back `seconds` later, good or bad.

    `of` names the server and port that was asked (`endpoints.endpoint`), empty where nobody was. `authenticated` if
    the answer proves that its sender holds a key: it was signed, sealed or encrypted with one that only the named
    server has.
    """

    value: T_co
    asked: str
    at: datetime
    vantage: str
    seconds: float = 0.0
    of: str = ""
    authenticated: bool = False


class Unobserved(msgspec.Struct, frozen=True, tag="unobserved", tag_field="seen"):
    """Nothing came back. `vantage` is a tenant's name, or the name of the host that asked for no tenant.

    `of` names the server and port that did not answer (`endpoints.endpoint`), empty where none was asked.
    """

    gap: Gap
    detail: str
    asked: str
    at: datetime
    vantage: str
    seconds: float = 0.0
    of: str = ""


Observation = Observed[T_co] | Unobserved


def derived(seen: Observation[T], value: Callable[[T], U], asked: str = "") -> Observation[U]:
    """What an answer contains about a narrower question; the same silence, where that is what came.

    An empty `asked` keeps the question.
    """
    if isinstance(seen, Unobserved):
        return msgspec.structs.replace(seen, asked=asked) if asked else seen
    question = asked or seen.asked
    return Observed(value(seen.value), question, seen.at, seen.vantage, seen.seconds, seen.of, seen.authenticated)


@runtime_checkable
class Partial(Protocol):
    """A reply that the silence of its server may end early."""

    @property
    def silence(self) -> str:
        """The timeout that ended the reply; empty where the server answered to the end."""


@runtime_checkable
class Telling(Protocol):
    """A fact's value that can say itself in a few words, for the reasons under a verdict."""

    def told(self) -> str: ...


def question(seen: Observation[object]) -> str:
    """What was asked, and of which server."""
    return with_server(seen.asked, seen.of)


def reason(seen: Observation[object]) -> str:
    """One line: what was asked from where, and what came back."""
    asked = f"{question(seen)}, from {seen.vantage}" if seen.vantage else question(seen)
    match seen:
        case Unobserved():
            return f"{asked}: {why(seen)}"
        case Observed(value=Telling() as value):
            return f"{asked}: {value.told()}"
        case _:
            return asked


def why(silence: Unobserved) -> str:
    """The reason without the question: the same for all who asked in vain, so that a report folds it."""
    if silence.gap is Gap.CRASHED:
        return f"krbcheck crashed here ({silence.detail.strip().rpartition(chr(10))[2]})"
    return silence.detail


class Extent(msgspec.Struct, frozen=True):
    """How much of a family one collection queried: `host` queried for `tenants`; `lacks` names what it left out.

    `lacks` is one clause, such as "only one KDC of each realm was queried"; it is empty if everything that the site
    file states was queried.
    """

    host: str
    tenants: tuple[str, ...] = ()
    lacks: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the fact families. A family is tuples of records, so that families of several vantage points add up.

    `extents` has an entry for each collection that the records come from.
    """

    extents: tuple[Extent, ...] = ()

    def lacks(self, tenant: str = "") -> str:
        """What no collection queried of this family for a tenant; empty if one of them queried everything.

        Collections for other tenants count only if none was for this one. A family without extents was made by hand.
        """
        for_tenant = [extent for extent in self.extents if tenant in extent.tenants]
        missing = [extent.lacks for extent in for_tenant or self.extents]
        return min(missing, key=bool) if missing else ""
