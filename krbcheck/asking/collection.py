"""Collects the wanted families, and all families that they need, each with its collector.

A collector is a generator: it yields calls of probes, receives the answers in order, and returns a fact family. Each
starts as soon as the families that it needs are available, so a server that does not respond delays no other collector.
"""

from __future__ import annotations

import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from krbcheck.asking.answering import now, unasked
from krbcheck.asking.ask import Asking, MaybeAsk, NotAsked
from krbcheck.asking.needs import Collector, lacks_of, load_collector, needs
from krbcheck.asking.omissions import Omissions
from krbcheck.asking.scheduler import USUAL, Answer, Limits, Observer, Scheduler, Silent
from krbcheck.asking.this_host import ThisHost
from krbcheck.asking.writes import READ_ONLY, Writes
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.observation import Extent, Facts, Gap, Unobserved
from krbcheck.facts.scopes import Scope, Scopes, ScopeSubject
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.site.stated import Site
from krbcheck.site.subjects import digest, subjects


@dataclass
class _Running:
    """A running collector: its generator and the answers to its current calls."""

    family: type[Facts]
    generator: Asking[Facts]
    size: int = 0
    answers: dict[int, Answer] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return len(self.answers) == self.size

    def in_order(self, missing: Answer | None = None) -> list[Answer]:
        """Returns the answers in the order of the calls; `missing` stands for those that are not available."""
        if missing is None:
            return [self.answers[index] for index in range(self.size)]
        return [self.answers.get(index, missing) for index in range(self.size)]


class Collecting:
    """One collection. `run` can be interrupted at any time; `facts` then has the families that are complete."""

    def __init__(
        self,
        site: Site,
        this_host: ThisHost,
        wallet: Wallet,
        table: Mapping[str, str],
        limits: Limits = USUAL,
        observer: Observer | None = None,
        writes: Writes = READ_ONLY,
        *,
        quiet_network: bool = False,
    ) -> None:
        self.omissions = Omissions(quiet_network, site.excluded)
        self.given: dict[type, object] = {
            Site: site,
            ThisHost: this_host,
            Wallet: wallet,
            Limits: limits,
            Writes: writes,
            Omissions: self.omissions,
        }
        self.this_host = this_host
        self.table = table
        self.facts: dict[type[Facts], Facts] = {Vantages: vantages(this_host), Scopes: scopes(site, this_host)}
        self.crashes: dict[str, str] = {}
        self.cut_short = ""
        self.asked_by: dict[int, tuple[int, int]] = {}
        self.started = 0
        self.active: dict[int, _Running] = {}
        self.scheduler = Scheduler(limits, observer or Silent())

    def run(self, wanted: Collection[type[Facts]]) -> None:
        """Collects the wanted families and all that they need; raises AssertionError if collectors
        wait for each other.
        """
        todo = self._closure(wanted)
        while todo or self.active:
            ready = [entry for entry in todo if self._ready(todo[entry])]
            stuck = ", ".join(entry.__name__ for entry in todo)
            assert ready or self.active, f"collectors that wait for each other: {stuck}"
            for family in ready:
                function = todo.pop(family)
                given = {name: self._value(kind) for name, kind in needs(function).items()}
                number = self.started = self.started + 1
                self.active[number] = _Running(family, function(**given))
                self._step(number, None)
            if self.active:
                self._deliver()

    def break_off(self, families: Collection[type[Facts]], says: str) -> None:
        """Ends the collectors of these families after an interrupt: the answers until then become facts, the others are
        OUT_OF_TIME.
        """
        self.scheduler.interrupt()
        missing = Unobserved(Gap.OUT_OF_TIME, says, says, now(), "")
        self.cut_short = says
        for number, entry in list(self.active.items()):
            while number in self.active and entry.family in families:
                self._step(number, entry.in_order(missing))

    def _deliver(self) -> None:
        for serial, answer in self.scheduler.next():
            number, index = self.asked_by.pop(serial)
            entry = self.active[number]
            entry.answers[index] = answer
            if entry.whole:
                self._step(number, entry.in_order())

    def _step(self, number: int, answers: list[Answer] | None) -> None:
        """Sends the answers to the collector and starts its next calls; calls that need no query
        are answered at once.
        """
        entry = self.active[number]
        try:
            while True:
                batch = list(next(entry.generator) if answers is None else entry.generator.send(answers))
                self._begin(number, batch)
                if not entry.whole:
                    return
                answers = entry.in_order()
        except StopIteration as stopped:
            if stopped.value is not None:  # an interrupt in a collector ends it without a family
                self.facts[entry.family] = self._with_extent(entry.family, stopped.value)
        except Exception:  # noqa: BLE001 - a bug of a collector: its family stays empty, and the crash is reported
            self.crashes[entry.family.__name__] = traceback.format_exc(limit=-6)
            self.facts[entry.family] = self._with_extent(entry.family, entry.family(), "krbcheck crashed here")
        del self.active[number]

    def _begin(self, number: int, batch: Sequence[MaybeAsk[object]]) -> None:
        """Gives the calls to the scheduler; a query that cannot be sent has its answer at once."""
        entry = self.active[number]
        entry.size, entry.answers = len(batch), {}
        for index, question in enumerate(map(self.omissions.applied, batch)):
            if isinstance(question, NotAsked):
                entry.answers[index] = unasked(question)
            else:
                self.asked_by[self.scheduler.add(question)] = (number, index)

    def _with_extent(self, family: type[Facts], collected: Facts, lacks: str = "") -> Facts:
        lacks = lacks or self.cut_short or lacks_of(load_collector(family, self.table))
        extent = Extent(self.this_host.name, _tenants(self.this_host), lacks)
        return msgspec.structs.replace(collected, extents=(extent,))

    def _closure(self, wanted: Collection[type[Facts]]) -> dict[type[Facts], Collector]:
        todo: dict[type[Facts], Collector] = {}
        queue_ = [family for family in wanted if family not in self.facts]
        while queue_:
            family = queue_.pop()
            if family in todo or family in self.facts:
                continue
            todo[family] = load_collector(family, self.table)
            queue_ += [kind for kind in needs(todo[family]).values() if issubclass(kind, Facts)]
        return todo

    def _ready(self, function: Collector) -> bool:
        return all(kind in self.given or kind in self.facts for kind in needs(function).values())

    def _value(self, kind: type) -> object:
        return self.given[kind] if kind in self.given else self.facts[kind]


def vantages(this_host: ThisHost) -> Vantages:
    """Returns the vantage points of this host, one for each tenant."""
    return Vantages(
        tuple(
            VantagePoint(source.tenant, this_host.name, source.address, source.why)
            for source in this_host.sources.values()
        )
    )


def scopes(site: Site, this_host: ThisHost) -> Scopes:
    """What the site file states, for which this host collects."""
    stated = tuple(ScopeSubject(*row) for row in subjects(site))
    return Scopes(scopes=(Scope(this_host.name, _tenants(this_host), digest(site), stated),))


def _tenants(this_host: ThisHost) -> tuple[str, ...]:
    """For whose hosts this host can query."""
    return tuple(source.tenant for source in this_host.sources.values() if source.address)
