"""Reads a directory over one sealed LDAP connection (RFC 4511, SASL GSSAPI of RFC 4752) with a service ticket.

ldap3 encodes and decodes the messages. The AP exchange and the sealing happen below ldap3's socket, so that no
credential cache, no krb5.conf and no second logon is needed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos.gss import GssInitiator, GssRefused
from krbcheck.probes.tcp.stream import Stream
from krbcheck.windows.kerberos_errors import error_name
from krbcheck.windows.malformed import Malformed

LDAP, GLOBAL_CATALOG = 389, 3268
CONFIDENTIALITY = 4
"""The security layer that encrypts (RFC 4752 3.1)."""
OUR_BUFFER = (1 << 24) - 1
PAGE = 500
DACL_ONLY = ("1.2.840.113556.1.4.801", True, bytes.fromhex("3003020104"))
"""LDAP_SERVER_SD_FLAGS_OID (MS-ADTS 3.1.1.3.4.1.11): returns only the DACL of a descriptor, which ordinary accounts may
read.
"""
MOST_PACKET = 1 << 26
MOST_BIND = 1 << 20
"""The bytes of all replies before the session is sealed; they hold one Kerberos message and the security layers."""
RANGE = ";range="
MOST_RANGES = 1000
"""The number of ranges of one attribute that are read; a directory returns 1,500 values in each."""


@dataclass(frozen=True)
class Search:
    """One search. `base` is a DN; empty is the rootDSE or the whole global catalog. `scope` is base, one or subtree.

    `%domain` and `%config` at the end of a base are replaced with the naming contexts in the rootDSE. With `dacl`,
    nTSecurityDescriptor contains the DACL only.
    """

    base: str
    filter: str
    attributes: tuple[str, ...]
    scope: str = "subtree"
    dacl: bool = False


Entry = tuple[str, Mapping[str, Sequence[bytes]]]
"""A DN and its attributes: names in lower case, values raw."""


class Wire:
    """The socket that ldap3 reads and writes: a TCP stream. After the bind each buffer is a GSS wrap token with four
    bytes of length before it (RFC 4752 3.3).

    A failure is raised as NoAnswer, which ldap3 does not catch.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._gss: GssInitiator | None = None
        self._ready, self._at = b"", 0
        self._left = MOST_BIND

    def seal(self, gss: GssInitiator) -> None:
        """Seals and signs all further messages with the security context."""
        self._gss = gss

    def allow(self, seconds: float) -> None:
        """Sets the deadline to `seconds` from now."""
        self._stream.seconds = seconds
        self._stream.until = time.monotonic() + seconds

    def sendall(self, data: bytes) -> None:
        """Sends the bytes; raises NoAnswer (TIMED_OUT, CLOSED or UNREACHABLE)."""
        if self._gss is not None:
            sealed = self._gss.wrap(data)
            data = len(sealed).to_bytes(4, "big") + sealed
        self._stream.send(data)

    def recv(self, size: int) -> bytes:
        """Returns at most `size` bytes; raises NoAnswer (TIMED_OUT, CLOSED, UNREACHABLE, or MALFORMED for a token that
        is too long or that the server's key did not seal, and for replies to the bind that are too long).
        """
        if self._gss is None:
            return self._in_clear(size)
        if self._at >= len(self._ready):
            length = int.from_bytes(self._stream.receive(4), "big")
            if length > MOST_PACKET:
                raise NoAnswer(Gap.MALFORMED, f"{self._stream.where} announces a sealed packet of {length} bytes")
            self._ready, self._at = self._gss.unwrap(self._stream.receive(length)), 0
        given = self._ready[self._at : self._at + size]
        self._at += len(given)
        return given

    def _in_clear(self, size: int) -> bytes:
        part = self._stream.receive_some(size)
        self._left -= len(part)
        if self._left < 0:
            raise NoAnswer(Gap.MALFORMED, f"{self._stream.where} answers the bind with more than {MOST_BIND} bytes")
        return part

    def shutdown(self, how: int) -> None:
        """Does nothing: ldap3 calls it before `close`, which is sufficient."""

    def close(self) -> None:
        self._stream.socket.close()


