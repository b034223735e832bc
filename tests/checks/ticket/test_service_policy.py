"""ticket.service and ticket.client rest on the policies that reach the host and its KDCs, half by half."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from krbcheck.facts.kerberos import (
    Hop,
    KrbError,
    LibkrbAttempt,
    LibkrbTicket,
    LibkrbTickets,
    Reply,
    ServiceTickets,
    TicketFacts,
    TicketGrants,
    TicketPath,
)
from krbcheck.facts.observation import Facts, Observed
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging.verdict import Finding, Fine, Unknown, Verdict
from krbcheck.site.stated import DataPath, Site, Storage, Tenant
from tests.support import policy

judged, made, site_with = policy.judged, policy.made, policy.site_with_fixture
AT = datetime(2026, 11, 22, tzinfo=UTC)
DC1, DC2 = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com"
HOST, SPN = "alice-hv01$@VMLEVEL.COM", "cifs/vmstore-alice.tintri.com"
HOSTS = "OU=Hosts,OU=Tenants,DC=vmlevel,DC=com"
CONTROLLERS = "OU=Domain Controllers,DC=vmlevel,DC=com"
SERVICE = TicketFacts(HOST, "VMLEVEL.COM", SPN, "TINTRI.COM", 18, 18, 1, 0, AT, AT)
UNKNOWN_SERVICE = KrbError(7)
Judging = Callable[..., list[Verdict]]


def lines(verdict: Verdict) -> list[str]:
    return [reason.line for reason in verdict.because]


def ticket_path(kdc: str, forest: str, reply: Reply) -> TicketPath:
    realm = "TINTRI.COM" if forest else "VMLEVEL.COM"
    return TicketPath(
        "alice", HOST, SPN, kdc, forest, (Hop(realm, kdc, SPN, Observed(reply, f"{SPN} at {kdc}", AT, "alice")),)
    )


def paths(*, direct: Reply = UNKNOWN_SERVICE, searched: Reply = SERVICE) -> ServiceTickets:
    return ServiceTickets(
        tuple(
            entry
            for kdc in (DC1, DC2)
            for entry in (ticket_path(kdc, "", direct), ticket_path(kdc, "tintri.com", searched))
        )
    )


LIBKRB = LibkrbTickets(
    (LibkrbAttempt("alice", HOST, SPN, Observed(LibkrbTicket(True, "TINTRI.COM"), "kvno", AT, "alice")),)
)


@pytest.fixture
def verdicts(judged: Judging, site_with: Callable[..., Site]) -> Judging:
    def said(check: str, *families: Facts, order: tuple[str, ...] | None = ("tintri.com",)) -> list[Verdict]:
        (alice,) = site_with(order).tenants
        tenant = Tenant("alice", data_paths=(DataPath(SPN[5:], "vmstore"),), principals=alice.principals)
        site = Site("lab", site_with(order).domains, (Storage("vmstore", "VMSTORE$@TINTRI.COM"),), (tenant,))
        vantages = Vantages((VantagePoint("alice", "station", "10.77.11.9"),))
        return judged(check, site, TicketGrants(), LIBKRB, vantages, *families)

    return said


@pytest.fixture
def codes(verdicts: Judging) -> Callable[..., list[str]]:
    def said(check: str, *families: Facts, **of: Any) -> list[str]:
        found = verdicts(check, *families, **of)
        return [entry.code if isinstance(entry, Finding) else type(entry).__name__.lower() for entry in found]

    return said


def without(made: Any, *numbers: int) -> Any:
    """The healthy policies but for these, whose links are gone: 1 is the hosts', 2 the controllers'."""
    links = {1: {HOSTS: ((1, 0),)}, 2: {CONTROLLERS: ((2, 0),)}}
    kept = {name: of for number, entry in links.items() if number not in numbers for name, of in entry.items()}
    return made.told(made.healthy.gpos, kept)


TABLE = [
    pytest.param((), (), "fine", "fine", id="both-halves"),
    pytest.param((1,), (1,), "ticket.service/needs-search-order", "ticket.client/masked", id="no-client-half"),
    pytest.param((2,), (2,), "ticket.service/needs-search-order", "ticket.client/masked", id="no-kdc-half"),
    pytest.param((1, 2), (1, 2), "ticket.service/needs-search-order", "ticket.client/masked", id="none"),
    pytest.param((), (2,), "ticket.service/by-luck", "fine", id="the-kdc-half-at-one-controller"),
    pytest.param((), (1,), "ticket.service/by-luck", "fine", id="the-client-half-at-one-controller"),
    pytest.param((), (1, 2), "ticket.service/by-luck", "fine", id="both-halves-at-one-controller"),
]


@pytest.mark.parametrize(("at_first", "at_second", "service", "client"), TABLE)
def test_a_search_order_works_where_both_halves_have_it(
    made: Any,
    codes: Callable[..., list[str]],
    at_first: tuple[int, ...],
    at_second: tuple[int, ...],
    service: str,
    client: str,
) -> None:
    facts = made.policies({DC1: without(made, *at_first), DC2: without(made, *at_second)})
    assert codes("ticket.service", paths(), facts, made.directories()) == [service]
    assert codes("ticket.client", paths(), facts, made.directories()) == [client]


def test_the_lacking_half_is_named_and_what_the_other_does(made: Any, verdicts: Judging) -> None:
    reply = without(made, 2)
    (said,) = verdicts("ticket.service", paths(), made.policies({DC1: reply, DC2: reply}), made.directories())
    assert isinstance(said, Finding)
    assert said.values["found"] == (
        f"KDC policy for {DC1}: not set; the Kerberos client policy for {HOST}: 'tintri.com' "
        f"by 'P1' (link 1 at {HOSTS}), "
        "so hosts search the forest themselves"
    )


def test_what_the_kdc_half_does_is_told_where_the_client_half_lacks(made: Any, verdicts: Judging) -> None:
    for lacking, tells in (((1,), True), ((1, 2), False)):
        reply = without(made, *lacking)
        (said,) = verdicts("ticket.service", paths(), made.policies({DC1: reply, DC2: reply}), made.directories())
        assert isinstance(said, Finding)
        found = str(said.values["found"])
        assert found.startswith(f"Kerberos client policy for {HOST}: not set; ")
        assert (f"; the KDC policy for {DC1}: 'tintri.com' by " in found) == tells


def test_another_list_lacks_the_forest(made: Any, codes: Callable[..., list[str]]) -> None:
    reply = made.healthy.changed(1, settings=made.sets(1, "fabric.com"))
    facts = made.policies({DC1: reply, DC2: reply})
    assert codes("ticket.service", paths(), facts, made.directories()) == ["ticket.service/needs-search-order"]


@pytest.mark.parametrize("written", ["tintri.com ", "TINTRI.COM;tintri.com;", "fabric.com;tintri.com"])
def test_a_list_that_holds_the_forest_finds_it(made: Any, codes: Callable[..., list[str]], written: str) -> None:
    reply = made.healthy.changed(1, settings=made.sets(1, written))
    facts = made.policies({DC1: reply, DC2: reply})
    assert codes("ticket.service", paths(), facts, made.directories()) == ["fine"]


@pytest.mark.parametrize("written", ["fabric.com,tintri.com", "TINTRI"])
def test_a_list_that_windows_takes_for_something_else_does_not(
    made: Any, codes: Callable[..., list[str]], written: str
) -> None:
    reply = made.healthy.changed(1, settings=made.sets(1, written))
    facts = made.policies({DC1: reply, DC2: reply})
    assert codes("ticket.service", paths(), facts, made.directories()) == ["ticket.service/needs-search-order"]


def test_without_the_policies_a_search_is_not_determined(made: Any, verdicts: Judging) -> None:
    (said,) = verdicts("ticket.service", paths(), made.policies({DC1: None, DC2: None}), made.directories())
    assert isinstance(said, Unknown)
    assert said.says.startswith(f"the Kerberos client policy for {HOST} is not known: ")
    assert f"Kerberos client policy for {HOST}: not known: asked, from station: no answer" in lines(said)
    assert f"KDC policy for {DC1}: not known: asked, from station: no answer" in lines(said)


def test_one_silent_controller_may_hold_another_policy(made: Any, codes: Callable[..., list[str]]) -> None:
    for answered in (made.healthy, without(made, 1), without(made, 1, 2)):
        facts = made.policies({DC1: answered, DC2: None})
        assert codes("ticket.service", paths(), facts, made.directories()) == ["unknown"]
        assert codes("ticket.client", paths(), facts, made.directories()) == ["unknown"]


def test_a_user_has_no_client_half_of_its_own(made: Any, verdicts: Judging) -> None:
    reply = without(made, 1)
    facts = made.policies({DC1: reply, DC2: reply})
    (said,) = verdicts("ticket.service", paths(), facts, made.directories(classes=("user",)))
    assert isinstance(said, Fine)
    assert f"Kerberos client policy for {HOST}: not known: it is not a computer account" in lines(said)


def test_what_the_kdc_finds_by_itself_needs_no_policy(made: Any, codes: Callable[..., list[str]]) -> None:
    facts = made.policies({DC1: made.told(), DC2: made.told()})
    assert codes("ticket.service", paths(direct=SERVICE), facts, made.directories()) == ["fine"]


def test_what_nobody_finds_is_no_matter_of_policy(made: Any, codes: Callable[..., list[str]]) -> None:
    facts = made.policies({DC1: made.told(), DC2: made.told()})
    found = codes("ticket.service", paths(searched=UNKNOWN_SERVICE), facts, made.directories())
    assert found == ["ticket.service/found-by-none"]


def test_a_policy_does_not_stand_for_a_statement_of_the_site(made: Any, verdicts: Judging) -> None:
    facts = made.policies({DC1: made.healthy, DC2: made.healthy})
    (said,) = verdicts("ticket.service", paths(), facts, made.directories(), order=None)
    assert isinstance(said, Finding)
    assert said.code == "ticket.service/needs-search-order"
    assert f"KDC policy for {DC1}: 'tintri.com' by 'P2' (link 1 at {CONTROLLERS})" in lines(said)
