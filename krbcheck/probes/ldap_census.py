"""One pass over all SPNs of a directory: streamed, page after page, nothing kept but a number for each SPN.

The search entries are read straight from their bytes (RFC 4511 4.5.2): of a directory of 20,000 accounts only the
SPNs matter, and a schema's decoder would take longer than the server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from krbcheck.facts.directory import SharedSpn, SpnCensus
from krbcheck.model import Gap, NoAnswer
from krbcheck.probes import der
from krbcheck.probes.ldap import GLOBAL_CATALOG, MOST_PACKET, Search, bound, contexts, escaped, found_by, placed
from krbcheck.wallet import Ticket

PAGE = 1000
"""A Windows controller gives no more at once (MaxPageSize, MS-ADTS 3.1.1.3.4.6)."""
PAGED = "1.2.840.113556.1.4.319"
ENTRY, DONE = 0x64, 0x65
MOST_SHARED = 200
"""How many SPNs with several owners are named; more is a directory of its own kind of trouble."""
HEURISTICS = "CN=Directory Service,CN=Windows NT,CN=Services,%config"


def census(address: str, port: int, ticket: Ticket, seconds: float) -> SpnCensus:
    """How many accounts have how many SPNs, which SPNs have several owners, and what dSHeuristics says."""
    with bound(address, port, "", ticket, seconds) as connection:
        known = contexts(connection)
        base = "" if port == GLOBAL_CATALOG else known["%domain"]
        seen: set[int] = set()
        twice: dict[str, None] = {}
        accounts = spns = 0
        for held in _held(connection.socket, base):
            accounts += 1
            spns += len(held)
            for spn in held:
                mark = hash(spn)
                if mark in seen and len(twice) < MOST_SHARED:
                    twice[spn.decode(errors="replace")] = None
                seen.add(mark)
        shared = tuple(one for spn in twice if len((one := _owners(connection, base, spn)).owners) > 1)
        return SpnCensus(accounts, spns, shared, _heuristics(connection, known))


def _heuristics(connection: Any, known: Mapping[str, str]) -> str | None:
    """dSHeuristics, empty where it is not set; None where this directory does not show it."""
    search = placed(Search(HEURISTICS, "(objectClass=*)", ("dSHeuristics",), "base"), known)
    found = next(found_by(connection, search), None)
    return None if found is None else b"".join(found[1].get("dsheuristics", ())).decode(errors="replace")


def _owners(connection: Any, base: str, spn: str) -> SharedSpn:
    """The accounts that hold an SPN that came up twice, by their DNs."""
    search = Search(base, f"(servicePrincipalName={escaped(spn)})", ("objectSid",))
    return SharedSpn(spn, tuple(sorted(dn for dn, _ in found_by(connection, search))))


def _request(number: int, base: str, cookie: bytes) -> bytes:
    """A paged search of the whole subtree for what has an SPN (RFC 4511 4.5.1, RFC 2696)."""
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


def _held(wire: Any, base: str) -> Iterator[set[bytes]]:
    """The SPNs of each account, in lower case; the next page is asked for as soon as its mark is there."""
    number, cookie, buffer = 1000, b"", b""
    while True:
        number += 1
        wire.sendall(_request(number, base, cookie))
        done = False
        while not done:
            end = _whole(buffer)
            if not end:
                buffer += wire.recv(1 << 20)
                continue
            kind, content, controls = _message(buffer[:end])
            buffer = buffer[end:]
            if kind == ENTRY:
                yield _spns(content)
            elif kind == DONE:
                done = True
        _succeeded(content)
        cookie = _mark(controls)
        if not cookie:
            return


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Where an element's content starts and ends; BER lengths, since Windows writes them in four bytes."""
    first = data[at + 1]
    start = at + 2
    if first & 0x80:
        count = first & 0x7F
        start += count
        first = int.from_bytes(data[at + 2 : start], "big")
        if not 0 < count <= 4:
            raise NoAnswer(Gap.MALFORMED, "an LDAP length that is none")
    if first > MOST_PACKET:
        raise NoAnswer(Gap.MALFORMED, f"an LDAP message of {first} bytes")
    return start, start + first


def _whole(buffer: bytes) -> int:
    """The end of the first message, 0 while it is not all there."""
    if len(buffer) < 7:
        return 0
    end = _length(buffer, 0)[1]
    return end if end <= len(buffer) else 0


def _elements(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Tag, start and end of each element within."""
    try:
        while start < end:
            inside, after = _length(data, start)
            if after > end:
                raise NoAnswer(Gap.MALFORMED, "an LDAP element that is longer than its message")
            yield data[start], inside, after
            start = after
    except IndexError as cut:
        raise NoAnswer(Gap.MALFORMED, "an LDAP element that is cut off") from cut


def _message(data: bytes) -> tuple[int, bytes, bytes]:
    """The operation's tag and content, and the controls."""
    parts = list(_elements(data, *_length(data, 0)))
    if len(parts) < 2:
        raise NoAnswer(Gap.MALFORMED, "an LDAP message without an operation")
    (kind, start, end), rest = parts[1], parts[2:]
    return kind, data[start:end], data[rest[0][1] : rest[0][2]] if rest else b""


def _spns(entry: bytes) -> set[bytes]:
    """The values of the one attribute that was asked for."""
    held: set[bytes] = set()
    for tag, start, end in list(_elements(entry, 0, len(entry)))[1:2]:
        for _, inside, after in _elements(entry, start, end) if tag == der.SEQUENCE else ():
            values = list(_elements(entry, inside, after))[1:2]
            held.update(
                entry[one:other].lower() for _, low, high in values for _, one, other in _elements(entry, low, high)
            )
    return held


def _succeeded(done: bytes) -> None:
    result = next(_elements(done, 0, len(done)), None)
    code = int.from_bytes(done[result[1] : result[2]], "big") if result else -1
    if code:
        raise NoAnswer(Gap.NOT_ALLOWED, f"the directory ends the search with result {code}")


def _mark(controls: bytes) -> bytes:
    """The cookie of the paged results control, empty at the end."""
    for _, start, end in _elements(controls, 0, len(controls)):
        parts = list(_elements(controls, start, end))
        if parts and controls[parts[0][1] : parts[0][2]] == PAGED.encode():
            value = controls[parts[-1][1] : parts[-1][2]]
            inner = list(_elements(value, *_length(value, 0))) if len(value) > 2 else []
            return value[inner[1][1] : inner[1][2]] if len(inner) > 1 else b""
    return b""
