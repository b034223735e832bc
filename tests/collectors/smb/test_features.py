"""Who is asked how it speaks, by whom, and from where; nothing is asked here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from krbcheck.asking.answering import answered
from krbcheck.asking.ask import Asking
from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.smb.features import clear_sessions, network_interfaces, smb_dialects
from krbcheck.credentials.wallet import Credential, Secret, Ticket, Wallet
from krbcheck.facts.kerberos import KrbError, ServiceTickets, TicketGrant, TicketGrants
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.facts.smb import SmbNegotiated, SmbSetUp, SmbSpeech, SmbSpeeches
from krbcheck.facts.smb_features import ClearSessions, DialectReplies, InterfaceReply, NetworkInterfaces, SmbDialects
from krbcheck.probes.smb import dialects as probe
from krbcheck.probes.smb import features
from krbcheck.site.stated import Access, DataPath, Principal, SecretKind, SecretSource, Share, Site, Storage, Tenant
from tests.support.by_hand import AnyAsk, by_hand

AT = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = SecretSource(SecretKind.ENV, "X")
FIRST, SECOND = "alice-hv01$@VMLEVEL.COM", "alice-hv02$@VMLEVEL.COM"
ALICE, SPN, ADDRESS, LEG = "vmstore-alice.tintri.com", "cifs/vmstore-alice.tintri.com", "10.77.11.30", "10.77.11.9"
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", LEG), "bob": SourceAddress("bob", "", "no leg on VLAN 12")}
)
NOTHING = (TicketGrants(), ServiceTickets())


def tenant(name: str, number: int, *principals: Principal) -> Tenant:
    return Tenant(
        name,
        data_paths=(DataPath(f"vmstore-{name}.tintri.com", "vmstore", f"10.77.{number}.30"),),
        shares=(Share(f"{name.title()}VMs", Access.FULL, "vmstore"),),
        principals=principals,
    )


@pytest.fixture
def site() -> Site:
    alice = tenant(
        "alice", 11, Principal("alice-old$@VMLEVEL.COM"), Principal(FIRST, SOURCE), Principal(SECOND, SOURCE)
    )
    storage = Storage("vmstore", "VMSTORE$@TINTRI.COM")
    return Site("lab", domains=(), storages=(storage,), tenants=(alice, tenant("bob", 12)))


def wallet(ticket: Ticket, *principals: str) -> Wallet:
    credentials = {entry: Credential(entry, SOURCE, Secret("x")) for entry in (FIRST, SECOND)}
    return Wallet(credentials, tickets={(principal, SPN, ""): ticket for principal in principals})


def run(collector: Asking[Any], said: Callable[[AnyAsk], Answer]) -> tuple[Sequence[AnyAsk], Any]:
    """The asks of the only round, and the family."""
    driven = by_hand(collector)
    asks = next(driven)
    with pytest.raises(StopIteration) as ended:
        driven.send([said(ask) for ask in asks])
    return asks, ended.value.value


def saying(value: object) -> Callable[[AnyAsk], Answer]:
    return lambda ask: Observed(value, ask.asked, AT, ask.vantage)


def newest(dialect: int) -> SmbSpeeches:
    seen = Observed(SmbNegotiated(0, dialect), "asked", AT, "alice")
    return SmbSpeeches((SmbSpeech("alice", ALICE, "vmstore", ADDRESS, seen),))


def test_each_data_path_with_a_leg_is_offered_the_dialects(site: Site) -> None:
    asks, facts = run(smb_dialects(site, THIS_HOST, NameAnswers()), saying(DialectReplies()))
    assert [(ask.call.func, ask.call.args, ask.vantage) for ask in asks] == [
        (probe.dialects, (ADDRESS, LEG, 3.0), "alice"),
    ]
    assert isinstance(facts, SmbDialects)
    assert len(facts.of("alice", ALICE)) == 1


def test_the_clear_session_is_of_the_first_principal_with_a_ticket(site: Site, ticket: Ticket) -> None:
    held = wallet(ticket, SECOND)
    asks, facts = run(
        clear_sessions(site, THIS_HOST, held, NameAnswers(), *NOTHING, newest(0x0311)), saying(SmbSetUp(0))
    )
    (ask,) = asks
    assert (ask.call.func, ask.host, ask.vantage) == (features.clear_session, ADDRESS, "alice")
    assert ask.call.args == (ticket, ALICE, ADDRESS, ("AliceVMs",), 0x0311, LEG, 3.0)
    assert isinstance(facts, ClearSessions)
    assert [fact.principal for fact in facts.of("alice", ALICE)] == [SECOND]


def test_a_storage_that_did_not_answer_is_offered_what_every_storage_has(site: Site, ticket: Ticket) -> None:
    held = wallet(ticket, FIRST)
    asks, _ = run(clear_sessions(site, THIS_HOST, held, NameAnswers(), *NOTHING, SmbSpeeches()), saying(SmbSetUp(0)))
    assert asks[0].call.args[4] == 0x0210


def test_interfaces_are_asked_for_once_a_data_path(site: Site, ticket: Ticket) -> None:
    held = wallet(ticket, FIRST, SECOND)
    asks, facts = run(network_interfaces(site, THIS_HOST, held, NameAnswers(), *NOTHING), saying(InterfaceReply()))
    (ask,) = asks
    assert (ask.call.func, ask.call.args) == (features.network_interfaces, (ticket, ALICE, ADDRESS, LEG, 3.0))
    assert isinstance(facts, NetworkInterfaces)
    assert [fact.principal for fact in facts.of("alice", ALICE)] == [FIRST]


def test_without_a_ticket_nobody_is_asked_and_the_gap_says_why(site: Site, ticket: Ticket) -> None:
    refusal = Observed(KrbError(18), "TGT", AT, "alice")
    grants = TicketGrants((TicketGrant("alice", FIRST, "vmdc1", "10.77.0.10", refusal),))
    held = wallet(ticket)
    asks, facts = run(network_interfaces(site, THIS_HOST, held, NameAnswers(), grants, ServiceTickets()), answered)
    assert list(asks) == []
    (entry,) = facts.of("alice", ALICE)
    assert isinstance(entry.seen, Unobserved)
    assert (entry.principal, entry.seen.gap) == (FIRST, Gap.NEEDS_OTHER)
    assert "KDC_ERR_CLIENT_REVOKED (18)" in entry.seen.detail


def test_an_address_and_a_tenant_without_secrets_are_not_asked_for(site: Site, ticket: Ticket) -> None:
    alice, bob = site.tenants
    by_address = msgspec.structs.replace(alice, data_paths=(DataPath(ADDRESS, "vmstore"),))
    bare = msgspec.structs.replace(alice, principals=alice.principals[:1])
    for entry in (by_address, bare):
        changed = msgspec.structs.replace(site, tenants=(entry, bob))
        held = wallet(ticket, FIRST)
        asks, facts = run(
            network_interfaces(changed, THIS_HOST, held, NameAnswers(), *NOTHING), saying(InterfaceReply())
        )
        assert (list(asks), facts) == ([], NetworkInterfaces())


def test_a_data_path_without_an_address_is_a_gap(site: Site, ticket: Ticket) -> None:
    alice, bob = site.tenants
    unstated = msgspec.structs.replace(alice, data_paths=(DataPath(ALICE, "vmstore"),))
    changed = msgspec.structs.replace(site, tenants=(unstated, bob))
    _, facts = run(smb_dialects(changed, THIS_HOST, NameAnswers()), answered)
    assert [answer.seen.gap for answer in facts.answers] == [Gap.NAME_UNKNOWN]
    held = wallet(ticket, FIRST)
    _, clear = run(clear_sessions(changed, THIS_HOST, held, NameAnswers(), *NOTHING, SmbSpeeches()), answered)
    assert [session.seen.gap for session in clear.sessions] == [Gap.NAME_UNKNOWN]
