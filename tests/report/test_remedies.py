"""Remedies are told step by step; what is a command stands alone."""

from __future__ import annotations

import pytest

from krbcheck.judging.registry import load
from krbcheck.report.remedies import Step, steps


@pytest.mark.parametrize(
    ("remedy", "told"),
    [
        ("setspn -S cifs/x NAS$", [Step("setspn -S cifs/x NAS$", True)]),
        ("setspn -D a b; then setspn -S a c", [Step("setspn -D a b", True), Step("setspn -S a c", True)]),
        ("setspn -D a b (setspn -X lists them)", [Step("setspn -D a b", True, "setspn -X lists them")]),
        ("Set-Thing (Get-Thing z)", [Step("Set-Thing (Get-Thing z)", True)]),
        ('dsacls DN /G "G; x:CA"', [Step('dsacls DN /G "G; x:CA"', True)]),
        ("Where-Object { $_.a; $_.b }", [Step("Where-Object { $_.a; $_.b }", True)]),
        ("Wait; then go on", [Step("Wait", False), Step("then go on", False)]),
        ("net; ", [Step("net", False)]),
        ("a) ; b; (c; d", [Step("a)", False), Step("b", False), Step("(c; d", False)]),
    ],
)
def test_steps_stand_between_semicolons(remedy: str, told: list[Step]) -> None:
    assert steps(remedy) == told


def test_no_word_of_a_remedy_is_lost() -> None:
    for one in load().values():
        for problem in one.problems:
            told = " ".join(f"{step.words} {step.aside}" for step in steps(problem.remedy))
            bare = problem.remedy.replace("; ", " ").replace("(", "").replace(")", "").replace("then ", "")
            assert (
                told.replace("; ", " ").replace("(", "").replace(")", "").replace("then ", "").split() == bare.split()
            )
