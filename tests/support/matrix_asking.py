"""The collectors of the matrix, driven by hand: no thread, no network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from krbcheck.asking.ask import Asking, R
from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.kerberos.minimal_tickets import first_tgts
from krbcheck.credentials.wallet import Credential, Granted, Secret, Ticket, Wallet
from krbcheck.facts.kerberos import KrbError, Reply, TicketFacts, TicketGrants
from krbcheck.facts.lockouts import Lockouts
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.facts.smb import SmbSetUp
from krbcheck.probes.kerberos import exchanges
from krbcheck.site.stated import (
    Access,
    DataPath,
    Domain,
    Principal,
    SecretKind,
    SecretSource,
    Share,
    Site,
    Storage,
    Tenant,
)
from tests.support.by_hand import AnyAsk, by_hand

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
KEYTAB = SecretSource(SecretKind.KEYTAB, "/x.keytab")
HOSTS = [f"alice-hv0{number}$@VM.COM" for number in (1, 2, 3)]
DC1, DC2 = Controller("vm.com", "dc1", "10.0.0.1"), Controller("vm.com", "dc2", "10.0.0.2")
TIDC = Controller("t.com", "tidc", "10.0.0.3")
KNOWN = Controllers((DC1, DC2, TIDC))
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.1.0.9"), "bob": SourceAddress("bob", "", "no leg")}
)
Said = Granted[Reply] | KrbError | SmbSetUp | Gap


@pytest.fixture
def site() -> Site:
    alice = Tenant(
        "alice",
        data_paths=(DataPath("v-alice.t.com", "vmstore", "10.1.0.30"),),
        shares=(Share("A", Access.FULL, "vmstore"),),
        principals=(*(Principal(host, KEYTAB) for host in HOSTS), Principal("alice-hv04$@VM.COM")),
    )
    bob = Tenant("bob", data_paths=(DataPath("v-bob.t.com", "vmstore", "10.2.0.30"),),
                 shares=(Share("B", Access.FULL, "vmstore"),))  # fmt: skip
    domains = (Domain("vm.com", forest_search_order=("t.com",)), Domain("t.com"))
    return Site("cloud", domains, (Storage("vmstore", "V$@T.COM"),), (alice, bob))


@pytest.fixture
def wallet() -> Wallet:
    return Wallet({host: Credential(host, KEYTAB, password=Secret("x")) for host in HOSTS})


def granted(client: str, service: str, realm: str) -> Granted[Reply]:
    end = NOW + timedelta(hours=10)
    fact = TicketFacts(client, "VM.COM", service, realm, 18, 18, 1, 0, NOW, end)
    return Granted(fact, (Ticket(client, service, realm, Secret(service), Secret(bytes(32)), 18, 18, 1, 0, NOW, NOW,
                                 end, client_realm="VM.COM"),))  # fmt: skip


def cloud(ask: AnyAsk) -> Said:
    """VM.COM's KDCs know no service of T.COM, and refer by name only: an external trust."""
    if ask.call.func is exchanges.tgt_at_once:
        return granted(ask.call.args[1], "krbtgt/VM.COM", "VM.COM")
    if ask.call.func is exchanges.service_ticket:
        ticket, realm, service = ask.call.args[:3]
        if realm == "VM.COM" and service.startswith("cifs/"):
            return KrbError(7)
        return granted(ticket.client, service, "VM.COM" if service.startswith("krbtgt/") else "T.COM")
    return SmbSetUp(0, dialect=0x311)


def drive(collector: Asking[R], say: Callable[[AnyAsk], Said] = cloud) -> tuple[R, list[AnyAsk]]:
    asked: list[AnyAsk] = []
    try:
        driven = by_hand(collector)
        asks = next(driven)
        while True:
            asked += asks
            asks = driven.send([_answer(ask, say(ask)) for ask in asks])
    except StopIteration as stopped:
        return stopped.value, asked


def _answer(ask: AnyAsk, said: Said) -> Answer:
    if isinstance(said, Gap):
        return Unobserved(said, "no answer", ask.asked, NOW, ask.vantage)
    return Observed(Granted(said) if isinstance(said, KrbError) else said, ask.asked, NOW, ask.vantage)


def grants(site: Site, wallet: Wallet) -> TicketGrants:
    return drive(first_tgts(site, THIS_HOST, wallet, KNOWN, Lockouts()))[0]
