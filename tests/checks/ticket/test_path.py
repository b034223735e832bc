"""ticket.path: the realms that a service ticket passes through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from krbcheck.facts.directory import Directories, Trust, TrustAnswer, Trusts
from krbcheck.facts.kerberos import (
    ServiceTickets,
    TicketPath,
)
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.site.stated import Site
from tests.support import ticket_paths
from tests.support.ticket_paths import REFERRAL, SERVED, UNKNOWN_SPN, direct, ticket, ticket_path

alone = ticket_paths.alone

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE = "alice-hv01$@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"
DC1, DC2, TIDC = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com", "tidc.tintri.com"
Lines = Callable[..., list[str]]


def trusting(*partners: str) -> Directories:
    found = Trusts(tuple(Trust(partner, "X", "S-1-5-21-1", 3, 2, 0) for partner in partners))
    return Directories(trusts=(TrustAnswer("vmlevel.com", DC1, Observed(found, "trusts", NOW, "station")),))


SILENT_TRUSTS = TrustAnswer(
    "vmlevel.com", DC2, Unobserved(Gap.TIMED_OUT, "no answer within 3 s", "trusts", NOW, "station")
)
DETOUR = ticket_path(
    ("VMLEVEL.COM", DC1, SPN, ticket("krbtgt/CORP.COM", "VMLEVEL.COM")),
    ("CORP.COM", "dc.corp.com", SPN, ticket("krbtgt/TINTRI.COM", "CORP.COM")),
    ("TINTRI.COM", TIDC, SPN, SERVED),
)


@pytest.mark.parametrize(
    ("paths", "directories", "code"),
    [
        pytest.param([direct(REFERRAL, SERVED)], trusting("tintri.com"), "ticket.path/path", id="straight"),
        pytest.param([DETOUR], trusting("corp.com"), "ticket.path/path", id="there-is-no-shorter-one"),
        pytest.param([DETOUR], trusting("corp.com", "tintri.com"), "ticket.path/long-path", id="a-detour"),
        pytest.param([direct(UNKNOWN_SPN)], trusting(), "unknown", id="no-ticket"),
        pytest.param([], trusting(), "unknown", id="nobody-was-asked"),
    ],
)
def test_the_path_is_reported(
    lines: Lines, alone: Site, paths: Sequence[TicketPath], directories: Directories, code: str
) -> None:
    assert lines("ticket.path", ServiceTickets(tuple(paths)), directories, of=alone) == [f"{code} alice {SPN}"]


@pytest.mark.parametrize(
    "others",
    [
        pytest.param((), id="no-controller"),
        pytest.param((SILENT_TRUSTS,), id="silent-controller"),
        pytest.param((*trusting("corp.com").trusts, SILENT_TRUSTS), id="one-of-two-controllers"),
    ],
)
def test_a_detour_is_not_determined_while_a_controller_may_have_a_direct_trust(
    lines: Lines, alone: Site, others: tuple[TrustAnswer, ...]
) -> None:
    found = lines("ticket.path", ServiceTickets((DETOUR,)), Directories(trusts=others), of=alone)
    assert found == [f"unknown alice {SPN}"]


def test_a_detour_beside_one_controller_with_a_direct_trust_is_too_long(lines: Lines, alone: Site) -> None:
    trusts = (SILENT_TRUSTS, *trusting("tintri.com").trusts)
    found = lines("ticket.path", ServiceTickets((DETOUR,)), Directories(trusts=trusts), of=alone)
    assert found == [f"ticket.path/long-path alice {SPN}"]


def test_a_way_that_many_take_is_told_once(lines: Lines, alone: Site) -> None:
    same = ServiceTickets((direct(REFERRAL, SERVED), direct(REFERRAL, SERVED)))
    assert lines("ticket.path", same, of=alone) == [f"ticket.path/path alice {SPN}"]
