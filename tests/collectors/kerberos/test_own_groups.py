"""Who is asked for groups, cached tickets and changes of membership, and from where; what is not asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from krbcheck.asking.scheduler import Answer, Ask, Asking, F, answered
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.kerberos.credential_caches import credential_caches
from krbcheck.collectors.kerberos.own_groups import own_groups
from krbcheck.collectors.ldap.group_changes import MOST_NAMES, group_changes
from krbcheck.collectors.smb.cached_sessions import cached_sessions
from krbcheck.credentials.wallet import Credential, Secret, Ticket, Wallet
from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories
from krbcheck.facts.groups import CacheContent, CredentialCache, CredentialCaches, Group, OwnGroups, OwnTicket
from krbcheck.facts.kerberos import KrbError, ReaderTickets, TicketFacts, TicketGrant, TicketGrants
from krbcheck.facts.names import Controller, Controllers, NameAnswers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.probes.kerberos import own_ticket
from krbcheck.probes.ldap import queries
from krbcheck.probes.smb import sessions
from krbcheck.site.stated import SecretKind, SecretSource, Site
from krbcheck.windows.pac import Pac

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
LOGON = NOW - timedelta(hours=2)
ALICE, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"
DC1, DC2 = Controller("vmlevel.com", "vmdc1", "10.77.0.10"), Controller("vmlevel.com", "vmdc2", "10.77.0.11")
TIDC = Controller("tintri.com", "tidc", "10.77.0.20")
HOME = "S-1-5-21-1-2-3"
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg on VLAN 12")}
)
CCACHE = SecretSource(SecretKind.CCACHE, "alice.ccache")


def run(collector: Asking[F], *answers: list[Answer]) -> tuple[list[Sequence[Ask]], F]:
    """What was asked, batch by batch, and the family; each batch gets the answers given, or silence."""
    given, asked = iter(answers), []
    try:
        asks = next(collector)
        while True:
            asked.append(asks)
            asks = collector.send(next(given, [silent(one) for one in asks]))
    except StopIteration as stopped:
        family: F = stopped.value
        return asked, family


def silent(ask: Ask) -> Unobserved:
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
    ldap_tickets = {(READER, f"ldap/{one.host}", ""): TGT for one in (DC1, DC2)} if readers else {}
    return Wallet({ALICE: Credential(ALICE, CCACHE, tickets=tickets)}, tickets=ldap_tickets)


# tickets to oneself


def grant(principal: str, kdc: Controller) -> TicketGrant:
    return TicketGrant("alice", principal, kdc.host, kdc.address, Observed(TICKET, "TGT", NOW, "alice"))


TICKET = TicketFacts("alice-hv01$", "VMLEVEL.COM", SPN, "TINTRI.COM", 18, 18, 1, 0, LOGON, NOW)


def test_a_principal_asks_for_itself_at_the_first_kdc_that_gave_a_tgt() -> None:
    known = Wallet(tickets={(ALICE, "krbtgt/vmlevel.com", "vmdc2"): TGT})
    (asks,), found = run(own_groups(THIS_HOST, known, TicketGrants((grant(ALICE, DC1), grant(ALICE, DC2)))))
    assert [(one.probe, one.host, one.service, one.vantage) for one in asks] == [
        (own_ticket.own_groups, "10.77.0.11", "kdc", "alice")
    ]
    assert asks[0].args[1:4] == ("VMLEVEL.COM", "10.77.0.11", "10.77.11.9")
    assert [(one.principal, one.kdc) for one in found.tickets] == [(ALICE, "vmdc2")]


def test_one_ticket_to_oneself_is_enough() -> None:
    known = Wallet(tickets={(ALICE, "krbtgt/vmlevel.com", one): TGT for one in ("vmdc1", "vmdc2")})
    (asks,), _ = run(own_groups(THIS_HOST, known, TicketGrants((grant(ALICE, DC1), grant(ALICE, DC2)))))
    assert len(asks) == 1


def test_without_a_tgt_nothing_is_asked() -> None:
    (asks,), found = run(own_groups(THIS_HOST, Wallet(), TicketGrants((grant(ALICE, DC1),))))
    assert (asks, found.tickets) == ([], ())


# credential caches


def test_the_content_of_a_stated_cache_is_told_without_its_keys(site: Site) -> None:
    (asks,), found = run(credential_caches(site, THIS_HOST, wallet(held(SPN, "TINTRI.COM"))))
    assert [(one.asked, one.vantage) for one in asks] == [(f"credential cache of {ALICE}", "alice")]
    told = answered(asks[0])
    assert isinstance(told, Observed)
    assert [(one.service, one.authtime) for one in told.value.tickets] == [(SPN, LOGON)]
    assert [one.principal for one in found.caches] == [ALICE]


def test_a_cache_that_could_not_be_read_is_unobserved(site: Site) -> None:
    (asks,), _ = run(credential_caches(site, THIS_HOST, Wallet(lacking={ALICE: "it is empty"})))
    told = answered(asks[0])
    assert isinstance(told, Unobserved)
    assert told.gap is Gap.NO_CREDENTIALS


# changes of memberships


def controllers() -> Controllers:
    return Controllers((DC1, DC2, TIDC))


def own(*groups: str) -> OwnGroups:
    pac = Pac(f"{HOME}-1104", "alice-hv01$", "VMLEVEL", f"{HOME}-515", groups)
    return OwnGroups((OwnTicket("alice", ALICE, "vmdc1", Observed(pac, "own", NOW, "alice")),))


def directory(*groups: str) -> Directories:
    accounts = Accounts((Account("CN=alice-hv01", "alice-hv01$", f"{HOME}-1104", groups=groups),))
    return Directories(
        accounts=(AccountAnswer("vmlevel.com", "vmdc1", ALICE, Observed(accounts, "account", NOW, "station")),)
    )


def caches(*tickets: TicketFacts) -> CredentialCaches:
    content: Observed[CacheContent] = Observed(CacheContent(tickets), "cache", NOW, "alice")
    return CredentialCaches((CredentialCache("alice", ALICE, content),))


def test_nothing_is_asked_where_nothing_differs_and_no_cache_is_stated(site: Site) -> None:
    given = (own(f"{HOME}-515"), CredentialCaches(), directory(f"{HOME}-515", "S-1-5-32-545"))
    (asks,), found = run(group_changes(site, THIS_HOST, wallet(), controllers(), ReaderTickets(), *given))
    assert (asks, found.named, found.changed) == ([], (), ())


def test_what_differs_is_looked_up_by_name(site: Site) -> None:
    given = (own(f"{HOME}-515"), CredentialCaches(), directory(f"{HOME}-515", f"{HOME}-1111"))
    (asks,), found = run(group_changes(site, THIS_HOST, wallet(), controllers(), ReaderTickets(), *given))
    assert [(one.probe, one.host) for one in asks][:2] == [
        (queries.read, "10.77.0.10"),
        (queries.read, "10.77.0.11"),
    ]
    (search,) = asks[0].args[4]
    assert search.filter == f"(|(objectSid={HOME}-1111))"
    assert [one.controller for one in found.named] == ["vmdc1", "vmdc2", "tidc"]
    assert found.changed == ()


def test_a_controller_with_two_addresses_is_asked_once_and_not_for_more_than_it_takes(site: Site) -> None:
    again = Controllers((DC1, msgspec.structs.replace(DC1, address="10.77.1.10")))
    given = (own(f"{HOME}-515"), CredentialCaches(), directory(*(f"{HOME}-{rid}" for rid in range(515, 3000))))
    (asks,), _ = run(group_changes(site, THIS_HOST, wallet(), again, ReaderTickets(), *given))
    (ask,) = asks
    assert ask.args[4][0].filter.count("(objectSid=") == MOST_NAMES


def test_where_no_group_is_to_be_named_none_is(site: Site) -> None:
    given = (OwnGroups(), caches(TICKET), Directories())
    _, found = run(group_changes(site, THIS_HOST, wallet(), controllers(), ReaderTickets(), *given))
    assert found.named == ()
    assert len(found.changed) == 3


def test_a_refused_ticket_to_oneself_leaves_nothing_to_name(site: Site) -> None:
    refused: Observed[KrbError | Pac] = Observed(KrbError(7), "own", NOW, "alice")
    given = (OwnGroups((OwnTicket("alice", ALICE, "vmdc1", refused),)), CredentialCaches(), directory(f"{HOME}-515"))
    (asks,), _ = run(group_changes(site, THIS_HOST, wallet(), controllers(), ReaderTickets(), *given))
    assert asks == []


def test_what_changed_since_the_oldest_cached_logon_is_looked_up_everywhere(site: Site) -> None:
    older = msgspec.structs.replace(TICKET, authtime=LOGON - timedelta(minutes=5))
    given = (own(f"{HOME}-515"), caches(TICKET, older), directory(f"{HOME}-515"))
    (asks,), found = run(group_changes(site, THIS_HOST, wallet(), controllers(), ReaderTickets(), *given))
    names, changed = asks[0].args[4]
    assert names.filter == f"(|(objectSid={HOME}-515))"
    assert changed.filter == "(&(objectClass=group)(whenChanged>=20260703095500.0Z))"
    assert "msDS-ReplValueMetaData" in changed.attributes
    assert {one.domain for one in found.changed} == {"vmlevel.com", "tintri.com"}


def test_a_domain_that_cannot_be_read_says_why(site: Site) -> None:
    given = (OwnGroups(), caches(TICKET), directory(f"{HOME}-515"))
    (asks,), _ = run(group_changes(site, THIS_HOST, wallet(readers=False), controllers(), ReaderTickets(), *given))
    told = answered(asks[0])
    assert isinstance(told, Unobserved)
    assert "no ticket was asked for krbcheck@VMLEVEL.COM" in told.detail


def test_the_answers_are_groups(site: Site) -> None:
    raw = {"samaccountname": [b"Alice Hosts"], "whenchanged": [b"20260703110000.0Z"]}
    answer = Observed(((), (("CN=G", raw),)), "read", NOW, "station")
    given = (OwnGroups(), caches(TICKET), directory(f"{HOME}-515"))
    collector = group_changes(site, THIS_HOST, wallet(), Controllers((DC1,)), ReaderTickets(), *given)
    _, found = run(collector, [answer])
    (changed,) = found.changed
    assert isinstance(changed.seen, Observed)
    assert changed.seen.value.found == (Group("CN=G", "Alice Hosts", "", NOW - timedelta(hours=1)),)


# sessions with cached tickets


def test_the_newest_cached_service_ticket_opens_all_shares_of_the_storage(site: Site) -> None:
    new = held(SPN.upper(), "TINTRI.COM", start=LOGON + timedelta(minutes=1))
    known = wallet(held(SPN, "TINTRI.COM"), new, TGT)
    (asks,), found = run(cached_sessions(site, THIS_HOST, known, NameAnswers()))
    (ask,) = asks
    assert (ask.probe, ask.host, ask.vantage) == (sessions.kerberos_session, "10.77.11.30", "alice")
    ticket, name, address, shares, source = ask.args[:5]
    assert ticket is new
    assert (name, address, source) == ("vmstore-alice.tintri.com", "10.77.11.30", "10.77.11.9")
    assert shares == (("AliceVMs", 0x00100081), ("BobVMs", 0x00100081)), "their roots are listed"
    assert [(one.principal, one.path) for one in found.sessions] == [(ALICE, "vmstore-alice.tintri.com")]


def test_a_cache_without_a_ticket_for_the_data_path_opens_nothing(site: Site) -> None:
    (asks,), _ = run(cached_sessions(site, THIS_HOST, wallet(TGT), NameAnswers()))
    assert asks == []


def test_a_keytab_is_no_cache(cloud: Site) -> None:
    (asks,), _ = run(cached_sessions(cloud, THIS_HOST, wallet(held(SPN, "TINTRI.COM")), NameAnswers()))
    assert asks == []
