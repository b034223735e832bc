"""For which principals libkrb5 requests service tickets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from krbcheck.asking.ask import NotAsked
from krbcheck.collectors.kerberos.libkrb5 import libkrb_tickets
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.kerberos import KrbError, TicketFacts, TicketGrant, TicketGrants
from krbcheck.facts.names import Controller
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.site.exclusions import Exclusions
from krbcheck.site.stated import Site
from tests.support import ticket_asking
from tests.support.by_hand import by_hand
from tests.support.ticket_asking import KNOWN, THIS_HOST, tgt

wallet = ticket_asking.wallet

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"
DC1 = Controller("vmlevel.com", "vmdc1.vmlevel.com", "10.77.0.10")


def test_libkrb5_is_asked_only_for_principals_that_a_kdc_accepted(cloud: Site, wallet: Wallet) -> None:
    def asked(value: TicketFacts | KrbError) -> list[tuple[str, str]]:
        grants = TicketGrants((TicketGrant("alice", ALICE, DC1.host, "", Observed(value, "TGT", NOW, "alice")),))
        return [ask.call.args[1:3] for ask in next(by_hand(libkrb_tickets(cloud, THIS_HOST, wallet, grants, KNOWN)))]

    assert asked(tgt("VMLEVEL.COM").value) == [(ALICE, SPN)]
    assert asked(KrbError(24, NOW)) == []


def test_where_a_kdc_is_silent_the_library_is_waited_for_the_less(cloud: Site, wallet: Wallet) -> None:
    def patience(*seen: Observed[object] | Unobserved) -> float:
        grants = tuple(TicketGrant("alice", ALICE, f"kdc{number}", "", entry) for number, entry in enumerate(seen))  # type: ignore[arg-type]
        (ask,) = next(by_hand(libkrb_tickets(cloud, THIS_HOST, wallet, TicketGrants(grants), KNOWN)))
        return ask.seconds

    granted_ = Observed(tgt("VMLEVEL.COM").value, "TGT", NOW, "alice")
    silence, refused = (Unobserved(gap, "none", "TGT", NOW, "alice") for gap in (Gap.TIMED_OUT, Gap.REFUSED))
    assert patience(silence, granted_) < patience(granted_)
    assert patience(refused, granted_) == patience(granted_)


@pytest.mark.parametrize("excluded", ["vmdc2.vmlevel.com", "10.77.0.11"])
def test_libkrb5_is_not_called_if_it_can_select_an_excluded_kdc(cloud: Site, wallet: Wallet, excluded: str) -> None:
    grants = TicketGrants(
        (TicketGrant("alice", ALICE, DC1.host, "", Observed(tgt("VMLEVEL.COM").value, "TGT", NOW, "alice")),)
    )
    site = replace(cloud, excluded=Exclusions(hosts=(excluded,)))
    (question,) = next(libkrb_tickets(site, THIS_HOST, wallet, grants, KNOWN))
    assert isinstance(question, NotAsked)
    assert (question.gap, question.vantage) == (Gap.LEFT_OUT, "alice")
    other = replace(cloud, excluded=Exclusions(hosts=("decoy.vmlevel.com",)))
    assert [ask.host for ask in next(by_hand(libkrb_tickets(other, THIS_HOST, wallet, grants, KNOWN)))] == ["libkrb5"]