@contextmanager
def bound(address: str, port: int, source: str, ticket: Ticket, seconds: float) -> Iterator[Any]:
    """Yields an ldap3 connection that is bound with the ticket and sealed; `seconds` is the limit for all that is done
    on it.

    Raises NoAnswer: TIMED_OUT, REFUSED, CLOSED or UNREACHABLE; NOT_ALLOWED if the server rejects the bind or offers no
    encryption, with its result; MALFORMED if it does not prove that it has the key of the service or sends no LDAP.
    Raises Malformed if the message of its security layers is malformed.
    """
    import ldap3

    with Stream(address, port, source, seconds) as stream:
        connection = ldap3.Connection(
            ldap3.Server(address, port=port, get_info=ldap3.NONE),
            authentication=ldap3.SASL,
            sasl_mechanism="GSSAPI",
            client_strategy=ldap3.SAFE_SYNC,
            auto_referrals=False,
            check_names=False,
            read_only=True,
        )
        _attach(connection, Wire(stream))
        with understood(address):
            _bind(connection, GssInitiator(ticket), address)
        yield connection


def _attach(connection: Any, wire: Wire) -> None:
    """Replaces the function with which ldap3 opens a socket by one that uses `wire`."""

    def opened(*_: object, **__: object) -> None:
        connection.socket, connection.closed = wire, False

    connection.strategy._open_socket = opened
    connection.open(read_server_info=False)


@contextmanager
def understood(address: str) -> Iterator[None]:
    """A context for calls of ldap3: an exception caused by the server's bytes is raised as NoAnswer (MALFORMED)."""
    from ldap3.core.exceptions import LDAPExceptionError
    from pyasn1.error import PyAsn1Error

    try:
        yield
    except LDAPExceptionError as bad:
        text = " ".join(str(bad).split())[:300] or type(bad).__name__
        raise NoAnswer(Gap.MALFORMED, f"the LDAP session with {address} ended: {text}") from bad
    except (PyAsn1Error, LookupError, ValueError, TypeError, AttributeError, RecursionError) as bad:
        raise NoAnswer(Gap.MALFORMED, f"{address} answers what is not LDAP ({type(bad).__name__})") from bad


def _bind(connection: Any, gss: GssInitiator, address: str) -> None:
    """Binds with SASL GSSAPI (RFC 4752 3.1): AP-REQ, AP-REP, an empty token, then the security layers."""
    from ldap3.protocol.sasl.sasl import send_sasl_negotiation

    connection.sasl_in_progress = True
    token = _said(send_sasl_negotiation(connection, None, gss.token()), address)
    try:
        gss.accept(token)
    except GssRefused as refused:
        said = f"{error_name(refused.code)} ({refused.code})"
        raise NoAnswer(Gap.NOT_ALLOWED, f"{address} refuses the ticket in the LDAP bind: {said}") from refused
    except (NoAnswer, Malformed) as bad:
        why = (
            (bad.detail if isinstance(bad, NoAnswer) else str(bad)) if token else "the bind succeeds without an AP-REP"
        )
        unproved = f"{address} did not prove that it has the key of {gss.ticket.service}: {why}"
        raise NoAnswer(Gap.MALFORMED, unproved) from bad
    offer = gss.unwrap(_said(send_sasl_negotiation(connection, None, b""), address), sealed=False)
    if len(offer) != 4 or not offer[0] & CONFIDENTIALITY:
        raise NoAnswer(Gap.NOT_ALLOWED, f"{address} offers no encrypted LDAP session")
    layer = bytes([CONFIDENTIALITY]) + OUR_BUFFER.to_bytes(3, "big")
    _said(send_sasl_negotiation(connection, None, gss.wrap(layer, seal=False)), address)
    connection.sasl_in_progress = False
    connection.bound = True
    connection.socket.seal(gss)


def _said(result: Any, address: str) -> bytes:
    """Returns the token of the server if the result is success (0) or saslBindInProgress (14); else raises NoAnswer."""
    if result["result"] not in (0, 14):
        said = f"{result['description']} ({result['result']}): {str(result['message'])[:300]}"
        raise NoAnswer(Gap.NOT_ALLOWED, f"{address} refuses the LDAP bind: {said}")
    return bytes(result.get("saslCreds") or b"")


