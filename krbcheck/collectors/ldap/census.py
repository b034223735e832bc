"""All SPNs of every domain's forest, from its first controller with a global catalog, else from its directory."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from krbcheck.asking.ask import Asking, MaybeAsk, asked, call
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.ldap.reader import DirectoryReader
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.directory import SharedSpn, SharedSpns, SpnCensus, SpnCensusAnswer, SpnCensuses, SpnsOfBoth
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Observation, Observed, Unobserved, derived
from krbcheck.probes.ldap import census, queries
from krbcheck.probes.ldap.census import Counted
from krbcheck.site.stated import Domain, Site

CENSUS_SECONDS = 60.0
"""The limit for a directory of 100,000 accounts."""

Turn = tuple[Domain, Controller, int]
Owners = Observation[tuple[SharedSpn, ...]]


def _ask(reader: DirectoryReader, turn: Turn) -> MaybeAsk[Counted]:
    domain, controller, port = turn
    question, service = f"all SPNs of {domain.name}", f"ldap/{controller.host}"
    ticket = reader.ticket(domain, service)
    if ticket is None:
        return reader.cannot(domain, service, question)
    connection = call(census.census, controller.address, port, ticket, CENSUS_SECONDS)
    return reader.ask(connection, question, controller, port, CENSUS_SECONDS)


@dataclass(frozen=True)
class Told:
    """The controller at which a domain's forest was counted, and the result."""

    turn: Turn
    seen: Observed[SpnCensus]
    marks: set[int]

    @property
    def forest(self) -> str:
        return self.seen.value.forest or self.turn[0].name


def spn_censuses(
    site: Site, this_host: ThisHost, wallet: Wallet, controllers: Controllers, readers: ReaderTickets
) -> Asking[SpnCensuses]:
    """Returns the results. If one controller does not answer, the domain's next one is queried; then the SPNs that two
    forests have in common.
    """
    reader = DirectoryReader(this_host, wallet, readers)
    waiting = {domain.name: _turns(reader, domain, controllers) for domain in site.domains}
    answered: dict[str, SpnCensusAnswer] = {}
    told: dict[str, Told] = {}
    while any(waiting.values()):
        turns = [queue.pop(0) for queue in waiting.values() if queue]
        answers = yield from asked([_ask(reader, turn) for turn in turns])
        for turn, answer in zip(turns, answers, strict=True):
            domain, one, _ = turn
            seen, marks = _without_marks(answer)
            answered[domain.name] = SpnCensusAnswer(domain.name, one.host, seen)
            if isinstance(seen, Observed):
                waiting[domain.name] = []
                told[domain.name] = Told(turn, seen, marks)
    both = yield from _both(reader, list(told.values()))
    return SpnCensuses(tuple(answered.values()), tuple(both))


def _without_marks(answer: Observation[Counted]) -> tuple[Observation[SpnCensus], set[int]]:
    marks = answer.value.marks if isinstance(answer, Observed) else set()
    return derived(answer, lambda counted: counted.value), marks


def _both(reader: DirectoryReader, told: list[Told]) -> Asking[list[SpnsOfBoth]]:
    """Returns the SPNs that each pair of forests has in common; their owners are queried only if there are any."""
    forests = list({one.forest: one for one in reversed(told)}.values())[::-1]
    pairs = list(combinations(forests, 2))
    asks: list[MaybeAsk[tuple[SharedSpn, ...]]] = []
    for one, other in pairs:
        if common := one.marks & other.marks:
            asks += [_owners_ask(reader, side.turn, common) for side in (one, other)]
    answers = iter((yield from asked(asks)))
    found = []
    for one, other in pairs:
        if one.marks & other.marks:
            seen = _shared(next(answers), next(answers))
        else:
            seen = derived(one.seen, lambda _: SharedSpns())
        found.append(SpnsOfBoth(one.turn[0].name, other.turn[0].name, seen))
    return found


def _owners_ask(reader: DirectoryReader, turn: Turn, common: set[int]) -> MaybeAsk[tuple[SharedSpn, ...]]:
    domain, controller, port = turn
    question, service = f"owners in {domain.name} of the SPNs that another forest has too", f"ldap/{controller.host}"
    ticket = reader.ticket(domain, service)
    if ticket is None:
        return reader.cannot(domain, service, question)
    connection = call(census.owners_of, controller.address, port, ticket, common, CENSUS_SECONDS)
    return reader.ask(connection, question, controller, port, CENSUS_SECONDS)


def _shared(one: Owners, other: Owners) -> Observation[SharedSpns]:
    """Returns the SPNs of both, with the owners in both; an Unobserved if either did not answer."""
    if isinstance(other, Unobserved):
        return one if isinstance(one, Unobserved) else other
    there = {each.spn: each.owners for each in other.value}

    def common(here: tuple[SharedSpn, ...]) -> SharedSpns:
        return SharedSpns(
            tuple(SharedSpn(each.spn, each.owners + there[each.spn]) for each in here if each.spn in there)
        )

    return derived(one, common)


def _turns(reader: DirectoryReader, domain: Domain, controllers: Controllers) -> list[Turn]:
    """Returns every controller for which there is a ticket, those whose KDC did not respond last; if there is none, the
    first.
    """
    silent = {one.host for one in reader.tickets.grants if isinstance(one.seen, Unobserved)}
    known = list({one.host: one for one in reversed(controllers.of(domain.name))}.values())[::-1]
    known.sort(key=lambda one: one.host in silent)
    turns = [(domain, one, port) for port in (queries.GLOBAL_CATALOG, queries.LDAP) for one in known]
    return [turn for turn in turns if reader.ticket(domain, f"ldap/{turn[1].host}")] or turns[:1]
