"""A collection: what starts when, what a bug costs, what is left of one that is cut short."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import ModuleType

import pytest

from krbcheck.asking.ask import Ask, Asking, MaybeAsk, NotAsked, asked, call
from krbcheck.asking.collection import Collecting
from krbcheck.asking.omissions import BY_QUIET_NETWORK, Omissions
from krbcheck.asking.scheduler import Limits, Silent
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.observation import Facts, Gap, Observed, Unobserved
from krbcheck.facts.vantages import Vantages
from krbcheck.site.stated import Site

SITE = Site("site.yaml", (), (), ())
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg")}
)
MODULE = "made_up_collectors"


class First(Facts, frozen=True):
    seen: tuple[object, ...] = ()


class Second(Facts, frozen=True):
    seen: tuple[object, ...] = ()


class Third(Facts, frozen=True):
    seen: tuple[object, ...] = ()


def values(answers: Sequence[object]) -> tuple[object, ...]:
    return tuple(answer.value if isinstance(answer, Observed) else answer for answer in answers)


@pytest.fixture
def collecting(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Collecting]:
    """One over collectors made up in the test, by the name of their family."""

    def make(observer: Silent | None = None, **collectors: Callable[..., Asking[Facts]]) -> Collecting:
        module = ModuleType(MODULE)
        for family, function in collectors.items():
            setattr(module, family, function)
        monkeypatch.setitem(sys.modules, MODULE, module)
        table: Mapping[str, str] = {family: f"{MODULE}:{family}" for family in collectors}
        return Collecting(SITE, THIS_HOST, Wallet(), table, Limits(at_once=4, per_server=4, grace=0.0), observer)

    return make


def seen(collected: Collecting, family: type[Facts]) -> object:
    return getattr(collected.facts[family], "seen")  # noqa: B009 - the families above all have it


def asking(probe: Callable[..., object], *args: object, seconds: float = 5) -> Ask[object]:
    return Ask(partial(probe, *args), "question", seconds=seconds)


def first(site: Site) -> Asking[First]:
    answers = yield [asking(lambda: site.name)]
    return First(values(answers))


def test_answers_come_in_the_order_asked(collecting: Callable[..., Collecting]) -> None:
    turns = [threading.Event() for _ in range(4)]
    turns[3].set()

    def probe(number: int) -> int:
        """The last is answered first."""
        turns[number].wait(5)
        turns[number - 1].set()
        return number

    def collector(site: Site) -> Asking[First]:
        answers = yield [asking(probe, number) for number in range(4)]
        return First(values(answers))

    collection = collecting(First=collector)
    collection.run([First])
    assert seen(collection, First) == (0, 1, 2, 3)


def test_what_is_wanted_is_collected_with_what_it_rests_on_and_nothing_else(
    collecting: Callable[..., Collecting],
) -> None:
    def second(before: First, wallet: Wallet, this_host: ThisHost) -> Asking[Second]:
        yield []
        return Second((*before.seen, this_host.name))

    def third(site: Site) -> Asking[Third]:
        raise AssertionError("nobody wants it")
        yield []

    collection = collecting(First=first, Second=second, Third=third)
    collection.run([Second])
    assert seen(collection, Second) == ("site.yaml", "station")
    assert Third not in collection.facts


def test_a_collector_starts_as_soon_as_its_needs_are_there(collecting: Callable[..., Collecting]) -> None:
    gate = threading.Event()

    def second(before: First) -> Asking[Second]:
        answers = yield [asking(gate.set)]
        return Second(values(answers))

    def third(site: Site) -> Asking[Third]:
        """Ends only after the second, which must not wait for it."""
        answers = yield [asking(lambda: gate.wait(5))]
        return Third(values(answers))

    collection = collecting(First=first, Second=second, Third=third)
    collection.run([Third, Second])
    assert seen(collection, Third) == (True,)


@pytest.mark.parametrize("late", [False, True], ids=["before-asking", "with-the-answers"])
def test_a_collector_with_a_bug_leaves_its_family_empty_and_is_named(
    collecting: Callable[..., Collecting], late: bool
) -> None:
    def broken(site: Site) -> Asking[First]:
        if late:
            yield [asking(lambda: 1)]
        yield [asking(lambda: 1 / 0, 1 / 0)]
        return First()

    def second(before: First) -> Asking[Second]:
        yield []
        return Second(("goes on", *before.seen))

    collection = collecting(First=broken, Second=second)
    collection.run([Second])
    assert seen(collection, First) == ()
    assert seen(collection, Second) == ("goes on",)
    assert "ZeroDivisionError" in collection.crashes["First"]


def test_what_cannot_be_asked_needs_no_thread_and_keeps_its_position(collecting: Callable[..., Collecting]) -> None:
    progress: list[int] = []

    class Watcher(Silent):
        def asked(self, done: int, known: int, what: str) -> None:
            progress.append(known)

    def collector(site: Site) -> Asking[First]:
        none: list[MaybeAsk[object]] = [NotAsked(Gap.NAME_UNKNOWN, "no address", "first", "alice")]
        gap = NotAsked(Gap.NEEDS_OTHER, "no ticket", "second")
        mixed: list[MaybeAsk[object]] = [asking(lambda: 1), gap, asking(lambda: 2)]
        nothing = yield from asked(none)
        some = yield from asked(mixed)
        return First((*values(nothing), *values(some)))

    collection = collecting(Watcher(), First=collector)
    collection.run([First])
    (first_gap, number, second_gap, other) = collection.facts[First].seen  # type: ignore[attr-defined]
    assert (first_gap.gap, first_gap.detail, first_gap.vantage) == (Gap.NAME_UNKNOWN, "no address", "alice")
    assert (number, second_gap.asked, other) == (1, "second", 2)
    assert max(progress) == 2, "what is not asked is no question"


def test_collectors_that_wait_for_each_other_are_a_bug(collecting: Callable[..., Collecting]) -> None:
    def hen(egg: Second) -> Asking[First]:
        yield []
        return First()

    def egg(hen: First) -> Asking[Second]:
        yield []
        return Second()

    with pytest.raises(AssertionError, match="wait for each other"):
        collecting(First=hen, Second=egg).run([First])


def test_a_collection_that_is_cut_short_leaves_what_is_known(collecting: Callable[..., Collecting]) -> None:
    class Impatient:
        def asked(self, done: int, known: int, what: str) -> None:
            if done == 2:
                raise KeyboardInterrupt

    def second(before: First) -> Asking[Second]:
        answers = yield [asking(lambda: 2), asking(lambda: 3)]
        return Second(values(answers))

    collection = collecting(Impatient(), First=first, Second=second)
    with pytest.raises(KeyboardInterrupt):
        collection.run([Second])
    assert seen(collection, First) == ("site.yaml",)
    assert Second not in collection.facts


def test_where_was_asked_from_is_known_from_the_start(collecting: Callable[..., Collecting]) -> None:
    points = collecting().facts[Vantages].points  # type: ignore[attr-defined]
    assert [(point.tenant, point.host, point.source, point.why) for point in points] == [
        ("alice", "station", "10.77.11.9", ""),
        ("bob", "station", "", "no leg"),
    ]


SCRIPT = """
import signal
import threading
from krbcheck.asking.ask import Ask, call
from krbcheck.asking.scheduler import Limits, Scheduler, Silent

