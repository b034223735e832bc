"""What a probe returns or raises becomes an observation, with its query, its server and its vantage point."""

from __future__ import annotations

import pytest

from krbcheck.asking.answering import answered, silent, unasked
from krbcheck.asking.ask import NO_SERVER, Ask, NotAsked, Server, always, call
from krbcheck.facts.observation import Gap, NoAnswer, Observed, Unobserved
from krbcheck.windows.malformed import Malformed

KDC = Server("10.77.0.10", 88, "kdc", "vmdc1.vmlevel.com")
NAMED = "vmdc1.vmlevel.com (10.77.0.10):88"


def returns(value: int) -> int:
    return value


def raises(problem: Exception) -> int:
    raise problem


def failed(problem: Exception, of: Server = KDC) -> Unobserved:
    seen = answered(Ask(call(raises, problem), "TGT", of, "alice"))
    assert isinstance(seen, Unobserved)
    return seen


def test_a_reply_is_an_answer_that_proves_nothing_by_itself() -> None:
    seen = answered(Ask(call(returns, 7), "TGT", KDC, "alice"))
    assert isinstance(seen, Observed)
    assert (seen.value, seen.asked, seen.of, seen.vantage, seen.authenticated) == (7, "TGT", NAMED, "alice", False)
    assert seen.seconds >= 0


def test_a_reply_is_authenticated_if_the_query_states_so() -> None:
    seen = answered(Ask(call(returns, 7), "TGT", KDC, "alice", authenticates=always))
    assert isinstance(seen, Observed)
    assert seen.authenticated


def test_no_answer_keeps_its_gap_and_its_reason() -> None:
    seen = failed(NoAnswer(Gap.TIMED_OUT, "no response within 3 s"))
    assert (seen.gap, seen.detail, seen.of) == (Gap.TIMED_OUT, "no response within 3 s", NAMED)


@pytest.mark.parametrize(
    ("of", "shown"),
    [("10.77.0.10:88", NAMED), ("10.77.0.20:88", "10.77.0.20:88"), ("10.77.0.10:464", "10.77.0.10:464")],
)
def test_the_server_of_the_query_has_its_name_unless_another_one_did_not_answer(of: str, shown: str) -> None:
    assert failed(NoAnswer(Gap.REFUSED, "connection refused", of)).of == shown


def test_bytes_that_are_not_valid_are_a_gap_of_the_server() -> None:
    seen = failed(Malformed("the length exceeds the message"))
    assert (seen.gap, seen.detail) == (Gap.MALFORMED, "the length exceeds the message")


def test_a_bug_of_a_probe_has_its_traceback() -> None:
    seen = failed(ZeroDivisionError("made up"), NO_SERVER)
    assert seen.gap is Gap.CRASHED
    assert "in raises" in seen.detail
    assert seen.detail.endswith("ZeroDivisionError: made up\n")


def test_what_was_not_sent_has_its_query_and_no_server() -> None:
    question = NotAsked.because(NoAnswer(Gap.NO_CREDENTIALS, "the site file states no secret"), "TGT", "alice")
    seen = unasked(question)
    assert (seen.gap, seen.detail, seen.asked) == (Gap.NO_CREDENTIALS, "the site file states no secret", "TGT")
    assert (seen.vantage, seen.of) == ("alice", "")


def test_a_query_that_the_scheduler_ends_has_its_server() -> None:
    seen = silent(Ask(call(returns, 7), "TGT", KDC, "alice"), Gap.OUT_OF_TIME, "ended after 5 s", 5.0)
    assert (seen.gap, seen.of, seen.seconds) == (Gap.OUT_OF_TIME, NAMED, 5.0)
