"""Verdicts and their evidence: the reason of what is not determined, and each piece of evidence once."""

from __future__ import annotations

import pytest

from krbcheck.facts.observation import Gap
from krbcheck.facts.reasons import Ground
from krbcheck.judging.verdict import fine, grounds, unanswered, unknown
from tests.support.observing import observed, silence

FIRST, SECOND = silence("the KDC does not respond"), silence("the storage does not respond", Gap.REFUSED)


def test_the_same_evidence_is_listed_once() -> None:
    lines = [
        reason.line for reason in grounds(["the site file states none", FIRST, "the site file states none", FIRST])
    ]
    assert lines == ["the site file states none", "query, from alice: the KDC does not respond"]
    assert fine("vmstore", "stated", "stated").because == fine("vmstore", "stated").because


@pytest.mark.parametrize(
    ("because", "says"),
    [
        ((observed(7), FIRST, SECOND), "the KDC does not respond"),
        (("the site file states none", observed(7)), "the site file states none"),
        ((), "nothing was queried"),
    ],
)
def test_without_a_reason_the_first_query_without_an_answer_is_the_reason(
    because: tuple[Ground, ...], says: str
) -> None:
    assert unknown("vmstore", *because).says == says


def test_a_reason_of_its_own_names_the_missing_answer_only_if_nothing_was_answered() -> None:
    alone = unknown("vmstore", FIRST, says="no principal has a ticket")
    beside = unknown("vmstore", FIRST, observed(7), says="no principal has a ticket")
    same = unknown("vmstore", observed(7), FIRST, SECOND, says=SECOND.detail)
    assert alone.unanswered == unanswered(FIRST)
    assert beside.unanswered is None
    assert same.unanswered == unanswered(SECOND)


def test_the_server_that_did_not_answer_is_named_with_its_port() -> None:
    of = "vmdc1.vmlevel.com (10.77.0.10):88"
    gap = type(FIRST)(Gap.TIMED_OUT, "no response", "TGT", FIRST.at, "alice", 3.0, of)
    found = unanswered(gap)
    assert (found.gap, found.asked, found.vantage) == (Gap.TIMED_OUT, "TGT", "alice")
    assert (found.server, found.port) == ("vmdc1.vmlevel.com (10.77.0.10)", 88)
    assert (unanswered(FIRST).server, unanswered(FIRST).port) == ("", 0)
