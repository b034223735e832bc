"""Whom the list of shares is read as, and which shares that are not stated each principal connects to."""

from __future__ import annotations

from collections.abc import Sequence

from krbcheck.asking.scheduler import Limits
from krbcheck.collectors.rpc.listed_shares import MOST_UNSTATED, listed_shares
from krbcheck.facts.kerberos import ReaderTickets, TicketGrants
from krbcheck.facts.listed_shares import ListedShare, ListedShares, ShareList
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.share_access import Listing, PrincipalListing, ShareAccess
from krbcheck.facts.smb import SmbSetUp
from krbcheck.probes.rpc import listed_shares as probe
from krbcheck.probes.smb.sessions import kerberos_session
from krbcheck.site.stated import Site
from krbcheck.windows.access_masks import LIST_ROOT
from tests.support import access_asking
from tests.support.access import AT
from tests.support.access_asking import ALICE, BOB, READER, THIS_HOST, TICKETS, issued, rounds, wallet
from tests.support.by_hand import AnyAsk

site = access_asking.site
BOBS = ("bob-hv01$@VMLEVEL.COM", f"cifs/{BOB}")
READING = (READER, f"cifs/{ALICE}")
STATED = (("AliceVMs", 2), ("BobVMs", 2))


def shown(*names: str) -> ShareAccess:
    """The list that Bob's host received."""
    seen = Observed(Listing(names=names), "shares", AT, "bob")
    return ShareAccess((), (PrincipalListing("bob", BOBS[0], BOB, "vmstore", seen),))


def collected(
    site: Site, *answers: Sequence[object], access: ShareAccess | None = None
) -> tuple[list[list[AnyAsk]], ListedShares]:
    held = (*TICKETS, BOBS, READING)
    asked, family = rounds(
        listed_shares(
            site,
            THIS_HOST,
            wallet(*held),
            Limits(),
            NameAnswers(),
            TicketGrants(),
            issued(*held),
            ReaderTickets(),
            access or ShareAccess(),
        ),
        *answers,
    )
    assert isinstance(family, ListedShares)
    return [asks for asks in asked if asks], family


def listed(*names: str) -> ShareList:
    return ShareList(level=1, listed=tuple(ListedShare(name, 0) for name in names))


def test_a_storage_whose_shares_are_all_stated_costs_one_session(site: Site) -> None:
    asked, family = collected(site, [listed("AliceVMs", "bobvms", "IPC$")])
    ((ask,),) = asked
    assert ask.call.func is probe.share_list
    ticket, *rest = ask.call.args
    assert ticket.client == READER
    assert rest[:4] == [ALICE, "10.77.11.30", list(STATED), "10.77.11.9"]
    assert [(entry.storage, entry.account) for entry in family.storages] == [("vmstore", READER)]
    assert family.sessions == ()


def test_every_principal_connects_to_what_is_not_stated_at_its_own_data_path(site: Site) -> None:
    asked, family = collected(
        site, [listed("Copies", "AliceVMs", "Old$")], [SmbSetUp(0, dialect=0x311)] * 4, access=shown("ISOs", "BobVMs")
    )
    (reading,), sessions = asked
    assert reading.call.args[3] == [*STATED, ("ISOs", 502)]
    assert {ask.call.func for ask in sessions} == {kerberos_session}
    wanted = {ask.call.args[3] for ask in sessions}
    assert wanted == {(("Copies", LIST_ROOT), ("ISOs", LIST_ROOT), ("Old$", LIST_ROOT))}
    assert [(ask.call.args[0].client, ask.call.args[1]) for ask in sessions] == [
        *((who, ALICE) for who, _ in TICKETS),
        (BOBS[0], BOB),
    ]
    assert [(entry.tenant, entry.principal, entry.path) for entry in family.sessions][-1] == ("bob", BOBS[0], BOB)


def test_a_list_without_end_is_tried_in_part(site: Site) -> None:
    names = [f"Share{number:04}" for number in range(MOST_UNSTATED + 50)]
    asked, _ = collected(site, [listed(*names)], [SmbSetUp(0, dialect=0x311)] * 4)
    assert [share for share, _ in asked[1][0].call.args[3]] == names[:MOST_UNSTATED]


def test_without_a_ticket_of_the_reader_the_list_is_a_gap(site: Site) -> None:
    held = TICKETS
    _, family = rounds(
        listed_shares(
            site,
            THIS_HOST,
            wallet(*held),
            Limits(),
            NameAnswers(),
            TicketGrants(),
            issued(*held),
            ReaderTickets(),
            ShareAccess(),
        )
    )
    assert isinstance(family, ListedShares)
    (entry,) = family.storages
    assert isinstance(entry.seen, Unobserved)
    assert READER in entry.seen.detail
