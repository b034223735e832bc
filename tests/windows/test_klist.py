"""The output of klist, in five languages. The samples are made by hand: the labels of English, French and Spanish are
those of outputs that were published, the German and Japanese ones are translated; the tickets are the lab's. Only the
structure is read, so a label that differs has no effect.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fixtures.lab.klist import LABELS, listing
from krbcheck.windows import klist
from krbcheck.windows.malformed import Malformed

BERLIN = ZoneInfo("Europe/Berlin")
START, SERVICE_START = datetime(2026, 11, 25, 7, 41, 50, tzinfo=UTC), datetime(2026, 11, 25, 8, 2, 3, tzinfo=UTC)
END = datetime(2026, 11, 25, 17, 41, 50, tzinfo=UTC)
TGT = ("krbtgt/VMLEVEL.COM", "VMLEVEL.COM", 18, 18, 0x40E10000, START, END)
CIFS = ("cifs/vmstore-alice.tintri.com", "TINTRI.COM", 23, 17, 0x40A10000, SERVICE_START, END)
TICKETS = [klist.ListedTicket("alice-hv01$", "VMLEVEL.COM", *rest) for rest in (TGT, CIFS)]
CODE_PAGES = {"English": ["cp850"], "Japanese": ["cp932"]}
UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]
ENCODINGS = [
    (language, encoding)
    for language in LABELS
    for encoding in (*UNICODE, *CODE_PAGES.get(language, ["cp1252", "cp850"]))
]


def read(data: bytes) -> list[klist.ListedTicket]:
    """The tickets, in the first encoding in which the data is a list."""
    for text in klist.texts(data):
        try:
            return klist.tickets(text, BERLIN)
        except Malformed:
            continue
    return []


@pytest.mark.parametrize(("language", "encoding"), ENCODINGS)
def test_the_tickets_are_read_whatever_the_language_and_the_encoding(language: str, encoding: str) -> None:
    assert read(listing(language, TICKETS, BERLIN).encode(encoding)) == TICKETS


def test_only_a_tgt_of_an_as_exchange_is_initial() -> None:
    assert [ticket.is_initial_tgt for ticket in TICKETS] == [True, False]
    (forwarded,) = read(listing("English", TICKETS[:1], BERLIN).replace("0x40e10000", "0x60a10000").encode())
    assert not forwarded.is_initial_tgt


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("11/12/2026 8:00:00", datetime(2026, 11, 12, 7, tzinfo=UTC)),
        ("12.11.2026 08:00:00", datetime(2026, 11, 12, 7, tzinfo=UTC)),
        ("2026/11/12 8:00:00", datetime(2026, 11, 12, 7, tzinfo=UTC)),
        ("7/12/2026 8:00:00", datetime(2026, 7, 12, 6, tzinfo=UTC)),
        ("10/25/2026 2:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
    ids=["as-klist-writes-it", "periods", "year-first", "summer", "the-hour-that-comes-twice-is-the-earlier"],
)
def test_dates_are_local_and_in_the_order_of_klist(typed: str, meant: datetime) -> None:
    text = listing("German", TICKETS[:1], BERLIN).replace("11/25/2026 8:41:50", typed)
    (ticket,) = klist.tickets(text, BERLIN)
    assert ticket.start == meant


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("(2)", "(3)", "it states 3 tickets and lists 2"),
        ("Server:", "Server", "ticket #0 has no client, server"),
        ("11/25/2026 8:41:50", "25/11/2026 8:41:50", "not month/day/year"),
        ("11/25/2026 9:02:03", "0", "ticket #1 has no client, server, start and end"),
        ("Cached Tickets: (2)", "klist failed", ""),
    ],
    ids=["cut-off", "no-server", "day-first", "no-date", "no-count"],
)
def test_what_is_wrong_with_a_list(old: str, new: str, why: str) -> None:
    text = listing("English", TICKETS, BERLIN).replace(old, new)
    if why:
        with pytest.raises(Malformed, match=why):
            klist.tickets(text, BERLIN)
    else:
        assert klist.tickets(text, BERLIN) == TICKETS


def test_two_lists_in_one_file_are_read_together() -> None:
    text = listing("English", TICKETS[:1], BERLIN) + listing("French", TICKETS[1:], BERLIN)
    assert klist.tickets(text, BERLIN) == TICKETS


def test_a_list_without_tickets_is_empty() -> None:
    assert klist.tickets(listing("German", [], BERLIN), BERLIN) == []


def test_other_text_is_no_list() -> None:
    with pytest.raises(Malformed, match="not the output of klist"):
        klist.tickets("Ticket cache: FILE:/tmp/krb5cc_0\nDefault principal: a@B\n", BERLIN)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"#0> {text}".encode(errors="replace")))
@example(b"#0> : a @ b\n: c @ d\n1/1/1 0:00:00\n1/1/1 0:00:00")
@example(b"#0> " + b": a @ a" * 60)
def test_any_bytes_are_tickets_or_malformed(data: bytes) -> None:
    for text in klist.texts(data):
        for ticket in malformed_or_tickets(text):
            assert ticket.client
            assert ticket.service


def malformed_or_tickets(text: str) -> list[klist.ListedTicket]:
    try:
        return klist.tickets(text, BERLIN)
    except Malformed:
        return []
