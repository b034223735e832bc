"""dns.agree: all name servers of a tenant return the same addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from krbcheck.judging.verdict import Verdict
from tests.support.name_answers import BOB_UNKNOWN, Answers, both, finding, names

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = "vmstore-alice.tintri.com"
BOB = "vmstore-bob.tintri.com"
HERS, HIS = "10.77.11.30", "10.77.12.30"


AGREE = [
    pytest.param({"s": [HERS], "t": [HERS]}, ["fine"], id="the same"),
    pytest.param({"s": [HERS, HIS], "t": [HIS, HERS]}, ["fine"], id="the same in another order"),
    pytest.param({"s": [HERS], "t": [HIS], "u": [HERS]}, ["dns.agree/servers-differ"], id="different"),
    pytest.param({"s": [HERS], "t": [HERS], "u": None}, ["unknown"], id="two agree, one is silent"),
    pytest.param({"s": [HERS], "t": None}, ["unknown"], id="one of two is silent"),
    pytest.param({"s": [HERS], "t": [HERS], "u": "SERVFAIL"}, ["unknown"], id="two agree, one returns an error"),
    pytest.param({"s": [HERS]}, ["fine"], id="a single server agrees with itself"),
    pytest.param({"s": [HERS], "t": "NXDOMAIN"}, ["unknown"], id="no such name is another check's"),
    pytest.param({"s": "NXDOMAIN", "t": "NXDOMAIN"}, ["unknown"], id="known to nobody"),
    pytest.param({"s": None}, ["unknown"], id="silence"),
    pytest.param({}, ["unknown"], id="nobody to ask"),
]


@pytest.mark.parametrize(("answers", "codes"), AGREE)
def test_agree(lines: Lines, answers: Answers, codes: list[str]) -> None:
    expected = [f"{code} alice {ALICE}" for code in codes]
    assert lines("dns.agree", names(answers)) == [*expected, BOB_UNKNOWN]


def test_views_of_different_tenants_are_noted(lines: Lines, judged: Judged) -> None:
    reply = both(names({"10.77.11.1": [HERS]}), names({"10.77.12.1": [HIS]}, "bob"))
    assert f"dns.agree/split-view - {ALICE}" in lines("dns.agree", reply)
    assert finding(judged("dns.agree", reply)).values["found"] == (
        f"alice gets {HERS} from 10.77.11.1; bob gets {HIS} from 10.77.12.1"
    )


def test_tenants_that_see_the_same_have_no_views(lines: Lines) -> None:
    reply = both(names({"10.77.11.1": [HERS]}), names({"10.77.12.1": [HERS]}, "bob"))
    assert not [line for line in lines("dns.agree", reply) if "split-view" in line]


def test_servers_that_differ_are_no_views(lines: Lines) -> None:
    reply = both(names({"10.77.11.1": [HERS], "10.77.0.20": [HIS]}), names({"10.77.12.1": [HIS]}, "bob"))
    assert lines("dns.agree", reply) == [f"dns.agree/servers-differ alice {ALICE}", BOB_UNKNOWN]


def test_the_same_question_asked_twice_is_no_contradiction(lines: Lines) -> None:
    twice = both(names({"s": None, "t": [HERS]}), names({"s": [HERS], "t": [HERS]}))
    assert lines("dns.agree", twice) == [f"fine alice {ALICE}", BOB_UNKNOWN]
    assert lines("dns.resolves", twice) == [f"fine alice {ALICE}", BOB_UNKNOWN]
