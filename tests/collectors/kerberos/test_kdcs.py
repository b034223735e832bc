"""Every KDC is asked for its clock."""

from __future__ import annotations

from krbcheck.collectors.kerberos.kdcs import kdc_replies
from krbcheck.facts.names import Controller
from krbcheck.site.stated import Site
from tests.support.by_hand import by_hand
from tests.support.ticket_asking import KNOWN, THIS_HOST

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
