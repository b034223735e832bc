"""A matrix asks as little as it can: one KDC a principal, one search a service, others' paths only where they open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from krbcheck.asking.scheduler import Answer, Ask, Asking, F, Limits
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.kerberos.minimal_tickets import first_tgts, matrix_tickets
from krbcheck.collectors.smb.cross_sessions import cross_sessions
from krbcheck.credentials.wallet import Credential, Granted, Secret, Ticket, Wallet
from krbcheck.facts.kerberos import KrbError, TicketFacts, TicketGrants
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.facts.ports import PortAnswer, PortAnswers, PortReply, PortState
from krbcheck.facts.smb import SmbSetUp
from krbcheck.probes.kerberos import exchanges
from krbcheck.probes.smb import sessions
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

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
KEYTAB = SecretSource(SecretKind.KEYTAB, "/x.keytab")
HOSTS = [f"alice-hv0{one}$@VM.COM" for one in (1, 2, 3)]
DC1, DC2 = Controller("vm.com", "dc1", "10.0.0.1"), Controller("vm.com", "dc2", "10.0.0.2")
TIDC = Controller("t.com", "tidc", "10.0.0.3")
KNOWN = Controllers((DC1, DC2, TIDC))
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.1.0.9"), "bob": SourceAddress("bob", "", "no leg")}
)
SPN, BOBS = "cifs/v-alice.t.com", "cifs/v-bob.t.com"
Said = Granted | KrbError | SmbSetUp | Gap


@pytest.fixture
def site() -> Site:
    alice = Tenant(
        "alice",
        data_paths=(DataPath("v-alice.t.com", "vmstore", "10.1.0.30"),),
        shares=(Share("A", Access.FULL, "vmstore"),),
        principals=(*(Principal(one, KEYTAB) for one in HOSTS), Principal("alice-hv04$@VM.COM")),
    )
    bob = Tenant("bob", data_paths=(DataPath("v-bob.t.com", "vmstore", "10.2.0.30"),),
                 shares=(Share("B", Access.FULL, "vmstore"),))  # fmt: skip
    domains = (Domain("vm.com", forest_search_order=("t.com",)), Domain("t.com"))
    return Site("cloud", domains, (Storage("vmstore", "V$@T.COM"),), (alice, bob))


@pytest.fixture
def wallet() -> Wallet:
    return Wallet({one: Credential(one, KEYTAB, password=Secret("x")) for one in HOSTS})


def granted(client: str, service: str, realm: str) -> Granted:
    end = NOW + timedelta(hours=10)
    fact = TicketFacts(client, "VM.COM", service, realm, 18, 18, 1, 0, NOW, end)
    return Granted(fact, (Ticket(client, service, realm, Secret(service), Secret(bytes(32)), 18, 18, 1, 0, NOW, NOW,
                                 end, client_realm="VM.COM"),))  # fmt: skip


def cloud(ask: Ask) -> Said:
    """VM.COM's KDCs know no service of T.COM, and refer by name only: an external trust."""
    if ask.probe is exchanges.tgt_at_once:
        return granted(ask.args[1], "krbtgt/VM.COM", "VM.COM")
    if ask.probe is exchanges.service_ticket:
        ticket, realm, service = ask.args[:3]
        if realm == "VM.COM" and service.startswith("cifs/"):
            return KrbError(7)
        return granted(ticket.client, service, "VM.COM" if service.startswith("krbtgt/") else "T.COM")
    return SmbSetUp(0, dialect=0x311)


def drive(collector: Asking[F], say: Callable[[Ask], Said] = cloud) -> tuple[F, list[Ask]]:
    asked: list[Ask] = []
    try:
        asks = next(collector)
        while True:
            asked += asks
            asks = collector.send([_answer(ask, say(ask)) for ask in asks])
    except StopIteration as stopped:
        return stopped.value, asked


def _answer(ask: Ask, said: Said) -> Answer:
    if isinstance(said, Gap):
        return Unobserved(said, "no answer", ask.asked, NOW, ask.vantage)
    return Observed(Granted(said) if isinstance(said, KrbError) else said, ask.asked, NOW, ask.vantage)


