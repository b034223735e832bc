"""The result of a path of referrals, and which of several results the view returns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.kerberos import Hop, KrbError, Reply, ServiceTickets, TicketFacts, TicketPath
from krbcheck.facts.observation import Observed
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Site
from tests.support.remedies import text

AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE, SPN = "alice-hv01$@VMLEVEL.COM", "cifs/vmstore-alice.tintri.com"


def ticket(service: str, realm: str = "TINTRI.COM") -> TicketFacts:
    return TicketFacts("alice-hv01$", "VMLEVEL.COM", service, realm, 18, 18, 1, 0, AT, AT)


def hop(asked: str, reply: Reply) -> Hop:
    return Hop("TINTRI.COM", "tidc", asked, Observed(reply, "asked", AT, "alice"))


def ticket_path(*hops: Hop, service: str = SPN, forest: str = "", loop: bool = False) -> TicketPath:
    return TicketPath("alice", ALICE, service, "vmdc1", forest, hops, loop)


@pytest.mark.parametrize(
    ("taken", "served"),
    [
        pytest.param(ticket_path(hop(SPN, ticket(SPN))), True, id="the-service"),
        pytest.param(ticket_path(hop(SPN.upper(), ticket(SPN))), True, id="letter-case-does-not-count"),
        pytest.param(ticket_path(hop(SPN, ticket(SPN)), loop=True), False, id="in-a-circle"),
        pytest.param(ticket_path(hop("krbtgt/TINTRI.COM", ticket(SPN))), False, id="not-what-was-asked-for"),
        pytest.param(ticket_path(hop(SPN, ticket("krbtgt/FABRIC.COM"))), False, id="a-referral"),
        pytest.param(ticket_path(hop(SPN, ticket("KRBTGT/TINTRI.COM"))), False, id="a-ticket-for-the-kdc-itself"),
        pytest.param(ticket_path(hop(SPN, KrbError(7))), False, id="an-error"),
        pytest.param(ticket_path(), False, id="nobody-was-asked"),
        pytest.param(
            ticket_path(hop("krbtgt/TINTRI.COM", ticket("krbtgt/TINTRI.COM")), service="krbtgt/TINTRI.COM"),
            True,
            id="unless-that-is-what-was-wanted",
        ),
    ],
)
def test_only_a_ticket_for_the_service_is_one(taken: TicketPath, served: bool) -> None:
    assert (taken.ticket is not None) == served


def test_of_two_searched_forests_the_one_that_knows_the_name_is_told_of(
    lines: Callable[..., list[str]], cloud: Site
) -> None:
    """Not knowing the service says less than refusing it."""
    home = msgspec.structs.replace(cloud.domains[0], forest_search_order=("fabric.com", "tintri.com"))
    site = msgspec.structs.replace(cloud, domains=(home, *cloud.domains[1:]), tenants=cloud.tenants[:1])
    for codes in ((7, 12), (12, 7)):
        paths = [ticket_path(hop(SPN, KrbError(7)))]
        paths += [
            ticket_path(hop(SPN, KrbError(code)), forest=forest)
            for forest, code in zip(("fabric.com", "tintri.com"), codes, strict=True)
        ]
        assert lines("ticket.service", ServiceTickets(tuple(paths)), of=site) == [
            f"ticket.service/not-allowed alice {ALICE} for {SPN}"
        ]


@pytest.mark.parametrize("good_first", [True, False])
def test_by_luck_names_who_leads_there_and_who_has_to_be_mended(
    judged: Callable[..., list[Verdict]], cloud: Site, good_first: bool
) -> None:
    site = msgspec.structs.replace(cloud, tenants=cloud.tenants[:1])
    good, bad = (
        ticket_path(hop(SPN, ticket(SPN))),
        msgspec.structs.replace(ticket_path(hop(SPN, KrbError(7))), kdc="vmdc2"),
    )
    paths = (good, bad) if good_first else (bad, good)
    (found,) = judged("ticket.service", ServiceTickets(paths), of=site)
    assert isinstance(found, Finding)
    assert found.values["found"] == "vmdc1: issued by KDC referral; vmdc2: KDC_ERR_S_PRINCIPAL_UNKNOWN (7) from tidc"
    assert found.remedy[0].command == "repadmin /showrepl vmdc2"


def test_where_nothing_is_stated_the_forest_to_list_is_named(judged: Callable[..., list[Verdict]], cloud: Site) -> None:
    home = msgspec.structs.replace(cloud.domains[0], forest_search_order=None)
    site = msgspec.structs.replace(cloud, domains=(home, *cloud.domains[1:]), tenants=cloud.tenants[:1])
    paths = (ticket_path(hop(SPN, KrbError(7))), ticket_path(hop(SPN, ticket(SPN)), forest="fabric.com"))
    (found,) = judged("ticket.service", ServiceTickets(paths), of=site)
    assert isinstance(found, Finding)
    assert found.values["found"] == "the site file states none"
    assert "Use forest search order: append fabric.com to the list" in text(found)
