"""Answers of name servers: what they decide, and the addresses and controllers that follow from them."""

from __future__ import annotations

import pytest

from krbcheck.facts.names import (
    Controller,
    ControllerGap,
    Controllers,
    DnsAnswer,
    HostAnswer,
    LocatorAnswer,
    LocatorAnswers,
    NameAnswer,
    NameAnswers,
    SrvTarget,
)
from tests.support.observing import observed, silence

PATH = "vmstore-alice.tintri.com"
LDAP = "_ldap._tcp.dc._msdcs"


@pytest.mark.parametrize(
    ("rcode", "decided"), [("NOERROR", True), ("NXDOMAIN", True), ("SERVFAIL", False), ("REFUSED", False)]
)
def test_an_error_of_the_name_server_decides_nothing(rcode: str, decided: bool) -> None:
    assert DnsAnswer(rcode).decided is decided


@pytest.mark.parametrize(
    ("answer", "summary"),
    [
        (DnsAnswer("SERVFAIL", ("10.77.11.30",)), "SERVFAIL"),
        (DnsAnswer("NOERROR"), "no such record"),
        (DnsAnswer("NOERROR", ("10.77.11.30", "10.77.11.31")), "10.77.11.30, 10.77.11.31"),
        (DnsAnswer("NOERROR", ("10.77.11.30",), ("new.tintri.com",)), "alias of new.tintri.com: 10.77.11.30"),
        (DnsAnswer("NOERROR", names=("vmstore.tintri.com",)), "vmstore.tintri.com"),
        (DnsAnswer("NOERROR", targets=(SrvTarget(0, 1, 88, "dc1"), SrvTarget(0, 1, 464, "dc1"))), "dc1"),
    ],
)
def test_an_answer_is_summarized_by_its_records(answer: DnsAnswer, summary: str) -> None:
    assert answer.summary() == summary


def test_the_addresses_of_all_name_servers_are_listed_once() -> None:
    answers = NameAnswers(
        (
            NameAnswer("alice", PATH, "A", "10.77.11.1", observed(DnsAnswer("NOERROR", ("10.77.11.30",)))),
            NameAnswer("alice", PATH, "A", "10.77.11.2", observed(DnsAnswer("NOERROR", ("10.77.11.30", "10.9.9.9")))),
            NameAnswer("alice", PATH, "AAAA", "10.77.11.1", silence()),
            NameAnswer("bob", PATH, "A", "10.77.12.1", observed(DnsAnswer("NOERROR", ("10.8.8.8",)))),
        )
    )
    assert answers.addresses("alice", PATH) == ["10.77.11.30", "10.9.9.9"]
    assert [answer.server for answer in answers.of("bob", PATH)] == ["10.77.12.1"]
    assert answers.addresses("carol", PATH) == []


def test_a_lone_dot_is_no_host() -> None:
    """RFC 2782: the target "." states that the service is not available."""
    records = (SrvTarget(0, 1, 389, "dc2"), SrvTarget(0, 1, 389, "dc1"), SrvTarget(0, 0, 0, ""))
    answer = LocatorAnswer("vmlevel.com", LDAP, "10.77.0.10", observed(DnsAnswer("NOERROR", targets=records)))
    other = LocatorAnswer("tintri.com", LDAP, "10.77.0.20", observed(DnsAnswer("NOERROR", targets=records[:1])))
    located = LocatorAnswers(services=(answer, other))
    assert located.named("vmlevel.com", LDAP) == ["dc1", "dc2"]
    assert located.named("vmlevel.com", "_gc._tcp") == []


def test_the_addresses_of_a_host_are_those_in_its_own_domain() -> None:
    address = observed(DnsAnswer("NOERROR", ("10.77.0.10",)))
    hosts = (
        HostAnswer("vmlevel.com", "dc1", "A", "10.77.0.10", address),
        HostAnswer("vmlevel.com", "dc1", "A", "10.77.0.11", address),
        HostAnswer("tintri.com", "dc1", "A", "10.77.0.10", observed(DnsAnswer("NOERROR", ("10.77.0.20",)))),
    )
    assert LocatorAnswers(hosts=hosts).addresses("vmlevel.com", "dc1") == ["10.77.0.10"]


def test_controllers_are_found_by_domain_or_realm() -> None:
    first, second = Controller("vmlevel.com", "dc1", "10.77.0.10"), Controller("tintri.com", "dc9", "10.77.0.20")
    known = Controllers((first, second, first))
    assert known.of("VMLEVEL.COM") == [first]


def test_a_domain_without_controllers_has_the_reasons_of_its_gaps() -> None:
    gaps = (
        ControllerGap("vmlevel.com", "", "10.77.0.10 does not respond"),
        ControllerGap("vmlevel.com", "dc1", "dc1 has no address"),
        ControllerGap("tintri.com", "", "another domain"),
        ControllerGap("vmlevel.com", "dc2", "dc1 has no address"),
    )
    why = Controllers(gaps=gaps).why_none("VMLEVEL.COM")
    assert why == "no controller of vmlevel.com is known: 10.77.0.10 does not respond; dc1 has no address"
    assert Controllers().why_none("vmlevel.com").endswith("its name servers were not queried")
