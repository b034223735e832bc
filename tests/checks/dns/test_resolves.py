"""What the answers about data paths' names are judged to be: resolves, address, agree, alias, reverse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.judging.verdict import Verdict
from krbcheck.site.stated import DataPath, Site
from tests.support.name_answers import BOB_UNKNOWN, Answers, finding, names, said, silence
from tests.support.remedies import text

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = "vmstore-alice.tintri.com"
BOB = "vmstore-bob.tintri.com"
HERS = "10.77.11.30"


RESOLVES = [
    pytest.param({"10.77.11.1": [HERS], "10.77.0.20": [HERS]}, ["fine"], id="an address everywhere"),
    pytest.param({"10.77.11.1": "NXDOMAIN"}, ["dns.resolves/no-such-name"], id="no such name"),
    pytest.param(
        {"10.77.11.1": "NXDOMAIN", "10.77.0.20": "NXDOMAIN", "10.77.0.10": [HERS]},
        ["dns.resolves/no-such-name"],
        id="one finding for all servers that do not know it",
    ),
    pytest.param({"10.77.11.1": []}, ["dns.resolves/no-address"], id="a name without address"),
    pytest.param(
        {"10.77.11.1": [], "10.77.0.20": "NXDOMAIN"},
        ["dns.resolves/no-such-name"],
        id="a forwarder that loses the NXDOMAIN",
    ),
    pytest.param(
        {"10.77.11.1": "SERVFAIL", "10.77.0.20": "NXDOMAIN"},
        ["dns.resolves/no-such-name", "dns.resolves/no-address"],
        id="two causes",
    ),
    pytest.param({"10.77.11.1": "SERVFAIL"}, ["dns.resolves/no-address"], id="a server that fails"),
    pytest.param(
        {"10.77.11.1": DnsAnswer("NOERROR", aliases=("gone.tintri.com",))},
        ["dns.resolves/no-address"],
        id="an alias that leads nowhere",
    ),
    pytest.param({"10.77.11.1": None}, ["unknown"], id="silence"),
    pytest.param(
        {"10.77.11.1": None, "10.77.0.20": "NXDOMAIN"},
        ["dns.resolves/no-such-name", "unknown"],
        id="silence beside a no",
    ),
    pytest.param({"10.77.11.1": None, "10.77.0.20": [HERS]}, ["unknown"], id="silence beside a yes"),
    pytest.param({}, ["unknown"], id="nobody to ask"),
]


@pytest.mark.parametrize(("answers", "codes"), RESOLVES)
def test_resolves(lines: Lines, answers: Answers, codes: list[str]) -> None:
    expected = [f"{code} alice {ALICE}" for code in codes]
    assert lines("dns.resolves", names(answers)) == [*expected, BOB_UNKNOWN]


def test_resolves_names_the_servers_and_the_command(judged: Judged) -> None:
    reply = names({"10.77.11.1": "NXDOMAIN", "10.77.0.20": "NXDOMAIN", "10.77.0.10": [HERS]})
    found = finding(judged("dns.resolves", reply))
    assert found.values["found"] == "NXDOMAIN at 10.77.11.1, 10.77.0.20"
    added = "Add-DnsServerResourceRecordA -ZoneName tintri.com -Name 'vmstore-alice' -IPv4Address 10.77.11.30"
    assert f"{added} -ComputerName 10.77.0.20" in text(found)


def test_an_ipv6_address_is_an_address(lines: Lines) -> None:
    only_six = NameAnswers(
        (
            NameAnswer("alice", ALICE, "A", "10.77.11.1", silence("10.77.11.1")),
            NameAnswer("alice", ALICE, "AAAA", "10.77.11.1", said(DnsAnswer("NOERROR", ("fd00::30",)), "10.77.11.1")),
        )
    )
    assert lines("dns.resolves", only_six)[0] == f"fine alice {ALICE}"


@pytest.mark.parametrize("check", ["dns.resolves", "dns.address", "dns.agree", "dns.reverse"])
def test_an_address_typed_for_a_name_has_no_dns(lines: Lines, site: Site, check: str) -> None:
    alice = msgspec.structs.replace(site.tenants[0], data_paths=(DataPath(HERS, "vmstore"),))
    only = msgspec.structs.replace(site, tenants=(alice,))
    assert lines(check, NameAnswers(), of=only) == []


def test_why_a_tenant_was_not_asked_for_is_said(judged: Judged) -> None:
    bob = judged("dns.resolves", names({"s": [HERS]}))[1]
    assert [reason.line for reason in bob.because] == ["no leg on VLAN 12"]
