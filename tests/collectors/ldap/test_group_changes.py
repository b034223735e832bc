"""Which groups are looked up by name, and for which changes of membership."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from krbcheck.collectors.ldap.group_changes import MOST_NAMES, group_changes
from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories
from krbcheck.facts.groups import CacheContent, CredentialCache, CredentialCaches, Group, OwnGroups, OwnTicket
from krbcheck.facts.kerberos import KrbError, ReaderTickets, TicketFacts
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.probes.ldap import queries
from krbcheck.site.stated import SecretKind, SecretSource, Site
from krbcheck.windows.pac import Pac
from tests.support import group_asking
from tests.support.group_asking import DC1, DC2, LOGON, THIS_HOST, TICKET, run, wallet

site = group_asking.site

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"
TIDC = Controller("tintri.com", "tidc", "10.77.0.20")
HOME = "S-1-5-21-1-2-3"
CCACHE = SecretSource(SecretKind.CCACHE, "alice.ccache")


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
    assert [(ask.call.func, ask.host) for ask in asks][:2] == [
        (queries.read, "10.77.0.10"),
        (queries.read, "10.77.0.11"),
    ]
    (search,) = asks[0].call.args[4]
    assert search.filter == f"(|(objectSid={HOME}-1111))"
    assert [entry.controller for entry in found.named] == ["vmdc1", "vmdc2", "tidc"]
    assert found.changed == ()


def test_a_controller_with_two_addresses_is_asked_once_and_not_for_more_than_it_takes(site: Site) -> None:
    again = Controllers((DC1, msgspec.structs.replace(DC1, address="10.77.1.10")))
    given = (own(f"{HOME}-515"), CredentialCaches(), directory(*(f"{HOME}-{rid}" for rid in range(515, 3000))))
    (asks,), _ = run(group_changes(site, THIS_HOST, wallet(), again, ReaderTickets(), *given))
    (ask,) = asks
    assert ask.call.args[4][0].filter.count("(objectSid=") == MOST_NAMES


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
    names, changed = asks[0].call.args[4]
    assert names.filter == f"(|(objectSid={HOME}-515))"
    assert changed.filter == "(&(objectClass=group)(whenChanged>=20260703095500.0Z))"
    assert "msDS-ReplValueMetaData" in changed.attributes
    assert {entry.domain for entry in found.changed} == {"vmlevel.com", "tintri.com"}


def test_a_domain_that_cannot_be_read_says_why(site: Site) -> None:
    given = (OwnGroups(), caches(TICKET), directory(f"{HOME}-515"))
    (asks,), found = run(group_changes(site, THIS_HOST, wallet(readers=False), controllers(), ReaderTickets(), *given))
    assert asks == []
    seen = found.changed[0].seen
    assert isinstance(seen, Unobserved)
    assert "no ticket was requested for krbcheck@VMLEVEL.COM" in seen.detail


def test_the_answers_are_groups(site: Site) -> None:
    raw = {"samaccountname": [b"Alice Hosts"], "whenchanged": [b"20260703110000.0Z"]}
    answer = Observed(((), (("CN=G", raw),)), "read", NOW, "station")
    given = (OwnGroups(), caches(TICKET), directory(f"{HOME}-515"))
    collector = group_changes(site, THIS_HOST, wallet(), Controllers((DC1,)), ReaderTickets(), *given)
    _, found = run(collector, [answer])
    (changed,) = found.changed
    assert isinstance(changed.seen, Observed)
    assert changed.seen.value.found == (Group("CN=G", "Alice Hosts", "", NOW - timedelta(hours=1)),)
