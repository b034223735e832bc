"""Which checks a run from a symptom runs: all only if the first find nothing."""

from __future__ import annotations

import pytest

from fixtures.scenarios import facts_of, site_of
from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.symptom_run import SymptomRun
from krbcheck.judging.registry import load

SITE = site_of("healthy")
CHECKS = load()
PATH = r"\\vmstore-alice.tintri.com\AliceVMs"


def started(symptom: str = "5", host: str = "alice-hv01", path: str = PATH) -> SymptomRun:
    return SymptomRun(SITE, CHECKS, None, None, symptom, host, path)


def test_a_problem_of_the_first_checks_is_enough() -> None:
    run = started()
    before = list(run.checks)
    assert run.further(facts_of("spn-duplicate")) == []
    assert run.checks == before
    assert not run.question.further


def test_without_a_problem_all_other_checks_follow() -> None:
    run = started()
    assert run.further(facts_of("healthy"))
    assert {check.id for check in run.checks} == set(CHECKS)
    assert run.question.further


def test_where_no_access_is_stated_nothing_else_is_searched() -> None:
    run = started(host="bob-hv01")
    assert run.further(facts_of("healthy")) == []


def test_named_checks_are_the_only_ones() -> None:
    run = SymptomRun(SITE, CHECKS, ["dns"], None, "", "alice-hv01", PATH)
    assert {check.id.partition(".")[0] for check in run.checks} == {"dns"}
    assert run.further(facts_of("healthy")) == []


def test_options_that_contradict_are_a_mistake() -> None:
    with pytest.raises(Mistake, match="omit --only"):
        SymptomRun(SITE, CHECKS, ["dns"], None, "5", "", "")
    with pytest.raises(Mistake, match="omit --tenant"):
        SymptomRun(SITE, CHECKS, None, ["alice"], "5", "", "")
