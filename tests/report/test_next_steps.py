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


def test_a_result_may_state_its_next_step() -> None:
    verdict = unknown("dc1", Unobserved(Gap.MALFORMED, "no", "accounts", AT, "alice", of=SERVER), next_step="Do this")
    assert next_step(verdict, [], [], ()) == "Do this"


@pytest.mark.parametrize(
    ("scenario", "says", "step"),
    [
        (
            "impostor-kdc",
            "vmdc2.vmlevel.com (10.77.0.11) port 88 sends replies that are not valid: ",
            "Read the replic",
        ),
        ("vmstore-forbidden", "the REST API of vmstore returns HTTP 403 ERR-API-6010: ", "The role of the account"),
        ("vmstore-error", "the REST API of vmstore returns HTTP 500 ERR-API-0007: ", "Run krbcheck again; "),
        ("vmstore-busy", "the REST API of vmstore returns HTTP 503 ERR-API-9013: ", "vmstore.tintri.com starts or "),
        ("vmstore-too-many-requests", "the REST API of vmstore returns HTTP 429: ", "Run krbcheck again in some "),
        ("vmstore-slow", "vmstore.tintri.com does not respond (timeout): port 443", "Other queries are answered at "),
        ("vmstore-redirects", "the REST API of vmstore returns HTTP 302: ", "Correct url under vmstore_api"),
        ("vmstore-roles-hidden", "the REST API of vmstore returns HTTP 403 ", "The role of the account under "),
        ("vmstore-groups-hidden", "vmstore does not return the groups of the role Admin", "Settings > Management "),
        (
            "lsarpc-denied",
            "vmstore rejects queries of the reader of its domain: TREE_CONNECT ",
            "Allow the account that ",
        ),
    ],
)
def test_a_server_with_one_fault_is_one_reason_with_one_step(scenario: str, says: str, step: str) -> None:
    report = scenarios.report_of(scenarios.facts_of(scenario), scenarios.site_of(scenario))
    (group,) = undetermined(report)
    assert group.says.startswith(says)
    assert group.next.startswith(step)


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
