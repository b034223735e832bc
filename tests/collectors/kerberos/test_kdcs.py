"""Every KDC is asked for its clock."""

from __future__ import annotations

import pytest

from krbcheck.asking.ask import Ask
from krbcheck.asking.this_host import SourceAddress
from krbcheck.collectors.kerberos.grants import Asker, tgt_ask
from krbcheck.collectors.kerberos.kdcs import kdc_replies, service_ask
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.names import Controller
from krbcheck.site.stated import Site
from tests.support import ticket_asking
from tests.support.by_hand import by_hand
from tests.support.group_asking import TGT
from tests.support.ticket_asking import ALICE, KNOWN, THIS_HOST

wallet = ticket_asking.wallet

DC1 = Controller("vmlevel.com", "vmdc1.vmlevel.com", "10.77.0.10")
DC2 = Controller("vmlevel.com", "vmdc2.vmlevel.com", "10.77.0.11")
TIDC = Controller("tintri.com", "tidc.tintri.com", "10.77.0.20")


def test_every_kdc_is_asked_for_its_clock(cloud: Site) -> None:
    collector = by_hand(kdc_replies(cloud, THIS_HOST, KNOWN))
    asks = next(collector)
    assert [(ask.host, ask.call.args[0], ask.vantage) for ask in asks] == [
        (DC1.address, "VMLEVEL.COM", "station"),
        (DC2.address, "VMLEVEL.COM", "station"),
        (TIDC.address, "TINTRI.COM", "station"),
    ]


def test_an_as_request_for_an_unknown_user_alarms(cloud: Site) -> None:
    assert {ask.alarms for ask in next(by_hand(kdc_replies(cloud, THIS_HOST, KNOWN)))} == {True}


@pytest.mark.parametrize(("address", "source"), [("10.77.0.10", "10.77.11.9"), ("fd77::10", "fd77:11::9")])
def test_a_kdc_is_queried_from_the_tenants_address_of_its_family(wallet: Wallet, address: str, source: str) -> None:
    both = SourceAddress("alice", "fd77:11::9", beside="10.77.11.9")
    kdc = Controller("vmlevel.com", "vmdc1.vmlevel.com", address)
    service = service_ask(TGT, "VMLEVEL.COM", "cifs/x", ALICE, kdc, both, "alice")
    first = tgt_ask(wallet, Asker("alice", ALICE, both, "alice"), kdc, KNOWN)
    assert isinstance(first, Ask)
    for ask in (service, first):
        assert (address, source) == (ask.call.args[-3], ask.call.args[-2])
