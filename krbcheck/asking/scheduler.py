"""Runs the calls of probes in daemon threads; one thread decides. The only concurrency in the program."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass
from typing import Protocol, TypeGuard

from krbcheck.asking.answering import answered, silent
from krbcheck.asking.ask import Ask
from krbcheck.facts.observation import Gap, Observation, Partial, Unobserved

Answer = Observation[object]
INTERRUPT_SECONDS = 2.5
"""How long an interrupted collection waits until sessions at servers are ended."""


@dataclass(frozen=True)
class Limits:
    """How many calls run at the same time: in all, and to one service of one host, so that a KDC is not overloaded.

    `grace` is the seconds that a probe may exceed its own limit. While a server that has never responded to a vantage
    point leaves a call from there without an answer for more than `patience` seconds, no second call starts from there.
    `requests` is the number of requests in one SMB session that may wait for a response.
    """

    at_once: int = 48
    per_server: int = 4
    grace: float = 1.0
    patience: float = 1.0
    requests: int = 32


USUAL = Limits()


class Observer(Protocol):
    """Receives the progress; called from the deciding thread."""

    def asked(self, done: int, known: int, what: str) -> None: ...


class Silent:
    """An observer that does nothing."""

    def asked(self, done: int, known: int, what: str) -> None: ...


class Scheduler:
    """Runs calls, each with a serial number, and remembers which servers do not respond. Used by one thread."""

    def __init__(self, limits: Limits, observer: Observer) -> None:
        self.limits = limits
        self.observer = observer
        self.waiting: dict[tuple[str, str], dict[str, deque[tuple[int, Ask[object]]]]] = {}  # by server and vantage
        self.running: dict[int, tuple[Ask[object], float]] = {}
        self.done: queue.SimpleQueue[tuple[int, Answer]] = queue.SimpleQueue()
        self.silent: dict[tuple[str, str], dict[str, str]] = {}  # the detail, by server and vantage
        self.heard: set[tuple[str, str, str]] = set()
        self.spoke: set[tuple[str, str]] = set()
        self.known = 0
        self.ended = 0

    def add(self, ask: Ask[object]) -> int:
        """Adds a call and returns its serial number."""
        self.known += 1
        by_vantage = self.waiting.setdefault((ask.host, ask.service), {})
        by_vantage.setdefault(ask.vantage, deque()).append((self.known, ask))
        return self.known

    def next(self) -> list[tuple[int, Answer]]:
        """Returns the next answers. A call that exceeds its limit ends with OUT_OF_TIME; its thread is abandoned."""
        ready = self._start()
        if not ready and self.running:
            first = min(self.running, key=lambda number: self.running[number][1])
            ask, until = self.running[first]
            try:
                ready = [self.done.get(timeout=max(0.0, until - time.monotonic()))]
            except queue.Empty:
                given_up = silent(ask, Gap.OUT_OF_TIME, f"nothing within {ask.seconds:g} s", ask.seconds)
                ready = [(first, given_up)]
        return [(serial, answer) for serial, answer in ready if self._ended(serial, answer)]

    def interrupt(self) -> None:
        """Ends what the running calls have begun at their servers, within `INTERRUPT_SECONDS` for all of them."""
        ends = [ask.on_interrupt for ask, _ in self.running.values() if ask.on_interrupt is not None]
        threads = [threading.Thread(target=end, daemon=True) for end in ends]
        until = time.monotonic() + INTERRUPT_SECONDS
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _start(self) -> list[tuple[int, Answer]]:
        """Starts the calls that may start; a call to a server that does not respond is answered at once.

        The vantage points alternate at a server, so that its timeout passes for all of them at the same time.
        """
        skipped: list[tuple[int, Answer]] = []
        busy = Counter(_bearer(ask) for ask, _ in self.running.values())
        slow = self._slow()
        for server, by_vantage in list(self.waiting.items()):
            while waiting := next(
                (by_vantage[vantage] for vantage in by_vantage if (*server, vantage) not in slow), None
            ):
                serial, ask = waiting[0]
                if ask.host and (before := self._silence(ask)):
                    skipped.append((serial, silent(ask, Gap.TIMED_OUT, before)))
                elif len(self.running) >= self.limits.at_once:
                    return skipped
                elif ask.host and busy[_bearer(ask)] >= self.limits.per_server:
                    break
                else:
                    busy[_bearer(ask)] += 1
                    threading.Thread(target=_put, args=(self.done, serial, ask), daemon=True).start()
                waiting.popleft()
                del by_vantage[ask.vantage]
                if waiting:
                    by_vantage[ask.vantage] = waiting  # behind the others
                self.running[serial] = (ask, time.monotonic() + ask.seconds + self.limits.grace)
            if not by_vantage:
                del self.waiting[server]
        return skipped

    def _slow(self) -> set[tuple[str, str, str]]:
        """Returns the servers, each with the vantage point, that have not responded for more than
        `patience` seconds.
        """
        late = time.monotonic() - self.limits.patience
        begun = ((ask, until - ask.seconds - self.limits.grace) for ask, until in self.running.values())
        servers = {(ask.host, ask.service, ask.vantage) for ask, start in begun if ask.host and start < late}
        return servers - self.heard

    def _ended(self, serial: int, answer: Answer) -> bool:
        """Returns False for the late answer of a call that has ended."""
        if serial not in self.running:
            return False
        ask, _ = self.running.pop(serial)
        self.ended += 1
        self._remember(ask, answer)
        self.observer.asked(self.ended, self.known, ask.text)
        return True

    def _remember(self, ask: Ask[object], answer: Answer) -> None:
        """Remembers a timeout: a server that never responded counts as silent after the first, one that did after the
        second.
        """
        server, key = (ask.host, ask.service), (ask.host, ask.service, ask.vantage)
        if detail := _fell_silent(answer):
            if key in self.heard:
                self.heard.remove(key)
            elif ask.host:
                self.silent.setdefault(server, {}).setdefault(ask.vantage, detail)
        elif not isinstance(answer, Unobserved):
            self.heard.add(key)
            self.spoke.add(server)

    def _silence(self, ask: Ask[object]) -> str:
        """Returns the detail of an earlier timeout of the same server from the same vantage point; empty if there is
        none.

        A server that did not respond to two vantage points, and responded to none, counts as silent for all.
        """
        server = (ask.host, ask.service)
        met = self.silent.get(server, {})
        if ask.vantage in met or len(met) < 2 or server in self.spoke:
            return met.get(ask.vantage, "")
        return next(iter(met.values()))


def _bearer(ask: Ask[object]) -> tuple[str, str]:
    """Returns the key under which a call is limited: its `load`, or its server and service."""
    return ("", ask.load) if ask.load else (ask.host, ask.service)


def _fell_silent(answer: Answer) -> str:
    """Returns the timeout that ended a call, also one that ended a partial reply; empty if there is none."""
    if isinstance(answer, Unobserved):
        return answer.detail if answer.gap in (Gap.TIMED_OUT, Gap.OUT_OF_TIME) else ""
    return answer.value.silence if _is_partial(answer.value) else ""


def _is_partial(value: object) -> TypeGuard[Partial]:
    """Returns whether the value is Partial; isinstance with a protocol needs ten times as long."""
    return hasattr(value, "silence")


def _put(done: queue.SimpleQueue[tuple[int, Answer]], serial: int, ask: Ask[object]) -> None:
    done.put((serial, answered(ask)))
