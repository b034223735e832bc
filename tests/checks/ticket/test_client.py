"""ticket.client: the result of libkrb5 against the path of Windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from krbcheck.facts.kerberos import (
    LibkrbAttempt,
    LibkrbTicket,
    LibkrbTickets,
    ServiceTickets,
    TicketPath,
)
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.site.stated import Site
from tests.support import ticket_paths
from tests.support.ticket_paths import BY_ORDER, REFERRAL, REFUSED, SERVED, UNKNOWN_SPN, direct, searched, subjects

alone = ticket_paths.alone
unstated = ticket_paths.unstated

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE = "alice-hv01$@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"
DC1, DC2, TIDC = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com", "tidc.tintri.com"
Lines = Callable[..., list[str]]
SILENCE = Gap.TIMED_OUT


def library(value: LibkrbTicket | Gap) -> LibkrbTickets:
    asked = f"libkrb5 for {SPN}"
    if isinstance(value, Gap):
        silence = Unobserved(value, "took too long", asked, NOW, "alice")
        return LibkrbTickets((LibkrbAttempt("alice", ALICE, SPN, silence),))
    return LibkrbTickets((LibkrbAttempt("alice", ALICE, SPN, Observed(value, asked, NOW, "alice")),))


FROM_TINTRI, NOT_FOUND = LibkrbTicket(True, "TINTRI.COM"), LibkrbTicket(False, code=7, message="Server not found")
CLIENT = [
    pytest.param(library(FROM_TINTRI), [direct(REFERRAL, SERVED)], "fine", id="both-find-it"),
    pytest.param(library(NOT_FOUND), [REFUSED, searched(UNKNOWN_SPN)], "fine", id="neither-finds-it"),
    pytest.param(library(FROM_TINTRI), [REFUSED, searched(UNKNOWN_SPN)], "ticket.client/masked", id="masked"),
    pytest.param(library(NOT_FOUND), [direct(REFERRAL, SERVED)], "ticket.client/differs", id="the-library-fails"),
    pytest.param(
        library(LibkrbTicket(True, "FABRIC.COM")),
        [direct(REFERRAL, SERVED)],
        "ticket.client/differs",
        id="another-realm",
    ),
    pytest.param(
        library(FROM_TINTRI), [direct(REFERRAL, SERVED), direct(UNKNOWN_SPN, kdc=DC2)], "fine", id="by-luck-and-found"
    ),
    pytest.param(
        library(NOT_FOUND), [direct(REFERRAL, SERVED), direct(UNKNOWN_SPN, kdc=DC2)], "fine", id="by-luck-and-not-found"
    ),
    pytest.param(library(SILENCE), [direct(REFERRAL, SERVED)], "unknown", id="the-library-hangs"),
    pytest.param(library(FROM_TINTRI), [direct(SILENCE)], "unknown", id="the-kdc-is-silent"),
    pytest.param(LibkrbTickets(), [], "unknown", id="nobody-was-asked"),
]


@pytest.mark.parametrize(("libkrb", "paths", "code"), CLIENT)
def test_the_library_is_held_against_the_windows_way(
    lines: Lines, alone: Site, libkrb: LibkrbTickets, paths: Sequence[TicketPath], code: str
) -> None:
    assert lines("ticket.client", libkrb, ServiceTickets(tuple(paths)), of=alone) == subjects([code])


def test_a_search_order_that_is_not_stated_is_masked_by_the_library(lines: Lines, unstated: Site) -> None:
    paths = ServiceTickets((REFUSED, BY_ORDER))
    assert lines("ticket.client", library(FROM_TINTRI), paths, of=unstated) == subjects(["ticket.client/masked"])
