"""ticket.groups: the tickets that a host has, and when memberships were written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from krbcheck.facts.directory import Accounts, Directories
from krbcheck.facts.groups import (
    CacheContent,
    CredentialCache,
    CredentialCaches,
    GroupChanges,
    Groups,
    GroupsChanged,
)
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.site.stated import Principal, Site, TicketSource
from tests.support import ticket_groups
from tests.support.ticket_groups import (
    AFTER,
    ALICE,
    BEFORE,
    BOTH,
    DC1,
    HOSTS,
    HOSTS_DN,
    JOINED,
    LEFT,
    LOGON,
    NAMED,
    NOW,
    SELF,
    SERVICE,
    SILENCE,
    SPN,
    TGT,
    THERE,
    cache,
    cached,
    changes,
    directory,
    group,
    member,
    own,
    seen,
    with_tickets,
)

alone = ticket_groups.alone

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]


@pytest.mark.parametrize(("stated", "why"), [(False, "the site file states no tickets of"), (True, "was not read")])
def test_a_new_ticket_alone_says_nothing_of_those_that_the_host_has(
    judged: Judged, alone: Site, stated: bool, why: str
) -> None:
    site = with_tickets(alone) if stated else alone
    (found,) = judged("ticket.groups", own(*BOTH), directory(BOTH), of=site)
    assert isinstance(found, Unknown)
    assert why in found.says
    assert len(found.says) < 200


@pytest.mark.parametrize(
    ("changed", "code"), [((), "fine"), (("joined",), "ticket.groups/stale-groups")], ids=["none", "joined"]
)
def test_the_listed_tickets_of_a_host_without_a_secret_are_enough(
    lines: Lines, alone: Site, changed: tuple[str, ...], code: str
) -> None:
    host = Principal(ALICE, tickets=TicketSource(klist=("alice.txt",), time_zone="UTC"))
    site = msgspec.structs.replace(alone, tenants=(msgspec.structs.replace(alone.tenants[0], principals=(host,)),))
    families = (directory(BOTH), cache(TGT), changes(*(group(JOINED) for _ in changed)))
    assert lines("ticket.groups", *families, of=site) == [f"{code} alice {ALICE}"]
    assert lines("ticket.groups", directory(BOTH), of=site) == [f"unknown alice {ALICE}"]


def test_a_listed_ticket_of_an_unknown_logon_is_stale_or_not_determined(lines: Lines, alone: Site) -> None:
    """Its groups are older than its start by an unknown time: a change after the start is one after the logon too."""
    caches = CredentialCaches((CredentialCache("alice", ALICE, seen(CacheContent((SERVICE,), (SPN,)))),))
    families = (own(*BOTH), directory(BOTH), caches)
    assert lines("ticket.groups", *families, changes(), of=alone) == [f"unknown alice {ALICE}"]
    joined = changes(group(JOINED))
    assert lines("ticket.groups", *families, joined, of=alone) == [f"ticket.groups/stale-groups alice {ALICE}"]


SINCE = [
    pytest.param(changes(), ["fine"], id="no-group-changed"),
    pytest.param(changes(group(JOINED)), ["ticket.groups/stale-groups"], id="joined"),
    pytest.param(changes(group(JOINED), controllers=2), ["ticket.groups/stale-groups"], id="told-by-two-controllers"),
    pytest.param(changes(group(LEFT)), ["ticket.groups/lost-groups"], id="left"),
    pytest.param(
        changes(group(LEFT), group(JOINED, name="Hosts of Alice")),
        ["ticket.groups/lost-groups", "ticket.groups/stale-groups"],
        id="moved",
    ),
    pytest.param(changes(group(member(BEFORE, BEFORE))), ["fine"], id="written-before"),
    pytest.param(changes(group(member(LOGON, LOGON))), ["fine"], id="written-in-the-second-of-the-logon"),
    pytest.param(changes(group(member(AFTER, AFTER, dn="CN=bob-hv01"))), ["fine"], id="somebody-else-joined"),
    pytest.param(changes(group(member(AFTER, AFTER, removed=True))), ["fine"], id="joined-and-left-again"),
    pytest.param(changes(group(member(BEFORE, AFTER))), ["unknown"], id="removed-and-added-again"),
    pytest.param(
        changes(group(member(AFTER, AFTER, dn=HOSTS_DN.upper()), name="Hyper-V Hosts")),
        ["ticket.groups/stale-groups"],
        id="nested-its-group-joined",
    ),
    pytest.param(
        changes(group(member(AFTER, AFTER, dn=f"CN={SELF},CN=ForeignSecurityPrincipals,DC=tintri,DC=com"))),
        ["ticket.groups/stale-groups"],
        id="a-foreign-member-by-its-sid",
    ),
    pytest.param(changes(group(written=False)), ["unknown"], id="the-directory-does-not-tell-in-what-it-changed"),
    pytest.param(changes(group(written=False, changed=BEFORE)), ["fine"], id="changed-before"),
    pytest.param(changes(group(member(BEFORE, BEFORE), cut=True)), ["unknown"], id="told-in-part"),
    pytest.param(changes(group(JOINED, cut=True)), ["ticket.groups/stale-groups"], id="told-in-part-and-found"),
]


@pytest.mark.parametrize(("changed", "codes"), SINCE)
def test_a_cached_ticket_is_held_against_the_moment_a_membership_was_written(
    lines: Lines, alone: Site, changed: GroupChanges, codes: list[str]
) -> None:
    families = (own(*BOTH), directory(BOTH), cache(TGT, SERVICE), changed)
    assert lines("ticket.groups", *families, of=alone) == [f"{code} alice {ALICE}" for code in codes]


def test_the_ticket_and_both_moments_are_told(judged: Judged, alone: Site) -> None:
    (found,) = judged("ticket.groups", own(*BOTH), directory(BOTH), cache(SERVICE), changes(group(JOINED)), of=alone)
    assert isinstance(found, Finding)
    assert found.values["found"] == (
        f"Alice Hosts: changed 2026-07-03 11:00:00Z, after the logon of 2026-07-03 10:00:00Z ({SPN})"
    )


def test_a_domain_local_group_of_the_storage_concerns_its_own_tickets_only(lines: Lines, alone: Site) -> None:
    there = changes(group(member(AFTER, AFTER, dn=f"CN={SELF},CN=X")), domain="tintri.com")
    there = GroupChanges(there.named, (*changes().changed, *there.changed))
    families = (own(*BOTH), directory(BOTH), there)
    assert lines("ticket.groups", *families, cache(TGT), of=alone) == [f"fine alice {ALICE}"]
    assert lines("ticket.groups", *families, cache(SERVICE), of=alone) == [f"ticket.groups/stale-groups alice {ALICE}"]


OWN = GroupsChanged("vmlevel.com", DC1, LOGON, seen(Groups()))
LATER = LOGON + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("recorded", "why"),
    [
        pytest.param((OWN,), "no directory of tintri.com was queried", id="storage-not-queried"),
        pytest.param((OWN, msgspec.structs.replace(THERE, seen=SILENCE)), "no answer", id="storage-silent"),
        pytest.param((OWN, msgspec.structs.replace(THERE, since=LATER)), "no directory of tintri", id="later-query"),
        pytest.param((msgspec.structs.replace(OWN, since=LATER), THERE), "no directory of vmlevel", id="later-own"),
    ],
)
def test_a_part_of_the_changes_is_no_good_news(
    judged: Judged, alone: Site, recorded: tuple[GroupsChanged, ...], why: str
) -> None:
    """As in the recording of a station that reads one domain, or in one that was made after a later logon."""
    families = (own(*BOTH), directory(BOTH), cache(TGT, SERVICE), GroupChanges(NAMED, recorded))
    (found,) = judged("ticket.groups", *families, of=alone)
    assert isinstance(found, Unknown)
    assert any(why in reason.line for reason in found.because), found.because


def test_a_ticket_of_a_realm_outside_the_site_needs_no_directory_there(lines: Lines, alone: Site) -> None:
    other = cached("cifs/files.corp.com", "CORP.COM")
    families = (own(*BOTH), directory(BOTH), cache(TGT, other), changes())
    assert lines("ticket.groups", *families, of=alone) == [f"fine alice {ALICE}"]


def test_a_group_that_no_directory_named_may_have_joined_another(judged: Judged, alone: Site) -> None:
    families = (own(*BOTH), directory(BOTH), cache(TGT), GroupChanges((), (OWN, THERE)))
    (found,) = judged("ticket.groups", *families, of=alone)
    assert isinstance(found, Unknown)
    assert found.says == f"no directory returned the group {HOSTS}, so changes above it are not known"


def test_a_ticket_from_the_future_shows_a_wrong_time_zone(judged: Judged, alone: Site) -> None:
    """A list of klist in UTC+9 that is read as UTC: the logon seems to be later than the membership."""
    ahead = cached("krbtgt/VMLEVEL.COM", "VMLEVEL.COM", logon=LOGON + timedelta(hours=9), end=NOW + timedelta(hours=9))
    (found,) = judged("ticket.groups", own(*BOTH), directory(BOTH), cache(ahead), changes(group(JOINED)), of=alone)
    assert isinstance(found, Unknown)
    assert (
        found.says == "a ticket of the cache is from 2026-07-03 19:00:00Z, after it was read: wrong time_zone or clock"
    )


def test_an_ended_ticket_is_used_no_more(lines: Lines, alone: Site) -> None:
    ended = cached(SPN, "TINTRI.COM", end=NOW - timedelta(minutes=1))
    later = cached("krbtgt/VMLEVEL.COM", "VMLEVEL.COM", logon=AFTER + timedelta(minutes=1))
    families = (own(*BOTH), directory(BOTH), cache(ended, later), changes(group(JOINED)))
    assert lines("ticket.groups", *families, of=alone) == [f"fine alice {ALICE}"]


def test_a_cache_of_ended_tickets_says_nothing_of_those_that_the_host_has(judged: Judged, alone: Site) -> None:
    ended = cached(SPN, "TINTRI.COM", end=NOW - timedelta(minutes=1))
    (found,) = judged("ticket.groups", own(*BOTH), directory(BOTH), cache(ended), changes(), of=alone)
    assert isinstance(found, Unknown)
    assert "contains no valid ticket" in found.says


def test_a_silent_directory_leaves_the_cache_unknown(lines: Lines, alone: Site) -> None:
    silent = GroupChanges(NAMED, (GroupsChanged("vmlevel.com", DC1, LOGON, SILENCE),))
    families = (own(*BOTH), directory(BOTH), cache(TGT), silent)
    assert lines("ticket.groups", *families, of=alone) == [f"unknown alice {ALICE}"]
    answered = GroupChanges(NAMED, (*silent.changed, *changes().changed))
    families = (own(*BOTH), directory(BOTH), cache(TGT), answered)
    assert lines("ticket.groups", *families, of=alone) == [f"fine alice {ALICE}"]


@pytest.mark.parametrize("asked", [GroupChanges(), changes(domain="tintri.com")], ids=["none", "the-storages-alone"])
def test_a_cache_is_not_fine_where_the_own_domain_was_not_asked_for_changes(
    judged: Judged, alone: Site, asked: GroupChanges
) -> None:
    (found,) = judged("ticket.groups", own(*BOTH), directory(BOTH), cache(TGT), asked, of=alone)
    assert isinstance(found, Unknown)
    assert any("no directory of vmlevel.com" in str(line) for line in found.because)


def test_a_cache_is_held_against_every_logon_it_has_tickets_of(lines: Lines, alone: Site) -> None:
    later = cached(SPN, "TINTRI.COM", logon=AFTER + timedelta(minutes=1))
    families = (own(*BOTH), directory(BOTH), changes(group(JOINED)))
    assert lines("ticket.groups", *families, cache(later), of=alone) == [f"fine alice {ALICE}"]
    assert lines("ticket.groups", *families, cache(later, TGT), of=alone) == [
        f"ticket.groups/stale-groups alice {ALICE}"
    ]


def test_a_cache_of_an_account_that_no_directory_tells_is_unknown(judged: Judged, alone: Site) -> None:
    none = msgspec.structs.replace(directory(BOTH).accounts[0], seen=seen(Accounts()))
    for directories, why in (
        (Directories(accounts=(none,)), "no such object"),
        (Directories(accounts=(msgspec.structs.replace(none, seen=SILENCE),)), "no answer"),
        (Directories(), f"no directory was queried for {ALICE}"),
    ):
        (found,) = judged("ticket.groups", own(*BOTH), directories, cache(TGT), changes(group(JOINED)), of=alone)
        assert isinstance(found, Unknown)
        assert any(why in reason.line for reason in found.because), found.because


def test_the_directorys_silence_is_the_reason(judged: Judged, alone: Site) -> None:
    silent = msgspec.structs.replace(directory(BOTH).accounts[0], seen=SILENCE)
    (found,) = judged("ticket.groups", own(*BOTH), Directories(accounts=(silent,)), of=alone)
    assert isinstance(found, Unknown)
    assert found.says == "no answer"


def test_an_unreadable_cache_is_unknown(lines: Lines, alone: Site) -> None:
    unread = CredentialCaches((CredentialCache("alice", ALICE, SILENCE),))
    families = (own(*BOTH), directory(BOTH), unread)
    assert lines("ticket.groups", *families, of=alone) == [f"unknown alice {ALICE}"]
