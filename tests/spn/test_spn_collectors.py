"""Whom the census asks: global catalogues first, one controller after the other until one tells."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.collect import Answer, Ask
from krbcheck.collectors.census import spn_censuses
from krbcheck.facts.directory import SpnCensus, SpnCensuses
from krbcheck.facts.kerberos import KrbError, ReaderTicket, ReaderTickets, TicketGrant
from krbcheck.facts.names import Controller, Controllers
from krbcheck.model import Gap, Observed, Unobserved
from krbcheck.place import Place
from krbcheck.site import Domain, Site
from krbcheck.wallet import Secret, Ticket, Wallet

AT = datetime(2026, 1, 1, tzinfo=UTC)
ACCOUNT = "krbcheck@TINTRI.COM"
SITE = Site("lab", domains=(Domain("tintri.com", account=ACCOUNT),), storages=(), tenants=())
CONTROLLERS = Controllers(
    tuple(Controller("tintri.com", f"dc{number}.tintri.com", f"10.77.0.2{number}") for number in (1, 2))
)
NO_READERS = ReaderTickets()
COUNTED = SpnCensus(3, 9)


def wallet(*hosts: str) -> Wallet:
    """Tickets for the LDAP of these controllers."""
    found = Wallet()
    for host in hosts:
        service, key = f"ldap/{host}.tintri.com", Secret(bytes(32))
        found.tickets[ACCOUNT, service, ""] = Ticket(ACCOUNT, service, "TINTRI.COM", key, key, 18, 18, 1, 0, AT, AT, AT)
    return found


def told(
    known: Wallet, *answers: SpnCensus | None, readers: ReaderTickets = NO_READERS
) -> tuple[list[Ask], SpnCensuses]:
    """What is asked when these are the answers, None for silence; and the facts."""
    rounds, asked, left = (
        spn_censuses(SITE, Place("station", {}), known, CONTROLLERS, readers),
        list[Ask](),
        list(answers),
    )
    batch: list[Answer] | None = None
    while True:
        try:
            asks = next(rounds) if batch is None else rounds.send(batch)
        except StopIteration as stopped:
            return asked, stopped.value
        asked += asks
        batch = [_answer(ask, left.pop(0)) for ask in asks]


def _answer(ask: Ask, value: SpnCensus | None) -> Answer:
    if value is None:
        return Unobserved(Gap.TIMED_OUT, "no answer", ask.asked, AT, ask.vantage)
    return Observed(value, ask.asked, AT, ask.vantage)


def places(asked: list[Ask]) -> list[str]:
    return [f"{ask.host} {ask.service}" for ask in asked]


def test_one_catalogue_that_tells_is_enough() -> None:
    asked, facts = told(wallet("dc1", "dc2"), COUNTED)
    assert places(asked) == ["10.77.0.21 tcp/3268"]
    assert facts.answers[0].controller == "dc1.tintri.com"


def test_every_catalogue_then_every_directory_is_tried() -> None:
    asked, facts = told(wallet("dc1", "dc2"), None, None, None, COUNTED)
    expected = ["10.77.0.21 tcp/3268", "10.77.0.22 tcp/3268", "10.77.0.21 tcp/389", "10.77.0.22 tcp/389"]
    assert places(asked) == expected
    assert isinstance(facts.answers[0].seen, Observed)


def test_silence_everywhere_is_one_silence() -> None:
    _, facts = told(wallet("dc1", "dc2"), None, None, None, None)
    assert [type(one.seen) for one in facts.answers] == [Unobserved]


def test_a_controller_without_a_ticket_is_passed_over() -> None:
    asked, _ = told(wallet("dc2"), COUNTED)
    assert places(asked) == ["10.77.0.22 tcp/3268"]


def test_a_controller_whose_kdc_was_silent_comes_last() -> None:
    silence = Unobserved(Gap.TIMED_OUT, "no answer", "TGT", AT, "station")
    readers = ReaderTickets(grants=(TicketGrant("", ACCOUNT, "dc1.tintri.com", "10.77.0.21", silence),))
    asked, _ = told(wallet("dc1", "dc2"), COUNTED, readers=readers)
    assert places(asked) == ["10.77.0.22 tcp/3268"]


def test_without_any_ticket_the_reason_is_told() -> None:
    refusal = Observed(KrbError(7), "ldap/dc1.tintri.com", AT, "station")
    readers = ReaderTickets(services=(ReaderTicket("tintri.com", ACCOUNT, "ldap/dc1.tintri.com", "dc1", refusal),))
    (ask,), _ = told(wallet(), None, readers=readers)
    assert ask.host == ""
    assert "KDC_ERR_S_PRINCIPAL_UNKNOWN (7)" in ask.args[0]
