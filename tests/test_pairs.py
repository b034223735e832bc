"""Two faults at once: both are named as causes, and nothing else is."""

from __future__ import annotations

import pytest

from fixtures import pairs, scenarios
from fixtures.lab.catalogue import all_faults
from krbcheck.judging.verdict import Unknown

FAULTS = all_faults()


@pytest.mark.parametrize("fault", pairs.FAMILIES)
def test_the_families_of_a_fault_have_all_of_its_effects(fault: str) -> None:
    assert pairs.is_apart(fault)


@pytest.mark.parametrize(("first", "second"), pairs.PAIRS, ids="+".join)
def test_both_faults_of_a_pair_are_the_causes(first: str, second: str) -> None:
    report = scenarios.report_of(pairs.merged(first, second), scenarios.site_of(second))
    assert sorted(scenarios.problems_of(report)) == sorted({*FAULTS[first].causes, *FAULTS[second].causes})


@pytest.mark.parametrize(("first", "second"), pairs.RECORDED, ids="+".join)
def test_a_fault_of_the_lab_is_a_cause_or_hidden_by_the_other(first: str, second: str) -> None:
    """Hidden: what its check would report is not determined, and this follows from the other fault."""
    report = scenarios.report_of(pairs.recorded(first, second), scenarios.site_of(scenarios.HEALTHY))
    problems = scenarios.problems_of(report)
    assert problems
    assert set(problems) <= {*FAULTS[first].causes, *FAULTS[second].causes}
    assert len(problems) == len(set(problems))
    for fault in (first, second):
        for code in set(FAULTS[fault].causes) - set(problems):
            check = next(each for each in report.checks if each.id == code.partition("/")[0])
            assert any(isinstance(verdict, Unknown) and verdict.explained_by for verdict in check.verdicts), code


def test_there_are_many_pairs_and_each_is_of_two_faults() -> None:
    made = {frozenset(pair) for pair in pairs.PAIRS if FAULTS[pair[0]].causes != FAULTS[pair[1]].causes}
    assert len(made) == len({frozenset(pair) for pair in pairs.PAIRS}) >= 60
