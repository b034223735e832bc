"""All SPNs of every domain's forest, at its first controller that has a global catalogue, else at its directory."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from itertools import combinations

import msgspec

from krbcheck.asking.scheduler import Answer, Ask, Asking
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.ldap.reader import DirectoryReader
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.directory import SharedSpn, SharedSpns, SpnCensus, SpnCensusAnswer, SpnCensuses, SpnsOfBoth
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.probes.ldap import census, queries
from krbcheck.site.stated import Domain, Site

CENSUS_SECONDS = 60.0
"""A directory of a hundred thousand accounts takes its time."""

Turn = tuple[Domain, Controller, int]


def _ask(reader: DirectoryReader, turn: Turn) -> Ask:
    domain, one, port = turn
    asked, service = f"all SPNs of {domain.name} at {one.host} port {port}", f"ldap/{one.host}"
    ticket = reader.ticket(domain, service)
    if ticket is None:
        return reader.cannot(domain, service, asked)
    args = (one.address, port, ticket, CENSUS_SECONDS)
    return Ask(census.census, args, asked, one.address, f"tcp/{port}", reader.this_host.name, CENSUS_SECONDS)


@dataclass(frozen=True)
class Told:
    """Where a domain's forest was counted, and what came of it."""

    turn: Turn
    seen: Observed[SpnCensus]
    marks: set[int]

    @property
    def forest(self) -> str:
        return self.seen.value.forest or self.turn[0].name


def spn_censuses(
    site: Site, this_host: ThisHost, wallet: Wallet, controllers: Controllers, readers: ReaderTickets
) -> Asking[SpnCensuses]:
    """In turns: what one controller does not tell the domain's next one is asked. Then what two forests both have."""
    reader = DirectoryReader(this_host, wallet, readers)
    waiting = {domain.name: _turns(reader, domain, controllers) for domain in site.domains}
    answered: dict[str, SpnCensusAnswer] = {}
    told: dict[str, Told] = {}
    while any(waiting.values()):
        turns = [queue.pop(0) for queue in waiting.values() if queue]
        answers = yield [_ask(reader, turn) for turn in turns]
        for turn, answer in zip(turns, answers, strict=True):
            domain, one, _ = turn
            seen, marks = _without_marks(answer)
            answered[domain.name] = SpnCensusAnswer(domain.name, one.host, seen)
            if isinstance(seen, Observed):
                waiting[domain.name] = []
                told[domain.name] = Told(turn, seen, marks)
    both = yield from _both(reader, list(told.values()))
    return SpnCensuses(tuple(answered.values()), tuple(both))


def _without_marks(answer: Answer) -> tuple[Answer, set[int]]:
    if not isinstance(answer, Observed):
        return answer, set()
    return msgspec.structs.replace(answer, value=answer.value.value), answer.value.marks


def _both(reader: DirectoryReader, told: list[Told]) -> Generator[list[Ask], list[Answer], list[SpnsOfBoth]]:
    """Each two forests, once; those that have anything in common are asked what, both of them."""
    forests = list({one.forest: one for one in reversed(told)}.values())[::-1]
    pairs = list(combinations(forests, 2))
    asks = []
    for one, other in pairs:
        if common := one.marks & other.marks:
            asks += [_owners_ask(reader, side.turn, common) for side in (one, other)]
    answers = iter((yield asks))
    found = []
    for one, other in pairs:
        if one.marks & other.marks:
            seen = _shared(next(answers), next(answers))
        else:
            seen = msgspec.structs.replace(one.seen, value=SharedSpns())
        found.append(SpnsOfBoth(one.turn[0].name, other.turn[0].name, seen))
    return found


def _owners_ask(reader: DirectoryReader, turn: Turn, common: set[int]) -> Ask:
    domain, one, port = turn
    ticket = reader.ticket(domain, f"ldap/{one.host}")
    asked = f"owners in {domain.name} of the SPNs that another forest has too, at {one.host} port {port}"
    args = (one.address, port, ticket, common, CENSUS_SECONDS)
    return Ask(census.owners_of, args, asked, one.address, f"tcp/{port}", reader.this_host.name, CENSUS_SECONDS)


def _shared(one: Answer, other: Answer) -> Answer:
    """What both name, with the owners of both; the silence of either."""
    if not (isinstance(one, Observed) and isinstance(other, Observed)):
        return one if isinstance(other, Observed) else other
    there = {each.spn: each.owners for each in other.value}
    shared = [SharedSpn(each.spn, each.owners + there[each.spn]) for each in one.value if each.spn in there]
    return msgspec.structs.replace(one, value=SharedSpns(tuple(shared)))


def _turns(reader: DirectoryReader, domain: Domain, controllers: Controllers) -> list[Turn]:
    """Every controller that there is a ticket for, those with a silent KDC last; if there is none, the first."""
    silent = {one.host for one in reader.tickets.grants if isinstance(one.seen, Unobserved)}
    known = list({one.host: one for one in reversed(controllers.of(domain.name))}.values())[::-1]
    known.sort(key=lambda one: one.host in silent)
    turns = [(domain, one, port) for port in (queries.GLOBAL_CATALOG, queries.LDAP) for one in known]
    return [turn for turn in turns if reader.ticket(domain, f"ldap/{turn[1].host}")] or turns[:1]
