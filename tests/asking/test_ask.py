"""One ask: its server as text, the types that it keeps, and what stands where nothing can be asked."""

from __future__ import annotations

import pytest

from krbcheck.asking.answering import answered, unasked
from krbcheck.asking.ask import NO_SERVER, Ask, MaybeAsk, NotAsked, Server, always, asked, both, call
from krbcheck.facts.observation import Gap, NoAnswer, Observation, Observed, Unobserved
from tests.support.by_hand import by_hand

KDC = Server("10.77.0.10", 88, "kdc", "vmdc1.vmlevel.com")


def probe(address: str, seconds: float) -> int:
    return len(address) + int(seconds)


def count(question: str = "length") -> Ask[int]:
    return Ask(call(probe, "abc", 2.0), question, KDC, "alice")


def test_a_server_is_named_with_its_address_and_port() -> None:
    assert str(KDC) == "vmdc1.vmlevel.com (10.77.0.10):88"
    assert str(Server("fd00::10", 389)) == "[fd00::10]:389"
    assert str(Server("fd00::10", 389, name="dc")) == "[dc (fd00::10)]:389"
    assert str(Server("libkrb5")) == "libkrb5"
    assert str(NO_SERVER) == ""


def test_the_question_is_without_the_server_and_the_text_with_it() -> None:
    assert (count().asked, count().text) == ("length", "length at vmdc1.vmlevel.com (10.77.0.10) port 88")
    assert Ask(call(probe, "abc", 2.0), "length").text == "length"


def test_the_type_checker_compares_a_call_with_its_probe() -> None:
    """mypy reports each of these lines; an ignore that is not needed is an error too (warn_unused_ignores)."""
    swapped = Ask(call(probe, 2.0, "abc"), "length")  # type: ignore[arg-type]
    lacking = Ask(call(probe, "abc"), "length")  # type: ignore[call-arg]
    other: Ask[str] = Ask(call(probe, "abc", 2.0), "length")  # type: ignore[arg-type]
    assert {type(swapped), type(lacking), type(other)} == {Ask}


def test_the_type_checker_knows_the_reply_of_an_ask() -> None:
    seen: Observation[int] = answered(count())
    wrong: Observation[str] = answered(count())  # type: ignore[arg-type]
    assert isinstance(seen, Observed)
    assert isinstance(wrong, Observed)
    assert seen.value == 5


def test_an_answer_names_its_server_and_whether_that_is_proved() -> None:
    plain = answered(count())
    proved = answered(Ask(call(probe, "abc", 2.0), "length", KDC, authenticates=always))
    odd = answered(Ask(call(probe, "abc", 2.0), "length", KDC, authenticates=lambda reply: reply > 5))
    assert (plain.of, plain.asked, plain.vantage) == (str(KDC), "length", "alice")
    assert [getattr(seen, "authenticated", None) for seen in (plain, proved, odd)] == [False, True, False]


def failing(of: str) -> Observation[int]:
    def refuse() -> int:
        raise NoAnswer(Gap.REFUSED, "refuses connections", of)

    return answered(Ask(call(refuse), "length", KDC))


def test_a_gap_names_the_server_with_its_name_and_a_probe_may_name_another_port() -> None:
    assert failing("").of == str(KDC)
    assert failing("10.77.0.10:88").of == str(KDC)
    assert failing("10.77.0.10:3268").of == "10.77.0.10:3268"


def test_what_is_not_asked_is_unobserved_without_a_server() -> None:
    seen = unasked(NotAsked(Gap.NEEDS_OTHER, "no ticket", "shares", "alice"))
    assert (seen.gap, seen.detail, seen.asked, seen.vantage) == (Gap.NEEDS_OTHER, "no ticket", "shares", "alice")
    assert (seen.of, seen.seconds) == ("", 0.0)
    assert NotAsked.because(NoAnswer(Gap.NO_CREDENTIALS, "no secret"), "shares", "bob") == NotAsked(
        Gap.NO_CREDENTIALS, "no secret", "shares", "bob"
    )


def answer_all(asks: list[Ask[object]]) -> list[Observation[object]]:
    return [answered(ask) for ask in asks]


def test_answers_to_a_mixed_batch_come_apart_in_their_order() -> None:
    mixed: list[MaybeAsk[int]] = [count("first"), NotAsked(Gap.NEEDS_OTHER, "no", "second")]
    driven = by_hand(both(mixed, [Ask(call(str, 7), "third")]))
    asks = next(driven)
    assert [ask.asked for ask in asks] == ["first", "third"]
    with pytest.raises(StopIteration) as ended:
        driven.send(answer_all(asks))
    numbers, texts = ended.value.value
    assert [seen.asked for seen in numbers] == ["first", "second"]
    assert isinstance(numbers[1], Unobserved)
    assert [seen.value for seen in texts] == ["7"]


def test_a_batch_of_nothing_is_answered_with_nothing() -> None:
    nothing: list[MaybeAsk[int]] = []
    driven = by_hand(asked(nothing))
    assert next(driven) == []
    with pytest.raises(StopIteration) as ended:
        driven.send([])
    assert ended.value.value == []
