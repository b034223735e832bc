"""What the lab once showed is judged today as it was then; and no check holds a problem that nothing provokes."""

from __future__ import annotations

from functools import cache

import pytest

from fixtures.lab import catalogue
from fixtures.scenarios import SCENARIOS, about, expected_of, facts_of, site_of
from krbcheck.judging import judge, registry
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.verdict import Finding, Fine, Outcome, Severity, Unknown

FAULTS = catalogue.all_faults()


@cache
def judged(scenario: str) -> list[CheckReport]:
    return judge.judge(site_of(scenario), facts_of(scenario), registry.load().values())


def findings(scenario: str) -> list[Finding]:
    return [one for report in judged(scenario) for one in report.verdicts if isinstance(one, Finding)]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_leads_to_its_findings_and_no_others(scenario: str) -> None:
    found = {
        f"{one.code} | {one.tenant} | {one.subject}" for one in findings(scenario) if one.severity != Severity.NOTE
    }
    assert sorted(found) == expected_of(scenario)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_check_crashes_on_a_scenario(scenario: str) -> None:
    assert [one.crash for one in judged(scenario) if one.outcome is Outcome.CRASHED] == []


def test_the_healthy_scenario_leaves_nothing_unknown() -> None:
    assert [one for report in judged("healthy") for one in report.verdicts if isinstance(one, Unknown)] == []


def test_remedies_of_usual_names_are_whole() -> None:
    """Where a name held what harms a shell there is a question mark; what the lab calls things has none."""
    assert [one.remedy for scenario in SCENARIOS for one in findings(scenario) if "?" in one.remedy] == []


def test_every_problem_is_provoked_by_some_scenario() -> None:
    provoked = {one.code for scenario in SCENARIOS for one in findings(scenario)}
    known = {f"{check.id}/{problem.slug}" for check in registry.load().values() for problem in check.problems}
    assert sorted(known - provoked) == []


def good(verdict: object) -> bool:
    """Fine, or the note that a check like ticket.path always gives where all is well."""
    return isinstance(verdict, Fine) or (isinstance(verdict, Finding) and verdict.severity is Severity.NOTE)


def test_every_check_finds_something_fine_in_some_scenario() -> None:
    fine = {
        report.id for scenario in SCENARIOS for report in judged(scenario) if any(good(one) for one in report.verdicts)
    }
    assert sorted(set(registry.load()) - fine) == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_says_what_it_is(scenario: str) -> None:
    assert about(scenario).strip()
    assert not scenario.startswith("handmade-") or "lab" in about(scenario), "it says why the lab does not show it"


def test_every_fault_of_the_lab_is_recorded() -> None:
    """To record them: tests/record NAME."""
    by_hand = {scenario for scenario in SCENARIOS if scenario.startswith("handmade-")}
    assert sorted(FAULTS) == sorted(set(SCENARIOS) - by_hand - {"healthy"})


@pytest.mark.parametrize("fault", FAULTS)
def test_a_recording_shows_what_the_fault_leads_to(fault: str) -> None:
    assert FAULTS[fault].about
    assert {line.partition(" | ")[0] for line in expected_of(fault)} == set(FAULTS[fault].leads_to)
