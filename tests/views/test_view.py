"""Views are built once per run, after what they need; what a check reads is known without building any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from krbcheck.facts.kerberos import KdcReplies, TicketGrants
from krbcheck.facts.observation import Facts
from krbcheck.judging.check import Check, check
from krbcheck.judging.judge import judge
from krbcheck.judging.verdict import Outcome, Unknown, Verdict, fine
from krbcheck.site.stated import Site
from krbcheck.views.view import BadNeed, View, Views, families_of, sources_of

REPLIES, GRANTS = KdcReplies(), TicketGrants()
FACTS: dict[type[Facts], Facts] = {KdcReplies: REPLIES, TicketGrants: GRANTS}


class Lower(View):
    built: ClassVar[list[str]] = []

    def __init__(self, site: Site, replies: KdcReplies) -> None:
        self.built.append(site.name)
        self.replies = replies


class Upper(View):
    def __init__(self, grants: TicketGrants, lower: Lower) -> None:
        self.grants, self.lower = grants, lower


class First(View):
    def __init__(self, second: Second) -> None:
        self.second = second


class Second(View):
    def __init__(self, first: First) -> None:
        self.first = first


class Stranger(View):
    def __init__(self, words: str) -> None:
        self.words = words


class Broken(View):
    def __init__(self, replies: KdcReplies) -> None:
        raise ZeroDivisionError("a bug")


@check(id="area.upper", title="t", tells="t")
def of_upper(site: Site, upper: Upper) -> Iterator[Verdict]:
    assert upper.lower.replies is REPLIES
    assert upper.grants is GRANTS
    yield fine("s")


@check(id="area.lower", title="t", tells="t")
def of_lower(lower: Lower) -> Iterator[Verdict]:
    yield fine("s")


@check(id="area.broken", title="t", tells="t")
def of_broken(broken: Broken) -> Iterator[Verdict]:
    yield fine("s")


def test_a_view_is_built_once_in_a_run(cloud: Site) -> None:
    Lower.built.clear()
    checks: list[Check[...]] = [of_upper, of_lower, of_upper]
    assert [entry.outcome for entry in judge(cloud, FACTS, checks)] == [Outcome.PASSED] * 3
    assert Lower.built == ["cloud"]
    judge(cloud, FACTS, [of_lower])
    assert Lower.built == ["cloud", "cloud"], "a second run has its own"


def test_a_check_reads_the_families_of_its_views() -> None:
    assert of_upper.families == (TicketGrants, KdcReplies)
    assert of_upper.sources == (Site, KdcReplies, TicketGrants)


def test_without_a_family_of_its_view_a_check_is_not_determined(cloud: Site) -> None:
    (report,) = judge(cloud, {TicketGrants: GRANTS}, [of_upper])
    assert report.outcome is Outcome.UNKNOWN
    (verdict,) = report.verdicts
    assert isinstance(verdict, Unknown)
    assert [reason.answer for reason in verdict.because] == ["KdcReplies: not collected"]


def test_a_view_with_a_bug_crashes_the_checks_that_need_it_and_no_other(cloud: Site) -> None:
    reports = judge(cloud, FACTS, [of_broken, of_lower, of_broken])
    assert [entry.outcome for entry in reports] == [Outcome.CRASHED, Outcome.PASSED, Outcome.CRASHED]
    for report in (reports[0], reports[2]):
        assert "ZeroDivisionError: a bug" in report.crash
        assert report.crash.count("while the view Broken was built") == 1


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (First, "First needs Second needs First"),
        (Stranger, "str, which is neither Site, a fact family nor a view"),
    ],
)
def test_a_need_that_cannot_be_met_is_refused(kind: type[View], message: str) -> None:
    with pytest.raises(BadNeed, match=message):
        sources_of([kind])


def test_the_families_of_a_view_are_listed_once() -> None:
    assert families_of([Lower, Upper, KdcReplies]) == (KdcReplies, TicketGrants)


def test_views_of_different_runs_share_nothing(cloud: Site) -> None:
    first, second = Views(cloud, FACTS), Views(cloud, FACTS)
    assert first.get(Lower) is first.get(Upper).lower
    assert first.get(Lower) is not second.get(Lower)
