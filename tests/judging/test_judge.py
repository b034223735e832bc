"""Facts and checks in, reports out: codes, outcomes, what is missing, what crashes, what belongs to which tenant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from krbcheck.facts.kerberos import KdcReplies
from krbcheck.facts.observation import Facts
from krbcheck.judging.check import Check, Problem, check
from krbcheck.judging.judge import CheckReport, judge, outcome
from krbcheck.judging.verdict import Finding, Outcome, Severity, Unknown, Verdict, fine, unknown
from krbcheck.site.stated import Site
from krbcheck.windows.remedy import looks

BAD = Problem(
    "bad", Severity.ERROR, says="{subject} of {tenant} is {found}, not {expected}", remedy=(looks("mend {subject}"),)
)
POOR = Problem("poor", Severity.WARNING, says="{subject} is {found}", remedy=(looks("mend"),))
TOLD = Problem("told", Severity.NOTE, says="{subject} is {found}", remedy=(looks("nothing"),))


def finding(problem: Problem, subject: str = "s", tenant: str = "") -> Finding:
    return problem(subject, expected="good", found="bad", tenant=tenant)


def made(*verdicts: Verdict, crash: bool = False) -> Check[[Site, KdcReplies]]:
    @check(id="area.name", title="All is well", tells="Whether.", problems=[BAD])
    def judged(site: Site, replies: KdcReplies) -> Iterator[Verdict]:
        yield from verdicts
        if crash:
            raise ZeroDivisionError("a bug")

    return judged


def report(site: Site, entry: Check[[Site, KdcReplies]], *tenants: str, **more: str) -> CheckReport:
    facts: dict[type[Facts], Facts] = {} if more else {KdcReplies: KdcReplies()}
    return judge(site, facts, [entry], tenants=tenants, **more)[0]


def test_a_code_is_the_checks_id_and_the_problems_slug(cloud: Site) -> None:
    (found,) = report(cloud, made(finding(BAD, "vmstore", "alice"))).verdicts
    assert isinstance(found, Finding)
    assert (found.code, found.says, found.remedy[0].command) == (
        "area.name/bad",
        "vmstore of alice is bad, not good",
        "mend vmstore",
    )


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((), Outcome.NOT_APPLICABLE),
        ((fine("s"),), Outcome.PASSED),
        ((finding(TOLD),), Outcome.PASSED),
        ((fine("s"), unknown("t", "why")), Outcome.UNKNOWN),
        ((fine("s"), unknown("t", "why"), finding(POOR)), Outcome.WARNED),
        ((finding(POOR), finding(BAD), fine("s")), Outcome.FAILED),
    ],
)
def test_the_worst_verdict_is_the_outcome(cloud: Site, verdicts: tuple[Verdict, ...], expected: Outcome) -> None:
    assert report(cloud, made(*verdicts)).outcome is expected
    assert outcome(verdicts, "Traceback") is Outcome.CRASHED


def test_a_check_with_a_bug_is_named_and_stops_no_other(cloud: Site) -> None:
    broken, good = made(fine("s"), crash=True), made(fine("s"))
    first, second = judge(cloud, {KdcReplies: KdcReplies()}, [broken, good])
    assert (first.outcome, second.outcome) == (Outcome.CRASHED, Outcome.PASSED)
    assert "ZeroDivisionError: a bug" in first.crash


def test_without_its_facts_a_check_says_so(cloud: Site) -> None:
    entry = report(cloud, made(fine("s")), missing="recorded by an older krbcheck")
    assert entry.outcome is Outcome.UNKNOWN
    (none,) = entry.verdicts
    assert isinstance(none, Unknown)
    assert none.says == "recorded by an older krbcheck"
    assert [reason.answer for reason in none.because] == ["KdcReplies: recorded by an older krbcheck"]


def test_of_one_tenant_only_what_concerns_it_or_none_is_told(cloud: Site) -> None:
    verdicts = (finding(BAD, tenant="alice"), finding(BAD, tenant="bob"), fine("a controller"))
    kept = report(cloud, made(*verdicts), "alice")
    assert [verdict.tenant for verdict in kept.verdicts] == ["alice", ""]
    assert report(cloud, made(finding(BAD, tenant="bob")), "alice").outcome is Outcome.NOT_APPLICABLE
