"""Collectors of groups and cached tickets that are driven by hand: no thread, no network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from krbcheck.asking.ask import Asking, R
from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.credentials.wallet import Credential, Secret, Ticket, Wallet
from krbcheck.facts.kerberos import TicketFacts
from krbcheck.facts.names import Controller
from krbcheck.facts.observation import Gap, Unobserved
from krbcheck.site.stated import SecretKind, SecretSource, Site
from tests.support.by_hand import AnyAsk, by_hand

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
LOGON = NOW - timedelta(hours=2)
ALICE, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"
DC1, DC2 = Controller("vmlevel.com", "vmdc1", "10.77.0.10"), Controller("vmlevel.com", "vmdc2", "10.77.0.11")
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg on VLAN 12")}
)
CCACHE = SecretSource(SecretKind.CCACHE, "alice.ccache")


def run(collector: Asking[R], *answers: list[Answer]) -> tuple[list[list[AnyAsk]], R]:
    """What was asked, batch by batch, and the family; each batch gets the answers given, or silence."""
    given = iter(answers)
    asked: list[list[AnyAsk]] = []
    try:
        driven = by_hand(collector)
        asks = next(driven)
        while True:
            asked.append(asks)
            asks = driven.send(next(given, [silent(ask) for ask in asks]))
    except StopIteration as stopped:
        family: R = stopped.value
        return asked, family


def silent(ask: AnyAsk) -> Unobserved:
    return Unobserved(Gap.TIMED_OUT, "no answer", ask.asked, NOW, ask.vantage)


def held(service: str, realm: str, logon: datetime = LOGON, start: datetime = LOGON) -> Ticket:
    return Ticket(
        ALICE, service, realm, Secret(b"der"), Secret(b"k" * 32), 18, 18, 1, 0, logon, start, NOW, None, "VMLEVEL.COM"
    )


TGT = held("krbtgt/VMLEVEL.COM", "VMLEVEL.COM")


@pytest.fixture
def site(cloud: Site) -> Site:
    """alice's host has a credential cache, bob's has none."""
    host = msgspec.structs.replace(cloud.tenants[0].principals[0], secret=CCACHE)
    alice = msgspec.structs.replace(cloud.tenants[0], principals=(host,))
    return msgspec.structs.replace(cloud, tenants=(alice, cloud.tenants[1]))


def wallet(*tickets: Ticket, readers: bool = True) -> Wallet:
    ldap_tickets = {(READER, f"ldap/{controller.host}", ""): TGT for controller in (DC1, DC2)} if readers else {}
    return Wallet({ALICE: Credential(ALICE, CCACHE, tickets=tickets)}, tickets=ldap_tickets)


TICKET = TicketFacts("alice-hv01$", "VMLEVEL.COM", SPN, "TINTRI.COM", 18, 18, 1, 0, LOGON, NOW)
