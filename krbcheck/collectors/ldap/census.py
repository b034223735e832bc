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
    return reader.ask(connection, question, controller, port, CENSUS_SECONDS, alarms=True)


@dataclass(frozen=True)
class Count:
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
    replies: dict[str, Count] = {}
    while any(waiting.values()):
        turns = [queue.pop(0) for queue in waiting.values() if queue]
        answers = yield from asked([_ask(reader, turn) for turn in turns])
        for turn, answer in zip(turns, answers, strict=True):
            domain, controller, _ = turn
            seen, marks = _without_marks(answer)
            answered[domain.name] = SpnCensusAnswer(domain.name, controller.host, seen)
            if isinstance(seen, Observed):
                waiting[domain.name] = []
                replies[domain.name] = Count(turn, seen, marks)
    both = yield from _both(reader, list(replies.values()))
    return SpnCensuses(tuple(answered.values()), tuple(both))


def _without_marks(answer: Observation[Counted]) -> tuple[Observation[SpnCensus], set[int]]:
    marks = answer.value.marks if isinstance(answer, Observed) else set()
    return derived(answer, lambda counted: counted.value), marks


def _both(reader: DirectoryReader, replies: list[Count]) -> Asking[list[SpnsOfBoth]]:
    """Returns the SPNs that each pair of forests has in common; their owners are queried only if there are any."""
    forests = list({reply.forest: reply for reply in reversed(replies)}.values())[::-1]
    pairs = list(combinations(forests, 2))
    asks: list[MaybeAsk[tuple[SharedSpn, ...]]] = []
    for reply, other in pairs:
        if common := reply.marks & other.marks:
            asks += [_owners_ask(reader, side.turn, common) for side in (reply, other)]
    answers = iter((yield from asked(asks)))
    found = []
    for reply, other in pairs:
        if reply.marks & other.marks:
            seen = _shared(next(answers), next(answers))
        else:
            seen = derived(reply.seen, lambda _: SharedSpns())
        found.append(SpnsOfBoth(reply.turn[0].name, other.turn[0].name, seen))
    return found


def _owners_ask(reader: DirectoryReader, turn: Turn, common: set[int]) -> MaybeAsk[tuple[SharedSpn, ...]]:
    domain, controller, port = turn
    question, service = f"owners in {domain.name} of the SPNs that another forest has too", f"ldap/{controller.host}"
    ticket = reader.ticket(domain, service)
    if ticket is None:
        return reader.cannot(domain, service, question)
    connection = call(census.owners_of, controller.address, port, ticket, common, CENSUS_SECONDS)
    return reader.ask(connection, question, controller, port, CENSUS_SECONDS, alarms=True)


def _shared(owners: Owners, other: Owners) -> Observation[SharedSpns]:
    """Returns the SPNs of both, with the owners in both; an Unobserved if either did not answer."""
    if isinstance(other, Unobserved):
        return owners if isinstance(owners, Unobserved) else other
    there = {each.spn: each.owners for each in other.value}

    def common(here: tuple[SharedSpn, ...]) -> SharedSpns:
        return SharedSpns(
            tuple(SharedSpn(each.spn, each.owners + there[each.spn]) for each in here if each.spn in there)
        )

    return derived(owners, common)


def _turns(reader: DirectoryReader, domain: Domain, controllers: Controllers) -> list[Turn]:
    """Returns every controller for which there is a ticket, those whose KDC did not respond last; if there is none, the
    first.
    """
    silent = {grant.host for grant in reader.tickets.grants if isinstance(grant.seen, Unobserved)}
    known = list({controller.host: controller for controller in reversed(controllers.of(domain.name))}.values())[::-1]
    known.sort(key=lambda controller: controller.host in silent)
    turns = [(domain, controller, port) for port in (queries.GLOBAL_CATALOG, queries.LDAP) for controller in known]
    return [turn for turn in turns if reader.ticket(domain, f"ldap/{turn[1].host}")] or turns[:1]
