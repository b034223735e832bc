"""dns.address: the addresses of a data path against those that the site states."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.judging.verdict import Verdict
from krbcheck.site.stated import Site
from tests.support.name_answers import BOB_UNKNOWN, Answers, finding, names, said, silence, unstated

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = "vmstore-alice.tintri.com"
BOB = "vmstore-bob.tintri.com"
HERS, HIS, HERS_TOO, NOBODYS = "10.77.11.30", "10.77.12.30", "10.77.11.99", "10.9.9.9"


ADDRESS = [
    pytest.param({"s": [HERS]}, ["fine"], id="the stated address"),
    pytest.param({"s": [HERS, HIS]}, ["dns.address/round-robin"], id="another tenant's beside it"),
    pytest.param({"s": [HERS, NOBODYS]}, ["dns.address/round-robin"], id="nobody's beside it"),
    pytest.param({"s": [HERS, HERS_TOO]}, ["dns.address/wrong-address"], id="two of the tenant's network"),
    pytest.param({"s": [HERS_TOO]}, ["dns.address/wrong-address"], id="another of the tenant's network"),
    pytest.param({"s": [HIS]}, ["dns.address/wrong-address"], id="another tenant's"),
    pytest.param({"s": [NOBODYS]}, ["dns.address/outside-network"], id="nobody's"),
    pytest.param(
        {"s": [HERS, HIS], "t": [HIS, HERS], "u": [HERS]},
        ["dns.address/round-robin"],
        id="one finding however many servers say it",
    ),
    pytest.param(
        {"s": [HERS, HIS], "t": [NOBODYS]},
        ["dns.address/round-robin", "dns.address/outside-network"],
        id="one finding a fault",
    ),
    pytest.param({"s": "NXDOMAIN"}, ["unknown"], id="no such name is another check's"),
    pytest.param({"s": None}, ["unknown"], id="silence"),
    pytest.param({"s": None, "t": [HERS]}, ["unknown"], id="silence beside an address"),
    pytest.param({"s": "REFUSED", "t": [HERS]}, ["unknown"], id="an error beside an address"),
    pytest.param({}, ["unknown"], id="nobody to ask"),
]


@pytest.mark.parametrize(("answers", "codes"), ADDRESS)
def test_address(lines: Lines, answers: Answers, codes: list[str]) -> None:
    expected = [f"{code} alice {ALICE}" for code in codes]
    assert lines("dns.address", names(answers)) == [*expected, BOB_UNKNOWN]


HERS_SIX, HIS_SIX = "fd00:11::30", "fd00:12::30"


@pytest.fixture
def dual(site: Site) -> Site:
    """Both tenants have an IPv6 network too; the site file states IPv4 addresses alone."""
    tenants = (
        msgspec.structs.replace(of, networks=(*of.networks, network))
        for of, network in zip(site.tenants, ("fd00:11::/64", "fd00:12::/64"), strict=True)
    )
    return msgspec.structs.replace(site, tenants=tuple(tenants))


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([HERS, HERS_SIX], "fine"),
        ([HERS, HIS_SIX], "dns.address/round-robin"),
        ([HERS, "fd00:99::1"], "dns.address/round-robin"),
        ([HERS_SIX], "dns.address/wrong-address"),
        ([HERS_TOO, HERS_SIX], "dns.address/wrong-address"),
    ],
)
def test_the_other_family_is_right_in_the_tenants_network_beside_the_stated_address(
    lines: Lines, dual: Site, found: list[str], code: str
) -> None:
    assert lines("dns.address", names({"s": found}), of=dual)[0] == f"{code} alice {ALICE}"


def test_the_other_family_alone_is_not_judged_while_the_stated_one_is_not_known(lines: Lines, dual: Site) -> None:
    six = NameAnswer("alice", ALICE, "AAAA", "s", said(DnsAnswer("NOERROR", addresses=(HERS_SIX,)), "s"))
    answers = NameAnswers((NameAnswer("alice", ALICE, "A", "s", silence("s")), six))
    assert lines("dns.address", answers, of=dual)[0] == f"unknown alice {ALICE}"


def test_the_fix_of_a_wrong_ipv6_address_removes_its_record(judged: Judged, dual: Site) -> None:
    found = finding(judged("dns.address", names({"10.77.0.20": [HERS, HERS_SIX, HIS_SIX]}), of=dual))
    assert found.values["whose"] == ("fd00:12::30 (bob's network)",)
    assert found.values["which"] == "1 of 2 connections", "of those over IPv6"
    removed = [step.command for step in found.remedy if step.command.startswith("Remove-")]
    assert [(" -RRType AAAA " in command, HIS_SIX in command) for command in removed] == [(True, True)]


def test_a_host_uses_no_wrong_address_of_the_family_that_it_does_not_use(judged: Judged, dual: Site) -> None:
    found = finding(judged("dns.address", names({"s": [HERS, HIS_SIX]}), of=dual))
    assert found.values["which"] == "all connections over IPv6"
    found = finding(judged("dns.address", names({"s": [HIS, HERS_SIX]}), of=dual))
    assert found.values["which"] == "all connections over IPv4"


def test_address_without_a_stated_one_has_to_be_in_the_tenants_network(lines: Lines, site: Site) -> None:
    free = unstated(site)
    assert lines("dns.address", names({"s": [HERS_TOO]}), of=free)[0] == f"fine alice {ALICE}"
    assert lines("dns.address", names({"s": [HIS]}), of=free)[0] == f"dns.address/wrong-address alice {ALICE}"


def test_without_stated_networks_only_another_tenants_address_is_wrong(lines: Lines, site: Site) -> None:
    alice = msgspec.structs.replace(unstated(site).tenants[0], networks=())
    free = msgspec.structs.replace(site, tenants=(alice, site.tenants[1]))
    assert lines("dns.address", names({"s": [NOBODYS]}), of=free)[0] == f"fine alice {ALICE}"
    assert lines("dns.address", names({"s": [HIS]}), of=free)[0] == f"dns.address/wrong-address alice {ALICE}"


def test_round_robin_says_how_often_a_host_fails(judged: Judged) -> None:
    found = finding(judged("dns.address", names({"10.77.0.20": [HERS, HIS, NOBODYS]})))
    assert (found.values["which"], found.values["n"]) == ("2 of 3 connections", "3")
    assert found.values["whose"] == ("10.77.12.30 (bob's network)", "10.9.9.9 (in no stated network)")
    assert found.values["found"] == "10.77.11.30, 10.77.12.30, 10.9.9.9 at 10.77.0.20"
    removed = [step.command for step in found.remedy if step.command.startswith("Remove-")]
    assert removed == [
        "Remove-DnsServerResourceRecord -ZoneName tintri.com -RRType A -Name 'vmstore-alice' "
        f"-RecordData {address} -ComputerName 10.77.0.20 -Force"
        for address in (HIS, NOBODYS)
    ]
