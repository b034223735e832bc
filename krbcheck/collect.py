"""The only concurrency in the program: asks run in daemon threads, one thread decides.

A collector is a generator: it yields what to ask, receives the answers in order, and returns a fact family. Each
starts as soon as the families that it needs are there, so what hangs on a silent server delays nothing else.
"""

from __future__ import annotations

import importlib
import queue
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol, TypeVar, get_type_hints

from krbcheck.facts.place import VantagePoint, Vantages
from krbcheck.model import Facts, Gap, NoAnswer, Observed, Unobserved
from krbcheck.place import Place
from krbcheck.site import Site
from krbcheck.wallet import Wallet

F = TypeVar("F", bound=Facts)
Answer = Observed[Any] | Unobserved


@dataclass(frozen=True)
class Ask:
    """One call of one probe: one connection at a time, to `host` (an address).

    `service` ("dns", "kdc", "ldap", "smb", "tcp/88" …) and `host` together are a server, and a server may be silent:
    after an ask timed out the others to it from the same vantage are answered at once. `seconds` is the probe's own
    limit; the scheduler gives up a little later. An empty host is never silent and never limited. What bears the `load`
    is limited as one server, whatever its addresses.
    """

    probe: Callable[..., Any]
    args: tuple[Any, ...]
    asked: str
    host: str = ""
    service: str = ""
    vantage: str = ""
    seconds: float = 3.0
    load: str = ""


Asking = Generator[Sequence[Ask], list[Answer], F]
"""What a collector is: yields asks, is sent their answers, returns its family."""


@dataclass(frozen=True)
class Limits:
    """How many asks run at once: in all, and of one service of one host (a KDC is no target for a load test).

    `grace` is how many seconds a probe may outlive its own limit. A server that was never heard from a vantage and
    leaves an ask from there waiting for more than `patience` seconds gets no second one from there meanwhile.
    `requests` of one SMB session may be under way.
    """

    at_once: int = 48
    per_server: int = 4
    grace: float = 1.0
    patience: float = 1.0
    requests: int = 32


class Observer(Protocol):
    """Told of progress; called from the deciding thread."""

    def asked(self, done: int, known: int, what: str) -> None: ...


class Silent:
    def asked(self, done: int, known: int, what: str) -> None: ...


@dataclass
class _Running:
    """A collector under way: its generator and the answers to its present batch."""

    family: type[Facts]
    generator: Asking[Facts]
    size: int = 0
    answers: dict[int, Answer] = field(default_factory=dict)


