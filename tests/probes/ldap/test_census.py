"""One pass over all SPNs of a directory, read from the bytes: real forms of entries, pages and marks, and rubbish."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.credentials.wallet import Secret, Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.ldap import census as probe
from krbcheck.windows import der

NEVER = time.monotonic() + 3600
PAGED = probe.PAGED.encode()
Tlv = Callable[..., bytes]


def windows(tag: int, *parts: bytes) -> bytes:
    """An element as Windows writes it: the length in four bytes, however short."""
    content = b"".join(parts)
    return bytes((tag, 0x84)) + len(content).to_bytes(4, "big") + content


def entry(*spns: bytes, name: bytes = b"servicePrincipalName", tlv: Tlv = der.tlv) -> bytes:
    values = tlv(0x31, *(tlv(0x04, spn) for spn in spns))
    attributes = tlv(0x30, tlv(0x30, tlv(0x04, name), values)) if spns else tlv(0x30)
    return tlv(0x64, tlv(0x04, b"CN=X,DC=tintri,DC=com"), attributes)


def done(code: int = 0, tlv: Tlv = der.tlv) -> bytes:
    return tlv(0x65, tlv(0x0A, bytes((code,))), tlv(0x04, b""), tlv(0x04, b""))


def controls(cookie: bytes, tlv: Tlv = der.tlv) -> bytes:
    value = tlv(0x30, tlv(0x02, b"\x00"), tlv(0x04, cookie))
    return tlv(0xA0, tlv(0x30, tlv(0x04, PAGED), tlv(0x04, value)))


def message(number: int, operation: bytes, *rest: bytes, tlv: Tlv = der.tlv) -> bytes:
    return tlv(0x30, tlv(0x02, number.to_bytes(2, "big")), operation, *rest)


class Wire:
    """A sealed socket that gives these pieces, one at a time; keeps what was asked, and when."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.asked: list[bytes] = []
        self.left_when_asked: list[int] = []

    def sendall(self, data: bytes) -> None:
        self.asked.append(data)
        self.left_when_asked.append(len(self.pieces))

    def recv(self, size: int) -> bytes:
        if not self.pieces:
            raise ConnectionResetError("closed")
        return self.pieces.pop(0)


def held(*pieces: bytes) -> list[tuple[set[bytes], bool]]:
    return list(probe._held(Wire(*pieces), "DC=tintri,DC=com", NEVER))


def pages(*entries: Sequence[bytes], tlv: Tlv = der.tlv) -> Iterator[bytes]:
    """The messages of one page after the other, the mark of the next at each one's end."""
    for number, page in enumerate(entries):
        for item in page:
            yield message(probe.FIRST_MESSAGE + number, item, tlv=tlv)
        mark = b"" if number + 1 == len(entries) else f"page {number + 1}".encode()
        yield message(probe.FIRST_MESSAGE + number, done(tlv=tlv), controls(mark, tlv), tlv=tlv)


@pytest.mark.parametrize("tlv", [der.tlv, windows], ids=["shortest lengths", "lengths of four bytes"])
def test_entries_are_read_in_lower_case(tlv: Tlv) -> None:
    found = held(*pages([entry(b"CIFS/A.com", b"host/a", tlv=tlv), entry(b"cifs/B", tlv=tlv)], tlv=tlv))
    assert found == [({b"cifs/a.com", b"host/a"}, True), ({b"cifs/b"}, True)]


def test_letters_beyond_ascii_have_case_too() -> None:
    assert probe.folded("cifs/MÜNCHEN".encode()) == "cifs/münchen".encode()
    assert probe.folded(b"cifs/\xff\xfe") == probe.folded(b"CIFS/\xff\xfe")


@pytest.mark.parametrize("size", [1, 7, 50, 10_000])
def test_pieces_of_any_size_are_put_together(size: int) -> None:
    data = b"".join(pages([entry(b"cifs/a")] * 3))
    assert len(held(*(data[at : at + size] for at in range(0, len(data), size)))) == 3


def test_the_next_page_is_asked_for_before_this_one_is_read() -> None:
    wire = Wire(*pages([entry(b"cifs/a")], [entry(b"cifs/b")], [entry(b"cifs/c")]))
    first = next(probe._held(wire, "DC=tintri,DC=com", NEVER))
    assert first == ({b"cifs/a"}, True)
    assert wire.left_when_asked == [6, 4]
    assert b"page 1" in wire.asked[1]


def test_a_page_without_entries_does_not_end_the_search() -> None:
    assert len(held(*pages([entry(b"cifs/a")], [], [entry(b"cifs/b")]))) == 2


