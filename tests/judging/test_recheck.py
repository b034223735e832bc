"""A cause is fixed only where the check that found it is fine now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from fixtures import scenarios
from fixtures.lab.catalogue import all_faults
from krbcheck.facts.observation import Facts
from krbcheck.judging import judge, registry
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.recheck import State, added, now
from krbcheck.judging.recheck_focus import focus_of
from krbcheck.judging.verdict import Finding, Fine, Outcome, Severity, Unknown, Verdict
from krbcheck.report.recheck import Target, roots, targets
from krbcheck.report.report import Report
from krbcheck.site.narrowing import narrowed
from krbcheck.site.stated import Site
from tests.support.reports import AT, answered

CHECKS = registry.load()
SITE = scenarios.site_of("healthy")


def usual(scenario: str) -> bool:
    return not (scenarios.RECORDED / scenario / "site.yaml").exists()


@cache
def report(scenario: str) -> Report:
    return scenarios.report_of(scenarios.facts_of(scenario), scenarios.site_of(scenario))


def first_of_each_cause() -> list[str]:
    """The first fault of the usual site with each code as its cause."""
    found: dict[tuple[str, ...], str] = {}
    for fault in all_faults().values():
        if usual(fault.name) and fault.causes:
            found.setdefault(tuple(fault.causes), fault.name)
    return list(found.values())


def rejudged(site: Site, facts: Mapping[type[Facts], Facts], wanted: list[Target]) -> dict[str, CheckReport]:
    names = dict.fromkeys(check for check, _ in wanted)
    return {made.id: made for made in judge.judge(site, facts, [CHECKS[name] for name in names])}


@pytest.mark.parametrize("scenario", first_of_each_cause())
def test_each_cause_stays_with_the_fault_and_is_fixed_without_it(scenario: str) -> None:
    """By the facts of the fault, and by those of the healthy lab."""
    made = report(scenario)
    for cause in roots(made):
        wanted = targets(made, [cause])
        focus = focus_of(wanted, SITE, CHECKS)
        for facts, state in ((scenarios.facts_of(scenario), State.STAYS), (scenarios.facts_of("healthy"), State.FIXED)):
            part = rejudged(narrowed(SITE, focus), facts, wanted)
            assert now(cause[1], part[cause[0]], SITE, "").state is state


OLD = Finding("wrong", Severity.ERROR, "cifs/nas", "it is wrong", (), tenant="alice", id="wrong-1")
FOUND = Finding("spn.unique/wrong", Severity.ERROR, "cifs/nas", "it is wrong now", (), tenant="alice")
FINE = Fine("cifs/nas", "alice", (answered("owners", "alice", "one"),))


def check(*verdicts: Verdict, crash: str = "") -> CheckReport:
    return CheckReport("spn.unique", "", Outcome.PASSED, 0.0, verdicts, crash)


@pytest.mark.parametrize(
    ("today", "state", "words"),
    [
        (check(FINE), State.FIXED, ""),
        (check(FOUND), State.STAYS, "it is wrong now"),
        (check(FINE, FOUND), State.STAYS, "it is wrong now"),
        (check(FINE, Unknown("cifs/nas", "no answer", "alice")), State.UNKNOWN, "no answer"),
        (check(Unknown("spn.unique", "not collected")), State.UNKNOWN, "not collected"),
        (check(), State.UNKNOWN, "spn.unique has no result about it"),
        (check(Fine("cifs/other", "alice")), State.FIXED, ""),
        (check(Fine("cifs/other", "bob")), State.UNKNOWN, "spn.unique has no result about it"),
        (check(Fine("cifs/other", "alice"), Unknown("cifs/x", "no answer", "alice")), State.UNKNOWN, "no answer"),
        (check(FINE, crash="Traceback"), State.UNKNOWN, "spn.unique crashed"),
        (None, State.UNKNOWN, "interrupted"),
    ],
)
def test_only_a_fine_result_about_the_subject_is_fixed(today: CheckReport | None, state: State, words: str) -> None:
    became = now(OLD, today, SITE, "interrupted")
    assert (became.state, became.says) == (state, words)


def test_what_is_fixed_has_the_evidence_of_today() -> None:
    assert now(OLD, check(FINE), SITE, "").because == FINE.because
    assert FINE.because[0].at == AT


def test_what_the_site_file_no_longer_states_is_not_determined() -> None:
    old = Finding("c", Severity.ERROR, "cifs/nas", "", (), "alice", labels={"principal": ("gone$@VMLEVEL.COM",)})
    became = now(old, check(FINE), SITE, "")
    assert became.state is State.UNKNOWN
    assert became.says == "the site file no longer states gone$@VMLEVEL.COM"
    group = Finding("c", Severity.ERROR, "cifs/nas", "", (), "alice", labels={"principal": ("VMLEVEL\\Alice Admins",)})
    assert now(group, check(FINE), SITE, "").state is State.FIXED


def test_a_share_that_was_never_stated_may_be_fixed() -> None:
    old = Finding("c", Severity.ERROR, "cifs/nas", "", (), "alice", labels={"share": ("Copies",)})
    today = CheckReport("isolation.unstated", "", Outcome.PASSED, 0.0, (FINE,))
    assert now(old, today, SITE, "").state is State.FIXED
    assert now(old, check(FINE), SITE, "").says == "the site file no longer states Copies"


def test_only_errors_and_warnings_that_were_not_there_are_new() -> None:
    note = Finding("spn.unique/n", Severity.NOTE, "cifs/nas", "", (), "alice")
    known = {("spn.unique/wrong", "alice", "cifs/nas")}
    assert list(added(known, [check(FOUND, note, FINE)])) == []
    assert list(added(set(), [check(FOUND, note, FINE)])) == [FOUND]
