"""What knocking at data paths is judged to be: dns.port, isolation.network; and paths by address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.ports import PortAnswer, PortAnswers, PortReply, PortState
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import DataPath, Site

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = "vmstore-alice.tintri.com"
BOB = "vmstore-bob.tintri.com"
HERS, HIS, HERS_TOO = "10.77.11.30", "10.77.12.30", "10.77.11.99"


def tried(address: str, state: PortState | None, owner: str = "alice") -> PortAnswer:
    """From alice's place; None is a probe that did not come to an end."""
    seen: Observation[PortReply]
    if state is None:
        seen = Unobserved(Gap.OUT_OF_TIME, "nothing within 1 s", f"TCP 445 of {address}", AT, "alice")
    else:
        seen = Observed(PortReply(state, "so it is"), f"TCP 445 of {address}", AT, "alice")
    return PortAnswer("alice", owner, f"vmstore-{owner}.tintri.com", address, 445, seen)


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


OTHERS = [
    pytest.param([tried(HIS, PortState.OPEN, "bob")], "isolation.network/reachable", id="open"),
    pytest.param([tried(HIS, PortState.CLOSED, "bob")], "fine", id="closed"),
    pytest.param([tried(HIS, PortState.FILTERED, "bob")], "fine", id="filtered"),
    pytest.param([tried(HIS, PortState.UNREACHABLE, "bob")], "fine", id="unreachable"),
    pytest.param([tried(HIS, None, "bob")], "unknown", id="no answer"),
    pytest.param([tried(HERS, PortState.OPEN)], "unknown", id="only its own was asked"),
    pytest.param([], "unknown", id="not asked"),
    pytest.param(
        [tried(HIS, PortState.FILTERED, "bob"), tried(HIS, PortState.OPEN, "bob")],
        "isolation.network/reachable",
        id="from one of two hosts of the tenant",
    ),
]


@pytest.mark.parametrize(("answers", "code"), OTHERS)
def test_network(lines: Lines, answers: list[PortAnswer], code: str) -> None:
    # From bob's place nothing was asked.
    expected = [f"{code} alice {BOB}", f"unknown bob {ALICE}"]
    assert lines("isolation.network", PortAnswers(tuple(answers))) == expected


def test_network_says_what_is_as_it_should_be(judged: Judged) -> None:
    verdict = judged("isolation.network", PortAnswers((tried(HIS, PortState.FILTERED, "bob"),)))[0]
    assert verdict.because == ("TCP 445 of 10.77.12.30, from alice: filtered (so it is)",)


def test_network_names_both_tenants(judged: Judged) -> None:
    found = judged("isolation.network", PortAnswers((tried(HIS, PortState.OPEN, "bob"),)))[0]
    assert isinstance(found, Finding)
    assert found.says == f"From alice's place bob's data path {BOB} answers at {HIS} TCP 445"
    assert "deny alice's networks (10.77.11.0/24) the address 10.77.12.30" in found.remedy


def test_an_address_that_two_tenants_share_cannot_be_judged(judged: Judged, site: Site) -> None:
    alice, bob = site.tenants
    shared = msgspec.structs.replace(bob, data_paths=(DataPath(BOB, "vmstore", HERS),))
    verdict = judged("isolation.network", PortAnswers(), of=msgspec.structs.replace(site, tenants=(alice, shared)))[0]
    assert verdict.because == ("alice uses the same address 10.77.11.30: the network cannot keep them apart",)


def test_a_data_path_by_address(lines: Lines, judged: Judged, site: Site) -> None:
    alice, bob = site.tenants
    by_address = msgspec.structs.replace(alice, data_paths=(DataPath(HERS, "vmstore"), *alice.data_paths))
    other = msgspec.structs.replace(site, tenants=(by_address, bob))
    assert lines("backup.path", of=other) == [
        f"backup.path/by-address alice {HERS}",
        f"fine alice {ALICE}",
        f"fine bob {BOB}",
    ]
    found = judged("backup.path", of=other)[0]
    assert isinstance(found, Finding)
    assert found.values["expected"] == f"a name, such as {ALICE}"
    assert "setspn -S cifs/vmstore-alice.tintri.com VMSTORE$" in found.remedy
