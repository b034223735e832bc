"""dns.reverse: the PTR records of the addresses of a data path."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from krbcheck.facts.names import DnsAnswer, NameAnswers, ReverseAnswer
from krbcheck.facts.observation import Observation
from krbcheck.judging.verdict import Verdict
from krbcheck.site.stated import Site
from tests.support.name_answers import BOB_UNKNOWN, both, finding, names, said, silence, unstated
from tests.support.remedies import text

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = "vmstore-alice.tintri.com"
BOB = "vmstore-bob.tintri.com"
HERS, HIS = "10.77.11.30", "10.77.12.30"


def reverse(answers: Mapping[str, Sequence[str] | None]) -> NameAnswers:
    """By name server: names, or an rcode, or silence."""
    found = []
    for server, entry in answers.items():
        seen: Observation[DnsAnswer] = silence(server)
        if isinstance(entry, str):
            seen = said(DnsAnswer(entry), server)
        elif entry is not None:
            seen = said(DnsAnswer("NOERROR", names=tuple(entry)), server)
        found.append(ReverseAnswer("alice", ALICE, HERS, server, seen))
    return NameAnswers((), tuple(found))


REVERSE = [
    pytest.param({"s": [ALICE], "t": [ALICE]}, "fine", id="the name"),
    pytest.param({"s": ["vmstore.tintri.com"]}, "dns.reverse/reverse-differs", id="another name"),
    pytest.param({"s": [ALICE, "vmstore.tintri.com"]}, "dns.reverse/reverse-differs", id="two names"),
    pytest.param({"s": "NXDOMAIN"}, "dns.reverse/reverse-differs", id="no name"),
    pytest.param({"s": [ALICE], "t": []}, "dns.reverse/reverse-differs", id="none at one server"),
    pytest.param({"s": "REFUSED"}, "unknown", id="a server that refuses"),
    pytest.param({"s": None}, "unknown", id="silence"),
    pytest.param({"s": None, "t": [ALICE]}, "unknown", id="silence beside the name"),
    pytest.param({}, "unknown", id="nobody to ask"),
]


@pytest.mark.parametrize(("answers", "code"), REVERSE)
def test_reverse(lines: Lines, answers: Mapping[str, Sequence[str] | None], code: str) -> None:
    assert lines("dns.reverse", reverse(answers)) == [f"{code} alice {ALICE}", BOB_UNKNOWN]


def test_reverse_says_what_it_found_and_the_command(judged: Judged) -> None:
    found = finding(judged("dns.reverse", reverse({"10.77.11.1": "NXDOMAIN"})))
    assert (found.values["address"], found.values["found"]) == (HERS, "no name at 10.77.11.1")
    assert "Add-DnsServerResourceRecordPtr -ZoneName 11.77.10.in-addr.arpa -Name '30' " in text(found)


def test_reverse_leaves_other_tenants_addresses_alone(lines: Lines, site: Site) -> None:
    reply = both(names({"s": [HIS]}), reverse({"s": ["vmstore-bob.tintri.com"]}))
    assert lines("dns.reverse", reply, of=unstated(site))[0] == f"unknown alice {ALICE}"


def test_the_reverse_zone_of_an_ipv6_address_is_that_of_its_64_bit_network(judged: Judged, site: Site) -> None:
    alice = replace(site.tenants[0], data_paths=(replace(site.tenants[0].data_paths[0], address="fd00:11::30"),))
    unanswered = ReverseAnswer("alice", ALICE, "fd00:11::30", "10.77.0.20", said(DnsAnswer("NXDOMAIN"), "10.77.0.20"))
    of = replace(site, tenants=(alice, site.tenants[1]))
    command = text(finding(judged("dns.reverse", NameAnswers(reverse=(unanswered,)), of=of)))
    zone = "0.0.0.0.0.0.0.0.1.1.0.0.0.0.d.f.ip6.arpa"
    assert f"-ZoneName {zone} -Name '0.3.0.0.0.0.0.0.0.0.0.0.0.0.0.0' " in command