class Scheduler:
    """Runs asks, each under its serial number; remembers who is silent. Used by one thread."""

    def __init__(self, limits: Limits, observer: Observer) -> None:
        self.limits = limits
        self.observer = observer
        self.waiting: dict[tuple[str, str], dict[str, deque[tuple[int, Ask]]]] = {}  # by server and vantage
        self.running: dict[int, tuple[Ask, float]] = {}
        self.done: queue.SimpleQueue[tuple[int, Answer]] = queue.SimpleQueue()
        self.silent: dict[tuple[str, str], dict[str, str]] = {}  # by server and vantage
        self.heard: set[tuple[str, str, str]] = set()
        self.spoke: set[tuple[str, str]] = set()
        self.known = 0
        self.ended = 0

    def add(self, ask: Ask) -> int:
        self.known += 1
        ways = self.waiting.setdefault((ask.host, ask.service), {})
        ways.setdefault(ask.vantage, deque()).append((self.known, ask))
        return self.known

    def next(self) -> list[tuple[int, Answer]]:
        """The next answers; an ask that outlives its time is given up, its thread left behind."""
        ready = self._start()
        if not ready and self.running:
            first = min(self.running, key=lambda one: self.running[one][1])
            ask, until = self.running[first]
            try:
                ready = [self.done.get(timeout=max(0.0, until - time.monotonic()))]
            except queue.Empty:
                detail = f"nothing within {ask.seconds:g} s"
                ready = [(first, Unobserved(Gap.OUT_OF_TIME, detail, ask.asked, _now(), ask.vantage, ask.seconds))]
        return [(serial, answer) for serial, answer in ready if self._ended(serial, answer)]

    def _start(self) -> list[tuple[int, Answer]]:
        """Starts what may start; what is addressed to a silent server is answered here and now.

        The vantages take turns at a server, so that silence is met from all of them at once and not one by one.
        """
        skipped: list[tuple[int, Answer]] = []
        busy = Counter(_bearer(ask) for ask, _ in self.running.values())
        slow = self._slow()
        for server, ways in list(self.waiting.items()):
            while waiting := next((ways[one] for one in ways if (*server, one) not in slow), None):
                serial, ask = waiting[0]
                if ask.host and (before := self._silence(ask)):
                    skipped.append((serial, Unobserved(Gap.TIMED_OUT, before, ask.asked, _now(), ask.vantage)))
                elif len(self.running) >= self.limits.at_once:
                    return skipped
                elif ask.host and busy[_bearer(ask)] >= self.limits.per_server:
                    break
                else:
                    busy[_bearer(ask)] += 1
                    threading.Thread(target=_put, args=(self.done, serial, ask), daemon=True).start()
                waiting.popleft()
                del ways[ask.vantage]
                if waiting:
                    ways[ask.vantage] = waiting  # behind the others
                self.running[serial] = (ask, time.monotonic() + ask.seconds + self.limits.grace)
            if not ways:
                del self.waiting[server]
        return skipped

    def _slow(self) -> set[tuple[str, str, str]]:
        """Servers that tax our patience, each with the vantage."""
        late = time.monotonic() - self.limits.patience
        begun = ((ask, until - ask.seconds - self.limits.grace) for ask, until in self.running.values())
        ways = {(ask.host, ask.service, ask.vantage) for ask, start in begun if ask.host and start < late}
        return ways - self.heard

    def _ended(self, serial: int, answer: Answer) -> bool:
        """False for the late answer of an ask that was given up."""
        if serial not in self.running:
            return False
        ask, _ = self.running.pop(serial)
        self.ended += 1
        self._remember(ask, answer)
        self.observer.asked(self.ended, self.known, ask.asked)
        return True

    def _remember(self, ask: Ask, answer: Answer) -> None:
        """A server that never answered is silent at its first silence, one that did at its second: it may be slow."""
        server, way = (ask.host, ask.service), (ask.host, ask.service, ask.vantage)
        if detail := _fell_silent(answer):
            if way in self.heard:
                self.heard.remove(way)
            elif ask.host:
                self.silent.setdefault(server, {}).setdefault(ask.vantage, detail)
        elif not isinstance(answer, Unobserved):
            self.heard.add(way)
            self.spoke.add(server)

    def _silence(self, ask: Ask) -> str:
        """What an earlier ask to the same server met from the same vantage, if that was silence; a server that is
        silent to two, and answered nobody, is silent to all.
        """
        server = (ask.host, ask.service)
        met = self.silent.get(server, {})
        if ask.vantage in met or len(met) < 2 or server in self.spoke:
            return met.get(ask.vantage, "")
        return next(iter(met.values()))


def _bearer(ask: Ask) -> tuple[str, str]:
    """Whose load an ask is."""
    return ("", ask.load) if ask.load else (ask.host, ask.service)


def _fell_silent(answer: Answer) -> str:
    """What the silence was that ended an ask, if one did: an answer may end half way (`SmbSetUp.stalled`)."""
    if isinstance(answer, Unobserved):
        return answer.detail if answer.gap in (Gap.TIMED_OUT, Gap.OUT_OF_TIME) else ""
    return str(answer.value.cut) if getattr(answer.value, "stalled", False) else ""


def part_of(answer: Answer, value: object, asked: str) -> Answer:
    """`value` as seen with the answer that it was made of; the silence, where that is what came."""
    if isinstance(answer, Unobserved):
        return Unobserved(answer.gap, answer.detail, asked, answer.at, answer.vantage, answer.seconds)
    return Observed(value, asked, answer.at, answer.vantage, answer.seconds)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251


def _put(done: queue.SimpleQueue[tuple[int, Answer]], serial: int, ask: Ask) -> None:
    done.put((serial, answered(ask)))


def answered(ask: Ask) -> Answer:
    """Calls the probe here and now, and says what came of it."""
    at, started = _now(), time.monotonic()
    try:
        value = ask.probe(*ask.args)
    except NoAnswer as none:
        spent = time.monotonic() - started
        return Unobserved(none.gap, none.detail, ask.asked, at, ask.vantage, spent)
    except Exception:  # noqa: BLE001 - the one place where a probe's bug is caught, and named as ours
        detail = traceback.format_exc(limit=-6)
        return Unobserved(Gap.CRASHED, detail, ask.asked, at, ask.vantage, time.monotonic() - started)
    return Observed(value, ask.asked, at, ask.vantage, time.monotonic() - started)


