"""What the lab once showed is judged today as it was then; and no check holds a problem that nothing provokes."""

from __future__ import annotations

import json
from functools import cache

import pytest

from fixtures import scenarios
from fixtures.lab.catalogue import Fault, all_faults
from fixtures.recorded.add_host_tickets import added
from fixtures.scenarios import REWRITE, SCENARIOS, about, changes_of, expected_of, facts_of, site_of
from krbcheck.judging import registry
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.verdict import Finding, Fine, Outcome, Severity, Unknown
from krbcheck.recording import encoding
from tests.support.remedies import commands
from tests.support.unproved_answers import wrongly_marked

FOLLOWING = {"handmade-dpm-server-in-a-domain-without-a-trust": {"backup.domain/untrusted"}}
"""By a scenario that is made by hand: the codes of its findings that follow from others."""


@cache
def judged(scenario: str) -> list[CheckReport]:
    return scenarios.judged(facts_of(scenario), site_of(scenario))


def findings(scenario: str) -> list[Finding]:
    return [verdict for report in judged(scenario) for verdict in report.verdicts if isinstance(verdict, Finding)]


@pytest.mark.parametrize("scenario", [scenarios.HEALTHY, scenarios.WITH_API])
def test_an_answer_without_a_key_is_marked_and_every_other_has_one(scenario: str) -> None:
    assert list(wrongly_marked(facts_of(scenario))) == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_leads_to_its_findings_and_no_others(scenario: str) -> None:
    found = {
        f"{finding.code} | {finding.tenant} | {finding.subject}"
        for finding in findings(scenario)
        if finding.severity != Severity.NOTE
    }
    assert sorted(found) == expected_of(scenario)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_verdict_of_a_scenario_is_pinned(scenario: str) -> None:
    """Findings with severity, notes, fine and not determined, each with check, tenant and subject."""
    changes = changes_of(scenario, scenarios.lines_of(judged(scenario)))
    how = f"If each of these is meant: {REWRITE}, then read git diff fixtures/recorded"
    assert not changes, "\n".join([f"{scenario} is judged differently from what is pinned (-):", *changes, how])


@pytest.mark.parametrize("fault", all_faults().values(), ids=lambda fault: fault.name)
def test_a_fault_of_the_lab_names_the_codes_of_its_scenario(fault: Fault) -> None:
    """So that what is pinned for the scenario is what the live test of the fault asserts."""
    assert sorted({line.split(" | ")[0] for line in expected_of(fault.name)}) == sorted(fault.leads_to)


@pytest.mark.parametrize("fault", all_faults().values(), ids=lambda fault: fault.name)
def test_a_fault_with_several_codes_names_the_causes_among_them(fault: Fault) -> None:
    """A fault with one code is its own cause; else CAUSES states which codes are the fault, and which follow."""
    assert set(fault.causes) <= set(fault.leads_to)
    assert len(fault.leads_to) < 2 or fault.states_causes


@pytest.mark.parametrize("fault", all_faults().values(), ids=lambda fault: fault.name)
def test_the_causes_of_a_scenario_are_the_faults_that_were_made(fault: Fault) -> None:
    """Each cause is one problem of the report, however many findings it has, and everything else follows from them."""
    report = scenarios.report_of(facts_of(fault.name), site_of(fault.name))
    assert sorted(scenarios.problems_of(report)) == sorted(fault.causes)


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name.startswith("handmade-")])
def test_a_scenario_made_by_hand_has_no_cause_but_its_findings(scenario: str) -> None:
    report = scenarios.report_of(facts_of(scenario), site_of(scenario))
    expected = {line.split(" | ")[0] for line in expected_of(scenario)} - FOLLOWING.get(scenario, set())
    assert set(scenarios.problems_of(report)) == expected


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_explaining_changes_no_verdict(scenario: str) -> None:
    report = scenarios.report_of(facts_of(scenario), site_of(scenario))
    assert scenarios.lines_of(report.checks) == scenarios.lines_of(judged(scenario))
    assert [check.outcome for check in report.checks] == [check.outcome for check in judged(scenario)]


def test_every_scenario_is_a_fault_of_the_lab_or_made_by_hand() -> None:
    recorded = {name for name in SCENARIOS if not name.startswith("handmade-")}
    assert recorded == {scenarios.HEALTHY, *all_faults()}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_check_crashes_on_a_scenario(scenario: str) -> None:
    assert [report.crash for report in judged(scenario) if report.outcome is Outcome.CRASHED] == []


def test_the_healthy_scenario_leaves_nothing_unknown() -> None:
    assert [
        verdict for report in judged("healthy") for verdict in report.verdicts if isinstance(verdict, Unknown)
    ] == []


def test_remedies_of_usual_names_are_whole() -> None:
    """Where a name held what harms a shell there is a question mark; what the lab calls things has none."""
    every = {
        command for scenario in SCENARIOS for finding in findings(scenario) for command in commands(finding.remedy)
    }
    assert sorted(name for name in every if "?" in name) == []


def test_every_problem_is_provoked_by_some_scenario() -> None:
    provoked = {finding.code for scenario in SCENARIOS for finding in findings(scenario)}
    known = {f"{check.id}/{problem.slug}" for check in registry.load().values() for problem in check.problems}
    assert sorted(known - provoked) == []


def good(verdict: object) -> bool:
    """Fine, or the note that a check like ticket.path always gives where all is well."""
    return isinstance(verdict, Fine) or (isinstance(verdict, Finding) and verdict.severity is Severity.NOTE)


def test_every_check_finds_something_fine_in_some_scenario() -> None:
    fine = {
        report.id
        for scenario in SCENARIOS
        for report in judged(scenario)
        if any(good(verdict) for verdict in report.verdicts)
    }
    assert sorted(set(registry.load()) - fine) == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_says_what_it_is(scenario: str) -> None:
    assert about(scenario).strip()
    assert not scenario.startswith("handmade-") or "lab" in about(scenario), "it says why the lab does not show it"


@pytest.mark.parametrize("scenario", ["healthy", "access-group-emptied", "host-disabled"])
def test_the_tickets_that_are_added_to_older_recordings_are_judged_like_recorded_ones(scenario: str) -> None:
    recording = json.loads((scenarios.RECORDED / scenario / "facts.json").read_bytes())
    recorded = recording["families"]["CredentialCaches"]["caches"]
    assert len(recorded) == 4
    recording["families"]["CredentialCaches"]["caches"] = []
    recording["families"]["GroupChanges"].update(named=[], changed=[])
    assert added(recording, site_of(scenario))
    facts = scenarios.completed(encoding.decode(encoding.written(recording), scenario)[1], facts_of("healthy"))
    assert changes_of(scenario, scenarios.lines_of(scenarios.judged(facts, site_of(scenario)))) == []


@pytest.mark.parametrize(
    "scenario", ["vmstore-account-rejected", "vmstore-certificate-expired", "vmstore-html", "vmstore-secret-missing"]
)
def test_what_a_vmstore_without_login_does_not_return_follows_from_the_login(scenario: str) -> None:
    report = scenarios.report_of(facts_of(scenario), site_of(scenario))
    login = {
        each.id for check, each in report.verdicts() if check == "credentials.usable" and not isinstance(each, Fine)
    }
    of_rest = [
        each
        for check, each in report.verdicts()
        if isinstance(each, Unknown) and "appliance" in each.labels and check != "credentials.usable"
    ]
    assert len(of_rest) > 3
    assert [each.subject for each in of_rest if not login.intersection(each.explained_by)] == []
