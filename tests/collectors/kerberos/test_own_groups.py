"""Who is asked for groups, cached tickets and changes of membership, and from where; what is not asked."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.collectors.kerberos.own_groups import own_groups
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.kerberos import TicketGrant, TicketGrants
from krbcheck.facts.names import Controller
from krbcheck.facts.observation import Observed
from krbcheck.probes.kerberos import own_ticket
from tests.support.group_asking import DC1, DC2, TGT, THIS_HOST, TICKET, run

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"


def grant(principal: str, kdc: Controller) -> TicketGrant:
    return TicketGrant("alice", principal, kdc.host, kdc.address, Observed(TICKET, "TGT", NOW, "alice"))


def test_a_principal_asks_for_itself_at_the_first_kdc_that_gave_a_tgt() -> None:
    known = Wallet(tickets={(ALICE, "krbtgt/vmlevel.com", "vmdc2"): TGT})
    (asks,), found = run(own_groups(THIS_HOST, known, TicketGrants((grant(ALICE, DC1), grant(ALICE, DC2)))))
    assert [(ask.call.func, ask.host, ask.service, ask.vantage) for ask in asks] == [
        (own_ticket.own_groups, "10.77.0.11", "kdc", "alice")
    ]
    assert asks[0].call.args[1:4] == ("VMLEVEL.COM", "10.77.0.11", "10.77.11.9")
    assert [(ticket.principal, ticket.kdc) for ticket in found.tickets] == [(ALICE, "vmdc2")]


def test_one_ticket_to_oneself_is_enough() -> None:
    known = Wallet(tickets={(ALICE, "krbtgt/vmlevel.com", entry): TGT for entry in ("vmdc1", "vmdc2")})
    (asks,), _ = run(own_groups(THIS_HOST, known, TicketGrants((grant(ALICE, DC1), grant(ALICE, DC2)))))
    assert len(asks) == 1


def test_without_a_tgt_nothing_is_asked() -> None:
    (asks,), found = run(own_groups(THIS_HOST, Wallet(), TicketGrants((grant(ALICE, DC1),))))
    assert (asks, found.tickets) == ([], ())