def read(
    address: str, port: int, source: str, ticket: Ticket, searches: Sequence[Search], seconds: float
) -> tuple[tuple[Entry, ...], ...]:
    """Returns the entries of each search, in their order, over one connection.

    Searches are paged; search references are left out; noSuchObject is an empty result. `seconds` is the limit for all
    of them. Raises NoAnswer as `bound`, and NOT_ALLOWED if the server rejects a search. Raises Malformed if a Kerberos
    message in the bind is malformed.
    """
    with bound(address, port, source, ticket, seconds) as connection:
        known = contexts(connection)
        return tuple(tuple(found_by(connection, placed(search, known))) for search in searches)


def placed(search: Search, contexts: Mapping[str, str]) -> Search:
    """Returns the search with `%domain` and `%config` in its base replaced."""
    base = search.base
    for mark, context in contexts.items():
        base = base.replace(mark, context)
    return replace(search, base=base)


def contexts(connection: Any) -> dict[str, str]:
    """Returns the naming contexts that the rootDSE contains, by `%domain` and `%config`."""
    names = {"%domain": "defaultnamingcontext", "%config": "configurationnamingcontext"}
    root = next(found_by(connection, Search("", "(objectClass=*)", tuple(names.values()), "base")), ("", {}))[1]
    return {mark: bytes((root.get(name) or [b""])[0]).decode(errors="replace") for mark, name in names.items()}


def found_by(connection: Any, search: Search) -> Iterator[Entry]:
    """Yields the entries of a search, each with all of its values; raises NoAnswer (NOT_ALLOWED, MALFORMED, TIMED_OUT,
    CLOSED).
    """
    for dn, raw in _entries(connection, search):
        yield dn, _whole(connection, dn, raw, search)


def _entries(connection: Any, search: Search) -> Iterator[tuple[str, dict[str, list[bytes]]]]:
    """Yields the entries, page by page."""
    import ldap3

    scope = {"base": ldap3.BASE, "one": ldap3.LEVEL, "subtree": ldap3.SUBTREE}[search.scope]
    paging = None if search.scope == "base" else PAGE
    cookie: Any = None
    while True:
        with understood("the directory"):
            _, result, response, _ = connection.search(
                search.base,
                search.filter,
                search_scope=scope,
                attributes=list(search.attributes),
                controls=[DACL_ONLY] if search.dacl else None,
                paged_size=paging,
                paged_cookie=cookie,
            )
        if result["result"] not in (0, 32):  # noSuchObject is an empty result
            said = f"{result['description']} ({result['result']}) for {search.filter[:200]} at {search.base[:200]}"
            raise NoAnswer(Gap.NOT_ALLOWED, f"the directory refuses the search: {said}")
        for entry in response or []:
            if entry.get("type") == "searchResEntry":
                raw = {name.lower(): list(values) for name, values in entry["raw_attributes"].items()}
                yield entry["dn"], raw
        cookie = _cookie(result)
        if not cookie:
            return


def _whole(connection: Any, dn: str, raw: dict[str, list[bytes]], search: Search) -> dict[str, list[bytes]]:
    """Returns the attributes of an entry with all values of those that the server returns in ranges (MS-ADTS
    3.1.1.3.1.3.3).
    """
    for name in [text for text in raw if RANGE in text]:
        attribute, _, span = name.partition(RANGE)
        values = [*raw.get(attribute, ()), *raw.pop(name)]
        for _ in range(MOST_RANGES):
            last = span.rpartition("-")[2]
            if not last.isdigit():  # an asterisk is the end
                break
            asked = (f"{attribute}{RANGE}{int(last) + 1}-*",)
            again = replace(search, base=dn, filter="(objectClass=*)", scope="base", attributes=asked)
            more = next(_entries(connection, again), ("", {}))[1]
            part = next((text for text in more if text.startswith(attribute + RANGE)), "")
            values += more.get(part, ())
            if not part:
                break
            span = part.partition(RANGE)[2]
        raw[attribute] = values
        if not span.endswith("*"):
            raw[f"{attribute}{RANGE}{span}"] = []  # a reader of the entry sees that values are missing
    return raw


def _cookie(result: Any) -> Any:
    """Returns the cookie of the next page (RFC 2696); empty at the end."""
    controls = result.get("controls") or {}
    page = controls.get("1.2.840.113556.1.4.319")
    return page["value"]["cookie"] if page else None


def escaped(text: str) -> str:
    """Returns the value with the characters escaped that a filter reserves (RFC 4515 3)."""
    from ldap3.utils.conv import escape_filter_chars

    return str(escape_filter_chars(text))