def test_references_to_other_directories_are_left_out() -> None:
    reference = message(probe.FIRST_MESSAGE, der.tlv(0x73, der.octets(b"ldap://other.com/DC=other,DC=com")))
    assert len(held(reference, *pages([entry(b"cifs/a")]))) == 1


def test_more_values_than_fit_into_an_answer_are_told() -> None:
    ranged = entry(b"cifs/a", name=b"servicePrincipalName;Range=0-1499")
    assert held(*pages([ranged])) == [({b"cifs/a"}, False)]


def test_a_server_without_paging_ends_at_once() -> None:
    assert len(held(message(probe.FIRST_MESSAGE, entry(b"cifs/a")), message(probe.FIRST_MESSAGE, done()))) == 1


def test_a_directory_that_ends_the_search_is_no_answer() -> None:
    with pytest.raises(NoAnswer) as ended:
        held(message(probe.FIRST_MESSAGE, done(11)))
    assert ended.value.gap is Gap.NOT_ALLOWED
    assert "result 11" in ended.value.detail


def test_a_directory_without_end_costs_its_time() -> None:
    with pytest.raises(NoAnswer) as ended:
        list(probe._held(Wire(b""), "DC=tintri,DC=com", time.monotonic() - 1))
    assert ended.value.gap is Gap.OUT_OF_TIME


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n", id="another protocol"),
        pytest.param(b"\x30\x80\x02\x01\x01\x00", id="no length"),
        pytest.param(b"\x30\x89" + bytes(9), id="a length of nine bytes"),
        pytest.param(b"\x30\x84\xff\xff\xff\xff\x02", id="four gigabytes"),
        pytest.param(der.sequence(b"\x02\x01"), id="cut off inside"),
        pytest.param(der.sequence(der.octets(b"\x01"), entry(b"cifs/a")), id="no number"),
        pytest.param(message(7, entry(b"cifs/a")), id="another search's"),
        pytest.param(message(probe.FIRST_MESSAGE, der.tlv(0x78, bytes(20))), id="notice of disconnection"),
        pytest.param(message(probe.FIRST_MESSAGE, der.tlv(0x65)), id="a result without a code"),
        pytest.param(message(probe.FIRST_MESSAGE, der.tlv(0x64, b"\x04\x05CN")) * 2, id="an entry that is cut off"),
    ],
)
def test_rubbish_is_malformed(data: bytes) -> None:
    with pytest.raises(NoAnswer) as bad:
        held(data, *pages([]))
    assert bad.value.gap is Gap.MALFORMED


GOOD = b"".join(pages([entry(b"cifs/a", b"HOST/a:445"), entry(b"cifs/b", tlv=windows)], [entry(b"cifs/c")]))


def ends(data: bytes) -> None:
    """Entries, NoAnswer, or the peer's closing; never another exception."""
    found: list[tuple[set[bytes], bool]] = []
    said: Gap | None = None
    try:
        found = held(data)
    except NoAnswer as none:
        said = none.gap
    except ConnectionResetError:
        said = Gap.CLOSED
    assert said in (Gap.MALFORMED, Gap.NOT_ALLOWED, Gap.CLOSED, None)
    assert all(isinstance(spn, bytes) for spns, _ in found for spn in spns)


@given(st.binary(max_size=300))
def test_any_bytes_come_to_an_end(data: bytes) -> None:
    ends(data)
    ends(message(probe.FIRST_MESSAGE, der.tlv(0x64, data)) + message(probe.FIRST_MESSAGE, done()))
    ends(message(probe.FIRST_MESSAGE, done(), der.tlv(0xA0, data)))


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(GOOD)))
def test_changed_and_cut_answers_come_to_an_end(changes: list[tuple[int, int]], size: int) -> None:
    data = bytearray(GOOD)
    for position, value in changes:
        data[position] = value
    ends(bytes(data))
    ends(bytes(data[:size]))


AT = datetime(2026, 1, 1, tzinfo=UTC)
TICKET = Ticket(
    "krbcheck@TINTRI.COM", "ldap/tidc", "TINTRI.COM", Secret(der.application(1, der.sequence())), Secret(bytes(32)),
    18, 18, 1, 0, AT, AT, AT, client_realm="TINTRI.COM",
)  # fmt: skip


def test_a_silent_directory_costs_its_time_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NoAnswer) as none:
        probe.census("127.0.0.1", silent.getsockname()[1], TICKET, 0.2)
    assert none.value.gap is Gap.TIMED_OUT


def test_a_directory_that_refuses_connections_is_no_answer() -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NoAnswer) as none:
        probe.census("127.0.0.1", port, TICKET, 5.0)
    assert none.value.gap is Gap.REFUSED
