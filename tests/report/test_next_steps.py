"""The next step for results that are not determined."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fixtures import scenarios
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.judging.verdict import Unknown, fine, unknown
from krbcheck.report.grouping import undetermined
from krbcheck.report.next_steps import answered, next_step

AT = datetime(2026, 1, 1, tzinfo=UTC)
SERVER = "dc1.example.com (192.0.2.1)"


def silent(gap: Gap, of: str = f"{SERVER}:389") -> Unknown:
    return unknown("dc1", Unobserved(gap, "no answer", "accounts", AT, "alice", of=of))


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (Gap.TIMED_OUT, "is on and has this address, and that no firewall drops connections from alice"),
        (Gap.OUT_OF_TIME, "is on and has this address"),
        (Gap.REFUSED, "the service of port 389 of dc1.example.com (192.0.2.1) runs"),
        (Gap.CLOSED, "log of the service of port 389"),
        (Gap.UNREACHABLE, "a route from alice to dc1.example.com"),
        (Gap.MALFORMED, "which server answers at 192.0.2.1: dc1.example.com is expected"),
    ],
)
def test_the_server_and_what_is_expected_of_it_are_named(gap: Gap, words: str) -> None:
    assert words in next_step(silent(gap), [SERVER], [389], ())


def test_a_server_that_answers_other_queries_is_not_off() -> None:
    value = Observed(scenarios.site_of("healthy"), "accounts", AT, "alice", of=f"{SERVER}:389")
    answering = answered([fine("dc1", value), silent(Gap.TIMED_OUT)])
    assert answering == {f"{SERVER}:389"}
    assert "read the log of its service" in next_step(silent(Gap.TIMED_OUT), [SERVER], [389], answering)


def test_several_servers_share_something() -> None:
    assert "what these servers share" in next_step(silent(Gap.TIMED_OUT), [SERVER, "192.0.2.2"], [389], ())


@pytest.mark.parametrize(
    "verdict",
    [
        Unknown("x", "the site file states no secret"),
        silent(Gap.NO_CREDENTIALS, ""),
        pytest.param(silent(Gap.OUT_OF_TIME, "libkrb5"), id="a library of this host"),
    ],
)
def test_a_reason_that_is_no_servers_is_itself_what_to_do(verdict: Unknown) -> None:
    assert next_step(verdict, [], [], ()) == ""


@pytest.mark.parametrize("scenario", ["impostor-directory", "impostor-sysvol"])
def test_a_server_without_the_key_leads_to_the_server_that_was_expected(scenario: str) -> None:
    report = scenarios.report_of(scenarios.facts_of(scenario), scenarios.site_of(scenario))
    (group,) = (each for each in undetermined(report) if each.next)
    assert "which server answers at 10.77.0.11: vmdc2.vmlevel.com is expected" in group.next


def test_silent_name_servers_are_one_reason() -> None:
    report = scenarios.report_of(scenarios.facts_of("name-servers-dead"), scenarios.site_of("name-servers-dead"))
    (group,) = (each for each in undetermined(report) if each.servers)
    assert sorted(group.servers) == ["10.77.0.10", "10.77.0.20", "10.77.0.30", "10.77.11.1", "10.77.12.1"]
    assert group.ports == {53}
    assert group.says.endswith("and 1 more do not respond (timeout): port 53")
    assert len(group.follows.undetermined) == len({verdict.id for _, verdict in group.follows.undetermined}) > 100
