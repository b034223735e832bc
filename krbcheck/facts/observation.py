"""The result of a query: an answer, whatever it states, or the reason why there is none.

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
"""The characters of a sentence in a verdict; longer text of a server is truncated, which is marked."""


class Gap(StrEnum):
    """Why there is no answer. An error that a server returns is an answer."""

    REFUSED = "refused"  # RST to the SYN, or ICMP port unreachable
    TIMED_OUT = "timed-out"  # no response
    UNREACHABLE = "unreachable"  # no route, or ICMP unreachable
    NAME_UNKNOWN = "name-unknown"  # the name of the server has no address
    MALFORMED = "malformed"  # the response is not valid in the protocol
    CLOSED = "closed"  # the connection was reset or closed before the response was complete
    NO_CREDENTIALS = "no-credentials"  # the site file states no secret, or none that can be used
    NOT_ALLOWED = "not-allowed"  # a rejected credential is not sent again, or the reader has no access
    NOT_HERE = "not-here"  # this host cannot send the query
    NEEDS_OTHER = "needs-other"  # an earlier query had no answer, so this one could not be sent
    OUT_OF_TIME = "out-of-time"  # the scheduler's deadline ended it
    NOT_CURRENT = "not-current"  # the recording is too old, or dated in the future
    LEFT_OUT = "left-out"  # the user left out the query: --quiet-network, or exclude in the site file
    CRASHED = "probe-crashed"  # a bug of krbcheck


NOT_SENT = frozenset(
    (Gap.NO_CREDENTIALS, Gap.NOT_ALLOWED, Gap.NOT_HERE, Gap.NEEDS_OTHER, Gap.NOT_CURRENT, Gap.LEFT_OUT)
)
"""The gaps of a query that was not sent, or whose answer does not count."""


class NoAnswer(Exception):
    """A probe has no answer. `gap` is for code, `detail` is for people and contains no secret.

    `of` is the server and port (`endpoints.endpoint`) that did not answer, empty if the probe does not have it.
    """

    def __init__(self, gap: Gap, detail: str, of: str = "") -> None:
        super().__init__(f"{gap}: {detail}")
        self.gap = gap
        self.detail = detail
        self.of = of


class Observed(msgspec.Struct, Generic[T_co], frozen=True, tag="observed", tag_field="seen"):
    """The answer `value` to the query `asked`, which was sent at `at` (UTC) from `vantage` and took `seconds`.

    `of` is the server and port of the query (`endpoints.endpoint`), empty if there was none. `authenticated` if the
    answer proves that its sender has a key: it was signed, sealed or encrypted with one that only the named server has.
    """

    value: T_co
    asked: str
    at: datetime
    vantage: str
    seconds: float = 0.0
    of: str = ""
    authenticated: bool = False


class Unobserved(msgspec.Struct, frozen=True, tag="unobserved", tag_field="seen"):
    """A query without an answer. `vantage` is a tenant's name, or the name of the host for a query that concerns no
    tenant.

    `of` is the server and port that did not answer (`endpoints.endpoint`), empty if there was none.
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
    """Returns what an answer contains about a narrower query; an Unobserved stays one.

    An empty `asked` keeps the query.
    """
    if isinstance(seen, Unobserved):
        return msgspec.structs.replace(seen, asked=asked) if asked else seen
    question = asked or seen.asked
    return Observed(value(seen.value), question, seen.at, seen.vantage, seen.seconds, seen.of, seen.authenticated)


@runtime_checkable
class Partial(Protocol):
    """A reply that a timeout of its server may end early."""

    @property
    def silence(self) -> str:
        """The timeout that ended the reply; empty if it is complete."""


@runtime_checkable
class Summarized(Protocol):
    """A fact's value that can describe itself in a few terms, for the evidence of a verdict."""

    def summary(self) -> str: ...


def question(seen: Observation[object]) -> str:
    """Returns the query and its server."""
    return with_server(seen.asked, seen.of)


def reason(seen: Observation[object]) -> str:
    """Returns one line: the query, its vantage point, and the answer."""
    asked = f"{question(seen)}, from {seen.vantage}" if seen.vantage else question(seen)
    match seen:
        case Unobserved():
            return f"{asked}: {why(seen)}"
        case Observed(value=Summarized() as value):
            return f"{asked}: {value.summary()}"
        case _:
            return asked


def why(silence: Unobserved) -> str:
    """Returns the reason without the query: it is the same for all queries that ended so, and a report folds it."""
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
