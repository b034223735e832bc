"""What checks declare to explain, as one table, and the declarations that are refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from krbcheck.facts.kerberos import KdcReplies
from krbcheck.judging import registry
from krbcheck.judging.check import Check, Problem, check
from krbcheck.judging.explains import EVERY_UNDETERMINED, Explains, explains
from krbcheck.judging.rules import BadExplanation, examine, rules_of
from krbcheck.judging.verdict import Severity, Verdict
from krbcheck.windows.remedy import looks


def made(id: str, undetermined: Sequence[Explains] = (), **slugs: Sequence[Explains]) -> Check[Any]:
    """A check with an error for each slug and what it explains, and a note."""
    problems = [
        Problem(slug, Severity.ERROR, says="s", remedy=(looks("r"),), explains=those) for slug, those in slugs.items()
    ]
    problems.append(Problem("told", Severity.NOTE, says="s", remedy=(looks("r"),)))

    @check(id=id, title="t", tells="t", problems=problems, undetermined_explains=undetermined)
    def judged(replies: KdcReplies) -> Iterator[Verdict]:
        yield from ()

    return judged


@pytest.mark.parametrize(
    ("checks", "says"),
    [
        pytest.param([made("a.x", bad=[explains("b.y/gone", same="service")])], "b.y/gone, which is no", id="code"),
        pytest.param([made("a.x", bad=[explains("b.y", same="service")])], "explains b.y, which is no", id="check"),
        pytest.param(
            [made("a.x", bad=[explains("b.y/told", same="service")]), made("b.y")], "b.y/told, which is no", id="note"
        ),
        pytest.param([made("a.x", bad=[explains("a.x/bad", same="service")])], "explains itself", id="itself"),
        pytest.param([made("a.x", bad=[explains("a.x/*", same="service")])], "explains itself", id="all-of-its-own"),
        pytest.param([made("a.x", [explains("a.x", same="service")])], "explains itself", id="undetermined-itself"),
        pytest.param(
            [
                made("a.x", bad=[explains("b.y/bad", same="service")]),
                made("b.y", bad=[explains("a.x/bad", same="service")]),
            ],
            "explain each other",
            id="circle",
        ),
        pytest.param(
            [made("a.x", [explains("b.y", same="service")]), made("b.y", [explains("a.x", same="service")])],
            "explain each other",
            id="circle-of-undetermined",
        ),
        pytest.param([made("a.x", bad=[explains("b.y", same="")]), made("b.y")], "without a label", id="no-label"),
        pytest.param(
            [made("a.x", [explains("b.y/bad", same="service")]), made("b.y", bad=[])],
            "undetermined results of a.x cannot explain b.y/bad",
            id="undetermined-explains-a-finding",
        ),
        pytest.param(
            [made("a.x", [explains(EVERY_UNDETERMINED, same="server")])],
            "undetermined results of a.x cannot explain",
            id="undetermined-explains-everything",
        ),
    ],
)
def test_nonsense_is_refused(checks: list[Check[Any]], says: str) -> None:
    with pytest.raises(BadExplanation, match=says):
        examine(checks)


def test_a_finding_may_explain_the_undetermined_results_of_its_own_check() -> None:
    examine([made("a.x", bad=[explains("a.x", same="service")])])


def test_the_declarations_of_the_checks_are_sound() -> None:
    examine(registry.load().values())


def test_all_findings_of_a_check_are_its_errors_and_warnings() -> None:
    rules = rules_of([made("a.x", bad=[explains("b.y/*", same="service")]), made("b.y", one=[], two=[])])
    assert sorted(rules.by_target) == ["b.y/one", "b.y/two"]


def test_every_source_comes_before_its_targets_and_findings_before_undetermined_results() -> None:
    first = made("a.x", [explains("c.z", same="service")], bad=[explains("c.z/bad", same="service")])
    order = rules_of([first, made("c.z", bad=[])]).order
    assert order["a.x/bad"] < order["c.z/bad"] < order["a.x"] < order["c.z"]


def test_what_is_declared_about_checks_that_do_not_run_has_no_effect() -> None:
    rules = rules_of([made("a.x", bad=[explains("b.y", "c.z/bad", same="service")])])
    assert dict(rules.by_target) == {}