def stuck():
    print("asked", flush=True)
    threading.Event().wait()

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, if this runs in the background
scheduler = Scheduler(Limits(grace=0.0), Silent())
scheduler.add(Ask(call(stuck), "question", seconds=SECONDS))
try:
    print(scheduler.next()[0][1].gap)
except KeyboardInterrupt:
    print("cut short")
"""


def program(seconds: float) -> subprocess.Popen[str]:
    script = SCRIPT.replace("SECONDS", str(seconds))
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_process_ends_although_a_thread_is_stuck() -> None:
    with program(0.05) as running:
        said, complaints = running.communicate(timeout=20)
    assert (said, complaints, running.returncode) == ("asked\nout-of-time\n", "", 0)


def test_an_interrupt_is_heard_while_waiting() -> None:
    with program(60) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "asked\n"
        running.send_signal(signal.SIGINT)
        said, complaints = running.communicate(timeout=20)
    assert (said, complaints, running.returncode) == ("cut short\n", "", 0)


def test_what_was_told_before_an_interrupt_can_be_kept(collecting: Callable[..., Collecting]) -> None:
    never, reply = threading.Event(), threading.Event()

    class Stopping(Silent):
        """The interrupt comes with the last answer, which comes after the first was told."""

        def asked(self, done: int, known: int, what: str) -> None:
            if what == "last":
                raise KeyboardInterrupt
            reply.set()

    def collector(site: Site) -> Asking[First]:
        answers = yield [asking(lambda: 1), asking(lambda: never.wait(5))]
        more = yield [asking(lambda: 3)]
        return First((*values(answers), *values(more)))

    def second(site: Site) -> Asking[Second]:
        answers = yield [Ask(call(reply.wait, 5), "last", seconds=5)]
        return Second(values(answers))

    collection = collecting(Stopping(), First=collector, Second=second)
    with pytest.raises(KeyboardInterrupt):
        collection.run([First, Second])
    never.set()
    collection.break_off([First], "interrupted")
    kept = collection.facts[First]
    assert isinstance(kept, First)
    assert kept.seen[0] == 1
    assert [getattr(each, "detail", "") for each in kept.seen[1:]] == ["interrupted"] * 2
    assert Second not in collection.facts


def test_a_query_that_is_left_out_is_not_called(collecting: Callable[..., Collecting]) -> None:
    called: list[str] = []

    def collector(site: Site, omissions: Omissions) -> Asking[First]:
        alarming = Ask(call(called.append, "alarming"), "alarming", vantage="alice", alarms=True)
        answers = yield [alarming, Ask(call(called.append, "harmless"), "harmless")]
        return First((*answers, omissions.groups_left_out))

    collection = collecting(First=collector)
    assert collection.omissions == Omissions()
    collection.omissions = collection.given[Omissions] = Omissions(quiet_network=True)
    collection.run([First])
    kept = collection.facts[First]
    assert isinstance(kept, First)
    gap = kept.seen[0]
    assert isinstance(gap, Unobserved)
    assert (gap.gap, gap.detail, gap.asked, gap.vantage) == (Gap.LEFT_OUT, BY_QUIET_NETWORK, "alarming", "alice")
    assert kept.seen[2] == BY_QUIET_NETWORK
    assert called == ["harmless"]