def grants(site: Site, wallet: Wallet) -> TicketGrants:
    return drive(first_tgts(site, THIS_HOST, wallet, KNOWN))[0]


def test_a_principal_asks_one_kdc(site: Site, wallet: Wallet) -> None:
    found, asked = drive(first_tgts(site, THIS_HOST, wallet, KNOWN))
    assert [(ask.args[1], ask.host) for ask in asked] == [(one, DC1.address) for one in HOSTS]
    assert len(found.grants) == 3


def test_the_next_kdc_is_asked_where_the_first_is_silent_and_not_where_it_refuses(site: Site, wallet: Wallet) -> None:
    def say(ask: Ask) -> Said:
        if ask.host != DC1.address or ask.args[1] == HOSTS[2]:
            return cloud(ask)
        return Gap.TIMED_OUT if ask.args[1] == HOSTS[0] else KrbError(18)

    _, asked = drive(first_tgts(site, THIS_HOST, wallet, KNOWN), say)
    assert [(ask.args[1], ask.host) for ask in asked] == [
        *((one, DC1.address) for one in HOSTS),
        (HOSTS[0], DC2.address),
    ]


def test_one_principal_searches_and_the_others_begin_where_it_was_found(site: Site, wallet: Wallet) -> None:
    _, asked = drive(matrix_tickets(site, THIS_HOST, wallet, KNOWN, grants(site, wallet)))
    assert [ask.args[2] for ask in asked] == [SPN, "krbtgt/T.COM", SPN, "krbtgt/T.COM", "krbtgt/T.COM", SPN, SPN]
    assert all(wallet.ticket(one, SPN) is not None for one in HOSTS)


def test_where_the_search_finds_nothing_everybody_asks_for_himself(site: Site, wallet: Wallet) -> None:
    held = grants(site, wallet)

    def say(ask: Ask) -> Said:
        return KrbError(7) if ask.probe is exchanges.service_ticket else cloud(ask)

    found, asked = drive(matrix_tickets(site, THIS_HOST, wallet, KNOWN, held), say)
    assert [ask.args[2] for ask in asked] == [SPN, "krbtgt/T.COM", "krbtgt/T.COM", "krbtgt/T.COM"]
    assert {way.principal for way in found.ways} == set(HOSTS)


def test_a_kdc_that_finds_the_service_is_asked_by_all(site: Site, wallet: Wallet) -> None:
    held = grants(site, wallet)
    found, asked = drive(
        matrix_tickets(site, THIS_HOST, wallet, KNOWN, held), lambda ask: granted(ask.args[0].client, SPN, "VM.COM")
    )
    assert [ask.args[2] for ask in asked] == [SPN] * 3
    assert all(way.ticket for way in found.ways)


def port(state: PortState) -> PortAnswers:
    reply = Observed(PortReply(state), "asked", NOW, "alice")
    own = PortAnswer("alice", "alice", "v-alice.t.com", "10.1.0.30", 445, reply)
    return PortAnswers((own, PortAnswer("alice", "bob", "v-bob.t.com", "10.2.0.30", 445, reply)))


@pytest.mark.parametrize("state", [PortState.CLOSED, PortState.FILTERED])
def test_what_the_network_keeps_apart_is_not_asked(site: Site, wallet: Wallet, state: PortState) -> None:
    held = grants(site, wallet)
    found, asked = drive(cross_sessions(site, THIS_HOST, wallet, Limits(), KNOWN, held, port(state)))
    assert (found.sessions, asked) == ((), [])


def test_another_tenants_open_data_path_is_tried_by_every_principal_with_a_secret(site: Site, wallet: Wallet) -> None:
    held = grants(site, wallet)
    found, asked = drive(cross_sessions(site, THIS_HOST, wallet, Limits(requests=9), KNOWN, held, port(PortState.OPEN)))
    assert [(one.owner, one.principal, one.address) for one in found.sessions] == [
        ("bob", one, "10.2.0.30") for one in HOSTS
    ]
    last = asked[-1]
    assert last.probe is sessions.kerberos_session
    assert last.args[1:5] == ("v-bob.t.com", "10.2.0.30", (("A", 0x001200AF), ("B", 0x00100081)), "10.1.0.9")
    assert (last.load, last.args[-1]) == ("vmstore", 9)
