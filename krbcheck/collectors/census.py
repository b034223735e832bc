"""All SPNs of every domain's forest, at its first controller that has a global catalogue, else at its directory."""

from __future__ import annotations

from collections.abc import Generator

from krbcheck.collect import Answer, Ask, Asking
from krbcheck.collectors.directories import why_no_ticket
from krbcheck.collectors.grants import nobody
from krbcheck.facts.directory import SpnCensusAnswer, SpnCensuses
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controller, Controllers
from krbcheck.model import Observed, Unobserved
from krbcheck.place import Place
from krbcheck.probes import ldap, ldap_census
from krbcheck.site import Domain, Site
from krbcheck.wallet import Wallet

CENSUS_SECONDS = 60.0
"""A directory of a hundred thousand accounts takes its time."""

Turn = tuple[Domain, Controller, int]


def _ask(place: Place, wallet: Wallet, readers: ReaderTickets, turn: Turn) -> Ask:
    domain, one, port = turn
    ticket = wallet.ticket(domain.account, f"ldap/{one.host}") if domain.account else None
    asked = f"all SPNs of {domain.name} at {one.host} port {port}"
    if ticket is None:
        return Ask(nobody, (why_no_ticket(domain, f"ldap/{one.host}", readers),), asked, vantage=place.host)
    args = (one.address, port, ticket, CENSUS_SECONDS)
    return Ask(ldap_census.census, args, asked, one.address, f"tcp/{port}", place.host, CENSUS_SECONDS)


def spn_censuses(
    site: Site, place: Place, wallet: Wallet, controllers: Controllers, readers: ReaderTickets
) -> Asking[SpnCensuses]:
    """In turns: what one controller does not tell the domain's next one is asked."""
    waiting = {domain.name: _turns(domain, controllers, wallet, readers) for domain in site.domains}
    told: dict[str, SpnCensusAnswer] = {}
    while any(waiting.values()):
        turns = [queue.pop(0) for queue in waiting.values() if queue]
        answers = yield from _asked([_ask(place, wallet, readers, turn) for turn in turns])
        for (domain, one, _), answer in zip(turns, answers, strict=True):
            told[domain.name] = SpnCensusAnswer(domain.name, one.host, answer)
            if isinstance(answer, Observed):
                waiting[domain.name] = []
    return SpnCensuses(tuple(told.values()))


def _asked(asks: list[Ask]) -> Generator[list[Ask], list[Answer], list[Answer]]:
    answers = yield asks
    return answers


def _turns(domain: Domain, controllers: Controllers, wallet: Wallet, readers: ReaderTickets) -> list[Turn]:
    """Every controller that there is a ticket for, those with a silent KDC last; if there is none, the first."""
    silent = {one.host for one in readers.grants if isinstance(one.seen, Unobserved)}
    known = list({one.host: one for one in reversed(controllers.of(domain.name))}.values())[::-1]
    known.sort(key=lambda one: one.host in silent)
    turns = [(domain, one, port) for port in (ldap.GLOBAL_CATALOG, ldap.LDAP) for one in known]
    return [turn for turn in turns if wallet.ticket(domain.account, f"ldap/{turn[1].host}")] or turns[:1]
