"""What knocking at data paths is judged to be: dns.port, isolation.network; and paths by address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.ports import PortAnswer, PortAnswers, PortState
from krbcheck.site.stated import DataPath, Site
from tests.support.port_answers import tried

Lines = Callable[..., list[str]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = "vmstore-alice.tintri.com"
BOB = "vmstore-bob.tintri.com"
HERS, HIS, HERS_TOO = "10.77.11.30", "10.77.12.30", "10.77.11.99"


OWN = [
    pytest.param([tried(HERS, PortState.OPEN)], ["fine"], id="open"),
    pytest.param([tried(HERS, PortState.CLOSED)], ["dns.port/closed"], id="closed"),
    pytest.param([tried(HERS, PortState.FILTERED)], ["dns.port/filtered"], id="filtered"),
    pytest.param([tried(HERS, PortState.UNREACHABLE)], ["dns.port/filtered"], id="unreachable"),
    pytest.param([tried(HERS, None)], ["unknown"], id="no answer"),
    pytest.param([], ["unknown"], id="not asked"),
    pytest.param(
        [tried(HERS, PortState.OPEN), tried(HERS_TOO, PortState.FILTERED)],
        ["fine"],
        id="an address that is not the stated one is another check's",
    ),
    pytest.param([tried(HERS, None), tried(HERS, PortState.OPEN)], ["fine"], id="answered the second time"),
    pytest.param(
        [tried(HERS, PortState.OPEN), tried(HERS, PortState.FILTERED)],
        ["dns.port/filtered"],
        id="one of two hosts of the tenant",
    ),
]


@pytest.mark.parametrize(("answers", "codes"), OWN)
def test_port(lines: Lines, answers: list[PortAnswer], codes: list[str]) -> None:
    expected = [*(f"{code} alice {ALICE}" for code in codes), f"unknown bob {BOB}"]
    assert lines("dns.port", PortAnswers(tuple(answers))) == expected


def test_an_address_of_the_other_family_in_the_tenants_network_is_judged(lines: Lines, site: Site) -> None:
    alice = msgspec.structs.replace(site.tenants[0], networks=(*site.tenants[0].networks, "fd00:11::/64"))
    dual = msgspec.structs.replace(site, tenants=(alice,))
    found = PortAnswers((tried(HERS, PortState.OPEN), tried("fd00:11::30", PortState.FILTERED)))
    assert lines("dns.port", found, of=dual) == [f"fine alice {ALICE}", f"dns.port/filtered alice {ALICE}"]


def test_without_a_stated_address_each_of_the_tenants_network_is_judged(lines: Lines, site: Site) -> None:
    alice = msgspec.structs.replace(site.tenants[0], data_paths=(DataPath(ALICE, "vmstore"),))
    free = msgspec.structs.replace(site, tenants=(alice,))
    found = PortAnswers(
        (
            tried(HERS, PortState.OPEN),
            tried(HERS_TOO, PortState.CLOSED),
            tried(HIS, PortState.FILTERED),
        )
    )
    assert lines("dns.port", found, of=free) == [f"fine alice {ALICE}", f"dns.port/closed alice {ALICE}"]
