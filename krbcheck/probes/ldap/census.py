"""Counts all SPNs of a directory in one pass: entries are read page by page, and only a hash of each SPN is kept.

The search entries are decoded directly from their bytes (RFC 4511 4.5.2), because ldap3 decodes a directory of 20,000
accounts more slowly than the server sends it. The next page is requested before a page is read.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.directory import SharedSpn, SpnCensus
from krbcheck.facts.observation import MAX_TEXT, Gap, NoAnswer
from krbcheck.probes.ldap.queries import (
    GLOBAL_CATALOG,
    LDAP,
    MOST_PACKET,
    Search,
    bound,
    contexts,
    escaped,
    found_by,
    placed,
    read,
)
from krbcheck.windows import der
from krbcheck.windows.malformed import Malformed

PAGE = 1000
"""A Windows domain controller returns no more entries at once (MaxPageSize, MS-ADTS 3.1.1.3.4.6)."""
PAGED = "1.2.840.113556.1.4.319"
ENTRY, DONE, REFERENCE = 0x64, 0x65, 0x73
MOST_SHARED = 200
"""The number of SPNs with several owners that are named."""
HEURISTICS = Search(
    "CN=Directory Service,CN=Windows NT,CN=Services,%config", "(objectClass=*)", ("dSHeuristics",), "base"
)
RANGED = b";range="
"""In the name of an attribute: the answer contains only some of its values (MS-ADTS 3.1.1.3.1.3.3)."""
FIRST_MESSAGE = 1000
FIRST_SECONDS = 5.0
"""The limit for the connection, the bind and the first answer."""

Span = tuple[int, int, int]
"""The tag of an element, and the offsets of the start and the end of its content, in bytes."""


@dataclass(frozen=True)
class Counted:
    """The fact, and the hash of each SPN with a fully qualified host name, so that two forests can be compared."""

    value: SpnCensus
    marks: set[int]


def census(address: str, port: int, ticket: Ticket, seconds: float) -> Counted:
    """Returns how many accounts have how many SPNs, which SPNs have several owners, and the value of dSHeuristics.

    `port` selects the domain (389) or the global catalog of the forest (3268). `seconds` is the limit for the whole
    pass; a domain controller that does not respond ends it after FIRST_SECONDS.

    Raises NoAnswer: as `bound`, OUT_OF_TIME if the pass is not complete after `seconds`, NOT_ALLOWED if the search
    fails, MALFORMED for bytes that are no LDAP. Raises Malformed if a Kerberos message in the bind is malformed.
    """
    until = time.monotonic() + seconds
    with bound(address, port, "", ticket, min(seconds, FIRST_SECONDS)) as connection:
        known = contexts(connection)
        connection.socket.allow(seconds)
        base = "" if port == GLOBAL_CATALOG else known["%domain"]
        seen: set[int] = set()
        full: set[int] = set()
        twice: dict[bytes, None] = {}
        accounts = spns = cut = 0
        for held, whole in _held(connection.socket, base, until):
            accounts += 1
            spns += len(held)
            cut += not whole
            marks = set(map(hash, held))
            if not seen.isdisjoint(marks) and len(twice) < MOST_SHARED:
                twice |= {spn: None for spn in held if hash(spn) in seen}
            seen |= marks
            full.update(hash(spn) for spn in held if b"." in spn)
        shared = tuple(entry for spn in twice if len((entry := _owners(connection, base, spn)).owners) > 1)
        heuristics = _heuristics(connection, known) if port == LDAP else _heuristics_of_domain(address, ticket)
        forest = known["%config"].lower().partition("cn=configuration,dc=")[2].replace(",dc=", ".")
        return Counted(SpnCensus(accounts, spns, shared, heuristics, cut, forest, port == GLOBAL_CATALOG), full)


def owners_of(address: str, port: int, ticket: Ticket, marks: set[int], seconds: float) -> tuple[SharedSpn, ...]:
    """Returns the SPNs whose hash is in `marks`, with their owners, from a second pass; `seconds` and exceptions as in
    `census`.

    Raises NoAnswer and Malformed.
    """
    until = time.monotonic() + seconds
    with bound(address, port, "", ticket, min(seconds, FIRST_SECONDS)) as connection:
        known = contexts(connection)
        connection.socket.allow(seconds)
        base = "" if port == GLOBAL_CATALOG else known["%domain"]
        found: dict[bytes, None] = {}
        for held, _ in _held(connection.socket, base, until):
            if len(found) < MOST_SHARED:
                found |= {spn: None for spn in held if hash(spn) in marks}
        return tuple(_owners(connection, base, spn) for spn in found)


def _heuristics(connection: Any, known: Mapping[str, str]) -> str | None:
    """Returns dSHeuristics, empty if it is not set; None if the reader cannot see the object."""
    found = next(found_by(connection, placed(HEURISTICS, known)), None)
    return None if found is None else b"".join(found[1].get("dsheuristics", ())).decode(errors="replace")


def _heuristics_of_domain(address: str, ticket: Ticket) -> str | None:
    """Returns dSHeuristics from the domain directory of the same server, because the global catalog does not contain
    it.
    """
    try:
        (entries,) = read(address, LDAP, "", ticket, [HEURISTICS], FIRST_SECONDS)
    except (NoAnswer, Malformed):
        return None
    return b"".join(entries[0][1].get("dsheuristics", ())).decode(errors="replace") if entries else None


def _owners(connection: Any, base: str, held: bytes) -> SharedSpn:
    """Returns the SPN with the DNs of the accounts on which it is registered."""
    spn = held.decode(errors="replace")
    search = Search(base, f"(servicePrincipalName={escaped(spn)})", ("objectSid",))
    return SharedSpn(spn[:MAX_TEXT], tuple(sorted(dn[:MAX_TEXT] for dn, _ in found_by(connection, search))))


def _request(number: int, base: str, cookie: bytes) -> bytes:
    """Returns a paged search of the whole subtree for entries with an SPN (RFC 4511 4.5.1, RFC 2696)."""
    search = der.tlv(
        0x63,
        der.octets(base.encode()),
        der.tlv(0x0A, b"\x02"),
        der.tlv(0x0A, b"\x00"),
        der.integer(0),
        der.integer(0),
        der.boolean(False),
        der.tlv(0x87, b"servicePrincipalName"),
        der.sequence(der.octets(b"servicePrincipalName")),
    )
    page = der.sequence(der.integer(PAGE), der.octets(cookie))
    control = der.sequence(der.octets(PAGED.encode()), der.boolean(True), der.octets(page))
    return der.sequence(der.integer(number), search, der.tlv(0xA0, control))


def _held(wire: Any, base: str, until: float) -> Iterator[tuple[set[bytes], bool]]:
    """Yields the SPNs of each account, and whether those are all; the next page is requested before a page is read."""
    number, rest = FIRST_MESSAGE, b""
    wire.sendall(_request(number, base, b""))
    while True:
        entries, cookie, rest = _page(wire, number, rest, until)
        if cookie:
            number += 1
            wire.sendall(_request(number, base, cookie))
        for entry in entries:
            yield _spns(entry)
        if not cookie:
            return


def _page(wire: Any, number: int, data: bytes, until: float) -> tuple[list[bytes], bytes, bytes]:
    """Returns the entries of one page, the cookie of the next one (empty at the end), and the bytes that follow the
    page.
    """
    entries: list[bytes] = []
    at = size = 0
    while True:
        if not (end := _whole(data, at)):
            if time.monotonic() > until:
                raise NoAnswer(Gap.OUT_OF_TIME, "the directory is larger than the time for it")
            if size > MOST_PACKET:
                raise NoAnswer(Gap.MALFORMED, f"a page of more than {MOST_PACKET} bytes")
            came = wire.recv(1 << 20)
            size += len(came)
            data, at = data[at:] + came, 0
            continue
        answered, (kind, start, stop), controls = _message(data, at)
        at = end
        if answered != number or kind not in (ENTRY, DONE, REFERENCE):
            raise NoAnswer(Gap.MALFORMED, f"an LDAP message {answered} of kind 0x{kind:02x} amid search {number}")
        if kind == ENTRY:
            entries.append(data[start:stop])
        elif kind == DONE:
            _succeeded(data[start:stop])
            return entries, _mark(controls), data[at:]


def _element(data: bytes, at: int, end: int) -> Span:
    """Returns the element at offset `at` that ends before `end`. Lengths are BER, since Windows writes them in four
    bytes.
    """
    if at + 2 > end:
        raise NoAnswer(Gap.MALFORMED, "an LDAP element that is cut off")
    size, start = data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        start += count
        if not 0 < count <= 4 or start > end:
            raise NoAnswer(Gap.MALFORMED, "an LDAP length that is none")
        size = int.from_bytes(data[at + 2 : start], "big")
    if start + size > end:
        raise NoAnswer(Gap.MALFORMED, "an LDAP element that is longer than its message")
    return data[at], start, start + size


def _elements(data: bytes, at: int, end: int) -> Iterator[Span]:
    while at < end:
        span = _element(data, at, end)
        yield span
        at = span[2]


def _whole(data: bytes, at: int) -> int:
    """Returns the offset after the message that starts at `at`; 0 while the message is incomplete."""
    head = data[at : at + 6]
    if len(head) < 6:
        return 0
    size, start = head[1], at + 2
    if size & 0x80:
        count = size & 0x7F
        if not 0 < count <= 4:
            raise NoAnswer(Gap.MALFORMED, "an LDAP length that is none")
        start += count
        size = int.from_bytes(head[2 : 2 + count], "big")
    if head[0] != der.SEQUENCE or size > MOST_PACKET:
        raise NoAnswer(Gap.MALFORMED, f"no LDAP message, or one of {size} bytes")
    return start + size if start + size <= len(data) else 0


def _message(data: bytes, at: int) -> tuple[int, Span, bytes]:
    """Returns the id of a message, its operation and its controls."""
    _, at, end = _element(data, at, len(data))
    kind, start, stop = _element(data, at, end)
    if kind != der.INTEGER:
        raise NoAnswer(Gap.MALFORMED, "an LDAP message without a number")
    operation = _element(data, stop, end)
    controls = _element(data, operation[2], end) if operation[2] < end else (0, end, end)
    return int.from_bytes(data[start:stop], "big"), operation, data[controls[1] : controls[2]]


def _spns(entry: bytes) -> tuple[set[bytes], bool]:
    """Returns the SPNs of an entry in lower case, and whether those are all."""
    end = len(entry)
    held: set[bytes] = set()
    whole = True
    name = _element(entry, 0, end)
    attributes = _element(entry, name[2], end)
    for _, start, stop in _elements(entry, attributes[1], attributes[2]):
        kind = _element(entry, start, stop)
        values = _element(entry, kind[2], stop)
        held.update(folded(entry[low:high]) for _, low, high in _elements(entry, values[1], values[2]))
        whole = whole and RANGED not in entry[kind[1] : kind[2]].lower()
    return held, whole


def folded(spn: bytes) -> bytes:
    """Returns the SPN in lower case: the directory compares SPNs without letter case (MS-ADTS 3.1.1.3.1.1.4)."""
    return spn.lower() if spn.isascii() else spn.decode(errors="replace").lower().encode()


def _succeeded(done: bytes) -> None:
    _, start, stop = _element(done, 0, len(done))
    code = int.from_bytes(done[start:stop], "big")
    if code:
        raise NoAnswer(Gap.NOT_ALLOWED, f"the directory ends the search with result {code}")


def _mark(controls: bytes) -> bytes:
    """Returns the cookie of the paged results control (RFC 2696); empty at the end."""
    for _, start, stop in _elements(controls, 0, len(controls)):
        parts = list(_elements(controls, start, stop))
        if len(parts) > 1 and controls[parts[0][1] : parts[0][2]] == PAGED.encode():
            value = controls[parts[-1][1] : parts[-1][2]]
            _, inside, end = _element(value, 0, len(value))
            inner = list(_elements(value, inside, end))
            return value[inner[1][1] : inner[1][2]] if len(inner) > 1 else b""
    return b""