@cache
def needs(function: Callable[..., Any]) -> Mapping[str, type]:
    """A collector's parameters and their types."""
    return {name: kind for name, kind in get_type_hints(function).items() if name != "return"}


def load_collector(family: type[Facts], table: Mapping[str, str]) -> Callable[..., Asking[Facts]]:
    """The collector of a family; its module, and so its libraries, are imported only now."""
    module, _, function = table[family.__name__].partition(":")
    loaded: Callable[..., Asking[Facts]] = getattr(importlib.import_module(module), function)
    return loaded


class Collecting:
    """One collection. Interrupt `run` at any time: `facts` is what is known by then."""

    def __init__(
        self,
        site: Site,
        place: Place,
        wallet: Wallet,
        table: Mapping[str, str],
        limits: Limits = Limits(),
        observer: Observer | None = None,
    ) -> None:
        self.given: dict[type, Any] = {Site: site, Place: place, Wallet: wallet, Limits: limits}
        self.table = table
        self.facts: dict[type[Facts], Facts] = {Vantages: vantages(place)}
        self.crashes: dict[str, str] = {}
        self.asked_by: dict[int, tuple[int, int]] = {}
        self.started = 0
        self.active: dict[int, _Running] = {}
        self.scheduler = Scheduler(limits, observer or Silent())

    def run(self, wanted: Collection[type[Facts]]) -> None:
        """Collects the wanted families and all that they rest on."""
        todo = self._closure(wanted)
        active = self.active
        while todo or active:
            ready = [one for one in todo if self._ready(todo[one])]
            assert ready or active, f"collectors that wait for each other: {', '.join(one.__name__ for one in todo)}"
            for family in ready:
                function = todo.pop(family)
                given = {name: self._value(kind) for name, kind in needs(function).items()}
                number = self.started = self.started + 1
                active[number] = _Running(family, function(**given))
                self._step(active, number, None)
            if active:
                self._deliver(active)

    def break_off(self, families: Collection[type[Facts]], says: str) -> None:
        """After an interrupt: what these had been told by then becomes facts, what is missing is out of time."""
        missing = Unobserved(Gap.OUT_OF_TIME, says, says, _now(), "")
        for number, one in list(self.active.items()):
            while number in self.active and one.family in families:
                self._step(self.active, number, [one.answers.get(place, missing) for place in range(one.size)])

    def _deliver(self, active: dict[int, _Running]) -> None:
        for serial, answer in self.scheduler.next():
            number, index = self.asked_by.pop(serial)
            one = active[number]
            one.answers[index] = answer
            if len(one.answers) == one.size:
                self._step(active, number, [one.answers[place] for place in range(one.size)])

    def _step(self, active: dict[int, _Running], number: int, answers: list[Answer] | None) -> None:
        """Sends the answers and takes the next asks; a batch without asks is answered at once."""
        one = active[number]
        try:
            while True:
                asks = list(next(one.generator) if answers is None else one.generator.send(answers))
                answers = []
                if asks:
                    break
        except StopIteration as stopped:
            if stopped.value is not None:  # an interrupt within a collector ends it with nothing
                self.facts[one.family] = stopped.value
            del active[number]
            return
        except Exception:  # noqa: BLE001 - a collector's bug; its family stays empty and the crash is named
            self.crashes[one.family.__name__] = traceback.format_exc(limit=-6)
            self.facts[one.family] = one.family()
            del active[number]
            return
        one.size, one.answers = len(asks), {}
        for index, ask in enumerate(asks):
            self.asked_by[self.scheduler.add(ask)] = (number, index)

    def _closure(self, wanted: Collection[type[Facts]]) -> dict[type[Facts], Callable[..., Asking[Facts]]]:
        todo: dict[type[Facts], Callable[..., Asking[Facts]]] = {}
        queue_ = [family for family in wanted if family not in self.facts]
        while queue_:
            family = queue_.pop()
            if family in todo or family in self.facts:
                continue
            todo[family] = load_collector(family, self.table)
            queue_ += [kind for kind in needs(todo[family]).values() if issubclass(kind, Facts)]
        return todo

    def _ready(self, function: Callable[..., Any]) -> bool:
        return all(kind in self.given or kind in self.facts for kind in needs(function).values())

    def _value(self, kind: type) -> object:
        return self.given[kind] if kind in self.given else self.facts[kind]


def vantages(place: Place) -> Vantages:
    return Vantages(tuple(VantagePoint(leg.tenant, place.host, leg.source, leg.why) for leg in place.legs.values()))
