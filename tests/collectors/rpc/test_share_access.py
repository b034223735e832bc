"""Who is asked for access lists and for groups, and what follows from what one domain tells of another; nothing is
asked here.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from krbcheck.collectors.rpc.share_access import share_access
from krbcheck.facts.kerberos import ReaderTickets, ServiceTickets
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Unobserved
from krbcheck.facts.share_access import (
    ShareAccess,
)
from krbcheck.probes.rpc import share_lists as probe
from krbcheck.site.stated import (
    Domain,
    SecretKind,
    SecretSource,
    Site,
)
from tests.support import access_asking
from tests.support.access_asking import THIS_HOST, TICKETS, asked_of, rounds, wallet
from tests.support.by_hand import AnyAsk

site = access_asking.site

SOURCE = SecretSource(SecretKind.ENV, "X")
READER = "krbcheck@TINTRI.COM"
ALICE, BOB = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
BOBS = ("bob-hv01$@VMLEVEL.COM", f"cifs/{BOB}")


def folders(asks: Sequence[AnyAsk]) -> list[tuple[str, ...]]:
    return [ask.call.args[3] for ask in asks if ask.call.func is probe.listing]


def test_two_of_a_tenant_read_the_root_folders_and_all_are_shown_names(site: Site) -> None:
    (listings, _), facts = asked_of(site, *TICKETS, BOBS, (READER, f"cifs/{ALICE}"))
    assert folders(listings) == [("AliceVMs",), ("AliceVMs",), (), ("BobVMs",)]
    assert [(ask.call.args[1], ask.call.args[2], ask.call.args[4], ask.vantage) for ask in listings] == [
        (ALICE, "10.77.11.30", "10.77.11.9", "alice"),
        (ALICE, "10.77.11.30", "10.77.11.9", "alice"),
        (ALICE, "10.77.11.30", "10.77.11.9", "alice"),
        (BOB, "10.77.12.30", "10.77.12.9", "bob"),
    ]
    assert [(listing.principal, listing.tenant, listing.storage) for listing in facts.listings][-1] == (
        BOBS[0],
        "bob",
        "vmstore",
    )


def test_for_the_matrix_nobody_asks_but_who_reads_folders(site: Site) -> None:
    (listings, _), _ = asked_of(site, *TICKETS[:2], BOBS, every=False)
    assert folders(listings) == [("AliceVMs",), ("AliceVMs",), ("BobVMs",)]


def test_who_has_no_ticket_asks_for_nothing(site: Site) -> None:
    (listings, _), _ = asked_of(site, TICKETS[2])
    assert folders(listings) == [("AliceVMs",)]


def test_a_storage_is_asked_once_where_its_reader_has_a_ticket(site: Site) -> None:
    (_, (reply,)), facts = asked_of(site, BOBS, (READER, f"cifs/{BOB}"))
    assert reply.call.func is probe.storage_lists
    ticket, name, address, shares, sids, source, _ = reply.call.args
    assert (ticket.client, name, address, source) == (READER, BOB, "10.77.12.30", "10.77.12.9")
    assert (shares, sids) == (["AliceVMs", "BobVMs"], ("S-1-1-0",))
    assert [(storage.path, storage.account) for storage in facts.storages] == [(BOB, READER)]


def test_without_a_ticket_of_the_reader_the_access_lists_are_a_gap(site: Site) -> None:
    collector = share_access(site, THIS_HOST, wallet(), NameAnswers(), ServiceTickets(), ReaderTickets())
    _, facts = rounds(collector)
    assert isinstance(facts, ShareAccess)
    (entry,) = facts.storages
    assert isinstance(entry.seen, Unobserved)
    assert READER in entry.seen.detail


def test_without_an_account_that_reads_the_gap_says_what_the_site_lacks(site: Site) -> None:
    unread = msgspec.structs.replace(site, domains=(site.domains[0], Domain("tintri.com")))
    _, facts = rounds(share_access(unread, THIS_HOST, wallet(), NameAnswers(), ServiceTickets(), ReaderTickets()))
    assert isinstance(facts, ShareAccess)
    (entry,) = facts.storages
    assert isinstance(entry.seen, Unobserved)
    assert entry.seen.detail == "the site states no account for tintri.com"
