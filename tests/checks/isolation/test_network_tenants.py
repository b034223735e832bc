"""isolation.network: no tenant connects to the data path of another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.ports import PortAnswer, PortAnswers, PortState
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import DataPath, Site
from tests.support import names
from tests.support.port_answers import tried
from tests.support.remedies import text

cloud, lines, site = names.cloud, names.lines, names.site
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = "vmstore-alice.tintri.com"
BOB = "vmstore-bob.tintri.com"
HERS, HIS = "10.77.11.30", "10.77.12.30"


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
    (reason,) = verdict.because
    assert reason.line == "TCP 445 of 10.77.12.30, from alice: filtered (so it is)"


def test_network_names_both_tenants(judged: Judged) -> None:
    found = judged("isolation.network", PortAnswers((tried(HIS, PortState.OPEN, "bob"),)))[0]
    assert isinstance(found, Finding)
    assert found.says == f"alice can connect to data path {BOB} of bob at {HIS} TCP 445"
    assert "deny the networks of alice (10.77.11.0/24) access to 10.77.12.30" in text(found)


def test_an_address_that_two_tenants_share_cannot_be_judged(judged: Judged, site: Site) -> None:
    alice, bob = site.tenants
    shared = msgspec.structs.replace(bob, data_paths=(DataPath(BOB, "vmstore", HERS),))
    verdict = judged("isolation.network", PortAnswers(), of=msgspec.structs.replace(site, tenants=(alice, shared)))[0]
    (reason,) = verdict.because
    assert reason.line == "alice uses the same address 10.77.11.30, so the network cannot isolate them"
