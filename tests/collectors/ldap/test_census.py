"""Whom the census asks: global catalogues first, one controller after the other until one tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.ldap.census import spn_censuses
from krbcheck.credentials.wallet import Secret, Ticket, Wallet
from krbcheck.facts.directory import SharedSpn, SpnCensus, SpnCensuses
from krbcheck.facts.kerberos import KrbError, ReaderTicket, ReaderTickets, TicketGrant
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.probes.ldap import census
from krbcheck.probes.ldap.census import Counted
from krbcheck.site.stated import Domain, Site
from tests.support.by_hand import AnyAsk, by_hand

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
) -> tuple[list[AnyAsk], SpnCensuses]:
    """What is asked when these are the answers, None for silence; and the facts."""
    rounds, asked, left = (
        by_hand(spn_censuses(SITE, ThisHost("station", {}), known, CONTROLLERS, readers)),
        list[AnyAsk](),
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


def _answer(ask: AnyAsk, value: SpnCensus | None) -> Answer:
    if value is None:
        return Unobserved(Gap.TIMED_OUT, "no answer", ask.asked, AT, ask.vantage)
    return Observed(Counted(value, set()), ask.asked, AT, ask.vantage)


def places(asked: list[AnyAsk]) -> list[str]:
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
    assert [type(answer.seen) for answer in facts.answers] == [Unobserved]


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
    asked, facts = told(wallet(), readers=readers)
    (answer,) = facts.answers
    assert asked == []
    assert isinstance(answer.seen, Unobserved)
    assert "KDC_ERR_S_PRINCIPAL_UNKNOWN (7)" in answer.seen.detail


DOMAINS = tuple(Domain(f"{entry}.com", account=f"r@{entry.upper()}.COM") for entry in "abc")
FORESTS = Site("lab", domains=DOMAINS, storages=(), tenants=())
ONES = Controllers(tuple(Controller(f"{entry}.com", f"dc.{entry}.com", f"10.77.0.{ord(entry)}") for entry in "abc"))


def compared(
    marks: dict[str, set[int]], forests: dict[str, str], owners: Mapping[str, tuple[SharedSpn, ...] | None]
) -> tuple[list[tuple[str, set[int]]], dict[tuple[str, str], Any]]:
    """What is asked in the second round, and what two forests have in common."""
    held, key = Wallet(), Secret(bytes(32))
    for entry in "abc":
        held.tickets[f"r@{entry.upper()}.COM", f"ldap/dc.{entry}.com", ""] = Ticket(
            "r", "ldap", entry, key, key, 18, 18, 1, 0, AT, AT, AT
        )
    collector = by_hand(spn_censuses(FORESTS, ThisHost("station", {}), held, ONES, NO_READERS))
    asks = next(collector)
    names = [chr(int(ask.host.rpartition(".")[2])) for ask in asks]
    first: list[Answer] = [
        Observed(Counted(SpnCensus(1, 1, forest=forests[name]), marks[name]), "census", AT, "station") for name in names
    ]
    asked: list[tuple[str, set[int]]] = []
    try:
        asks = collector.send(first)
        while True:
            answers: list[Answer] = []
            for ask in asks:
                assert ask.call.func is census.owners_of
                name = chr(int(ask.host.rpartition(".")[2]))
                asked.append((name, ask.call.args[3]))
                found = owners[name]
                answers.append(
                    Unobserved(Gap.TIMED_OUT, "no answer", "q", AT, "s")
                    if found is None
                    else Observed(found, "q", AT, "s")
                )
            asks = collector.send(answers)
    except StopIteration as stopped:
        return asked, {(entry.domain, entry.other): entry.seen for entry in stopped.value.both}


EACH = {"a": "a.com", "b": "b.com", "c": "c.com"}


def test_forests_with_nothing_in_common_are_asked_nothing_more() -> None:
    asked, both = compared({"a": {1, 2}, "b": {3}, "c": set()}, EACH, {})
    assert asked == []
    assert {pair: seen.value.shared for pair, seen in both.items()} == {
        ("a.com", "b.com"): (),
        ("a.com", "c.com"): (),
        ("b.com", "c.com"): (),
    }


def test_what_two_forests_both_have_is_named_with_the_owners_of_both() -> None:
    there = (SharedSpn("http/x.y", ("CN=B",)),)
    owners = {"a": (SharedSpn("http/x.y", ("CN=A",)), SharedSpn("http/z", ("CN=C",))), "b": there}
    asked, both = compared({"a": {1, 2}, "b": {2, 3}, "c": {4}}, EACH, owners)
    assert asked == [("a", {2}), ("b", {2})]
    assert both["a.com", "b.com"].value.shared == (SharedSpn("http/x.y", ("CN=A", "CN=B")),)


def test_where_one_of_the_two_is_silent_it_is_not_known() -> None:
    _, both = compared({"a": {1}, "b": {1}, "c": set()}, EACH, {"a": (), "b": None})
    assert isinstance(both["a.com", "b.com"], Unobserved)
    assert isinstance(both["a.com", "c.com"], Observed)


def test_two_domains_of_one_forest_have_all_in_common_and_are_not_compared() -> None:
    asked, both = compared({"a": {1}, "b": {1}, "c": set()}, {**EACH, "b": "a.com"}, {})
    assert asked == []
    assert list(both) == [("a.com", "c.com")]


def test_the_search_for_all_spns_alarms() -> None:
    asked, _ = told(wallet("dc1"), COUNTED)
    assert [ask.alarms for ask in asked] == [True]
