"""Every name server's answers about a name: in the order of the queries, an answer before a missing one."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.views.server_answers import NameServerAnswers

AT = datetime(2026, 11, 25, tzinfo=UTC)
NAME = "vmstore-alice.tintri.com"
SILENCE = Unobserved(Gap.TIMED_OUT, "no answer within 2 s", "A", AT, "alice")


def observed(*addresses: str, rcode: str = "NOERROR") -> Observation[DnsAnswer]:
    return Observed(DnsAnswer(rcode, addresses), "A", AT, "alice")


def answers(*records: tuple[str, str, Observation[DnsAnswer]]) -> NameServerAnswers:
    forward = tuple(NameAnswer("alice", NAME, kind, server, seen) for server, kind, seen in records)
    vantages = Vantages((VantagePoint("alice", "station", "10.77.11.9"), VantagePoint("bob", "station", "", "no leg")))
    return NameServerAnswers(NameAnswers(forward), vantages)


def test_servers_keep_the_order_in_which_they_were_queried() -> None:
    found = answers(("10.0.0.2", "A", observed("10.77.11.30")), ("10.0.0.1", "A", observed("10.77.11.31")))
    held = found.of("alice", NAME)
    assert [(entry.server, entry.addresses) for entry in held] == [
        ("10.0.0.2", ("10.77.11.30",)),
        ("10.0.0.1", ("10.77.11.31",)),
    ]
    assert found.of("alice", NAME) is held, "grouped once"


def test_an_answer_replaces_a_missing_one_and_no_other_answer() -> None:
    (server,) = answers(
        ("10.0.0.1", "A", SILENCE), ("10.0.0.1", "A", observed("10.77.11.30")), ("10.0.0.1", "A", observed("10.9.9.9"))
    ).of("alice", NAME)
    assert server.addresses == ("10.77.11.30",)
    (answered,) = answers(("10.0.0.1", "A", observed("10.77.11.30")), ("10.0.0.1", "A", SILENCE)).of("alice", NAME)
    assert not answered.silent


def test_a_server_without_an_answer_for_ipv4_is_silent() -> None:
    (server,) = answers(("10.0.0.1", "A", SILENCE), ("10.0.0.1", "AAAA", observed(rcode="NXDOMAIN"))).of("alice", NAME)
    assert server.silent
    assert server.rcode == "NXDOMAIN"


def test_another_tenants_answers_are_its_own() -> None:
    assert answers(("10.0.0.1", "A", observed("10.77.11.30"))).of("bob", NAME) == ()


def test_why_no_server_answered_depends_on_whether_the_tenant_was_queried_for() -> None:
    found = answers()
    assert found.why_none("bob") == "no leg"
    assert found.why_none("alice").startswith("the site states no name server for alice")
