"""The scheduler: deadlines, places, silent servers, crashes. What has to wait waits for an event, never for a clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from krbcheck.asking.answering import answered
from krbcheck.asking.ask import Ask, Server, call
from krbcheck.asking.scheduler import Answer, Limits, Scheduler, Silent
from krbcheck.facts.observation import Gap, NoAnswer, Observed, Unobserved


def scheduler(at_once: int = 8, per_server: int = 8, grace: float = 0.0) -> Scheduler:
    return Scheduler(Limits(at_once, per_server, grace), Silent())


def ask(probe: Callable[[], object], host: str = "", vantage: str = "", seconds: float = 5) -> Ask[object]:
    return Ask(call(probe), "TGT", Server(host, 88 if host else 0, "kdc"), vantage, seconds)


def answers(calls: Scheduler, asks: Sequence[Ask[object]]) -> list[Answer]:
    """In the order asked."""
    serials = [calls.add(each) for each in asks]
    found: dict[int, Answer] = {}
    while len(found) < len(asks):
        found |= dict(calls.next())
    return [found[serial] for serial in serials]


def gaps(found: list[Answer]) -> list[Gap | None]:
    return [each.gap if isinstance(each, Unobserved) else None for each in found]


def silence() -> None:
    raise NoAnswer(Gap.TIMED_OUT, "no answer within 2 s")


@contextmanager
def stuck() -> Iterator[Callable[[], object]]:
    """A probe that returns only after the test."""
    over = threading.Event()
    try:
        yield lambda: over.wait(30)
    finally:
        over.set()


def test_what_a_probe_returns_and_what_it_raises_are_told_with_the_question() -> None:
    found = answers(scheduler(), [ask(lambda: 7, "h", vantage="alice"), ask(silence, "other")])
    assert isinstance(found[0], Observed)
    assert (found[0].value, found[0].asked, found[0].vantage) == (7, "TGT", "alice")
    assert isinstance(found[1], Unobserved)
    assert (found[1].gap, found[1].detail) == (Gap.TIMED_OUT, "no answer within 2 s")


def test_a_stuck_probe_costs_its_time_and_frees_its_place() -> None:
    with stuck() as probe:
        found = answers(scheduler(at_once=1), [ask(probe, seconds=0.05), ask(lambda: "next")])
    assert gaps(found) == [Gap.OUT_OF_TIME, None]


def test_a_late_answer_is_dropped() -> None:
    calls, over = scheduler(at_once=1), threading.Event()
    late = calls.add(ask(lambda: over.wait(30), seconds=0.05))
    assert [serial for serial, _ in calls.next()] == [late]
    over.set()
    second = calls.add(ask(lambda: "answer"))
    seen: list[tuple[int, Answer]] = []
    while second not in dict(seen):
        seen += calls.next()
    assert [serial for serial, _ in seen] == [second]
    assert calls.ended == 2


def test_a_crash_is_ours_and_is_told_with_its_traceback() -> None:
    def broken() -> None:
        raise ZeroDivisionError("a bug")

    found = answers(scheduler(), [ask(broken), ask(lambda: "next")])
    assert gaps(found) == [Gap.CRASHED, None]
    assert isinstance(found[0], Unobserved)
    assert "ZeroDivisionError: a bug" in found[0].detail


def test_a_server_gets_no_more_asks_at_once_than_its_limit() -> None:
    calls, gate = scheduler(per_server=2), threading.Event()
    counted: list[int] = []

    def last() -> None:
        """By the time that it runs, all that may run is running."""
        counted.append(sum(each.host == "kdc1" for each, _ in list(calls.running.values())))
        gate.set()

    asks = [ask(lambda: gate.wait(5), "kdc1") for _ in range(6)] + [ask(last, "kdc2")]
    assert gaps(answers(calls, asks)) == [None] * 7
    assert counted == [2]


def test_all_together_are_no_more_at_once_than_the_limit() -> None:
    calls, counted = scheduler(at_once=3), []

    def count() -> None:
        counted.append(len(calls.running))

    answers(calls, [ask(count, f"host{number}") for number in range(20)])
    assert max(counted) <= 3


def test_vantages_take_turns_at_a_server() -> None:
    servers = Servers()
    answers(scheduler(at_once=1), [servers.ask("kdc", name) for name in ("alice", "alice", "alice", "bob", "bob")])
    assert [vantage for _, vantage, _ in servers.called] == ["alice", "bob", "alice", "bob", "alice"]


def test_a_server_that_leaves_the_first_ask_waiting_gets_no_second_one_from_there() -> None:
    servers, calls = Servers(), Scheduler(Limits(8, 2, 0.0, patience=0.0), Silent())
    with stuck() as probe:
        asks = [ask(probe, "kdc", "alice", seconds=0.05), servers.ask("kdc", "alice"), servers.ask("kdc", "bob")]
        assert gaps(answers(calls, asks)) == [Gap.OUT_OF_TIME, Gap.TIMED_OUT, None]
    assert servers.called == [("kdc", "bob", "kdc")]


class Servers:
    """Probes that say which were called; `silent` are (host, vantage) pairs that never answer."""

    def __init__(self, *silent: tuple[str, str]) -> None:
        self.silent = silent
        self.called: list[tuple[str, str, str]] = []

    def ask(self, host: str, vantage: str = "", service: str = "kdc") -> Ask[str]:
        return Ask(call(self._probe, host, vantage, service), "question", Server(host, 88, service), vantage)

    def _probe(self, host: str, vantage: str, service: str) -> str:
        self.called.append((host, vantage, service))
        if (host, vantage) in self.silent:
            silence()
        return "answer"


def test_a_silent_server_is_asked_once() -> None:
    servers = Servers(("dead", ""))
    found = answers(scheduler(at_once=1), [servers.ask("dead") for _ in range(5)] + [servers.ask("alive")] * 2)
    assert gaps(found) == [Gap.TIMED_OUT] * 5 + [None] * 2
    assert servers.called == [("dead", "", "kdc"), ("alive", "", "kdc"), ("alive", "", "kdc")]


def test_a_silent_service_says_nothing_of_the_hosts_other_services() -> None:
    servers = Servers(("dead", ""))
    answers(scheduler(at_once=1), [servers.ask("dead", service=name) for name in ("kdc", "tcp/389", "kdc")])
    assert [service for _, _, service in servers.called] == ["kdc", "tcp/389"]


def test_a_server_that_is_silent_to_one_tenant_is_asked_from_the_other() -> None:
    servers = Servers(("kdc", "alice"))
    found = answers(scheduler(at_once=1), [servers.ask("kdc", name) for name in ("alice", "bob", "alice", "bob")])
    assert gaps(found) == [Gap.TIMED_OUT, None, Gap.TIMED_OUT, None]
    assert [vantage for _, vantage, _ in servers.called] == ["alice", "bob", "bob"]


def test_a_server_that_is_silent_to_two_and_answered_nobody_is_silent_to_all() -> None:
    servers = Servers(*[("kdc", f"tenant{number}") for number in range(20)])
    found = answers(scheduler(at_once=1), [servers.ask("kdc", f"tenant{number}") for number in range(20)])
    assert gaps(found) == [Gap.TIMED_OUT] * 20
    assert len(servers.called) == 2


def test_a_server_that_answered_anybody_is_asked_by_everybody() -> None:
    servers = Servers(("kdc", "alice"), ("kdc", "bob"))
    order = ("station", "alice", "bob", "carol")
    assert gaps(answers(scheduler(at_once=1), [servers.ask("kdc", name) for name in order])) == [
        None,
        Gap.TIMED_OUT,
        Gap.TIMED_OUT,
        None,
    ]


def test_a_server_that_answered_before_is_slow_at_first_and_silent_then() -> None:
    said = iter(["yes", None, "yes", None, None])
    called = []

    def probe() -> str:
        called.append(1)
        if (calls := next(said)) is None:
            silence()
        return str(calls)

    found = answers(scheduler(at_once=1), [ask(probe, "kdc") for _ in range(7)])
    assert gaps(found) == [None, Gap.TIMED_OUT, None, *[Gap.TIMED_OUT] * 4]
    assert len(called) == 5


@pytest.mark.parametrize("gap", [Gap.REFUSED, Gap.CLOSED, Gap.UNREACHABLE, Gap.NO_CREDENTIALS, Gap.MALFORMED])
def test_only_silence_is_silence(gap: Gap) -> None:
    called = []

    def probe() -> None:
        called.append(1)
        raise NoAnswer(gap, "no")

    answers(scheduler(at_once=1), [ask(probe, "kdc") for _ in range(3)])
    assert len(called) == 3


def test_what_has_no_server_is_never_silent() -> None:
    assert gaps(answers(scheduler(at_once=1), [ask(silence), ask(lambda: "answer")])) == [Gap.TIMED_OUT, None]


def test_progress_is_told_from_the_deciding_thread() -> None:
    reply: list[tuple[int, int, bool]] = []

    class Watcher:
        def asked(self, done: int, known: int, what: str) -> None:
            reply.append((done, known, threading.current_thread() is threading.main_thread()))

    answers(Scheduler(Limits(), Watcher()), [ask(lambda: 1) for _ in range(3)])
    assert reply == [(1, 3, True), (2, 3, True), (3, 3, True)]


def test_an_answer_tells_its_time_in_utc() -> None:
    found = answered(ask(lambda: 1))
    assert found.at.utcoffset() is not None
    assert found.seconds >= 0


def test_an_interrupt_ends_what_running_calls_have_begun() -> None:
    begun, ended, over = threading.Event(), threading.Event(), threading.Event()

    def session() -> None:
        begun.set()
        over.wait(10)

    calls = scheduler()
    calls.add(Ask(call(session), "session", Server("192.0.2.1", 443, "rest"), on_interrupt=ended.set))
    calls.add(Ask(call(silence), "other", Server("192.0.2.2", 443, "rest"), on_interrupt=None))
    calls.next()
    assert begun.wait(5)
    calls.interrupt()
    assert ended.is_set()
    over.set()
