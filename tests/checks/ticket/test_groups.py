"""ticket.groups: the groups in tickets, when memberships were written, what a cached ticket opens.

Samba tells no msDS-ReplValueMetaData, so what Windows' directories say of memberships is made by hand here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec
import pytest

from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories
from krbcheck.facts.groups import (
    CacheContent,
    CachedSession,
    CachedSessions,
    CredentialCache,
    CredentialCaches,
    Group,
    GroupChanges,
    Groups,
    GroupsChanged,
    GroupsNamed,
    MemberWritten,
    OwnGroups,
    OwnTicket,
)
from krbcheck.facts.kerberos import KrbError, TicketFacts
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.smb import SessionKind, SmbSession, SmbSessions, SmbSetUp, TreeReply
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.recording.merging import merge
from krbcheck.site.stated import Principal, Site
from krbcheck.windows.pac import Pac

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
LOGON = NOW - timedelta(hours=2)
BEFORE, AFTER = LOGON - timedelta(days=3), LOGON + timedelta(hours=1)
ALICE, DC1, DC2 = "alice-hv01$@VMLEVEL.COM", "vmdc1.vmlevel.com", "vmdc2.vmlevel.com"
HOME = "S-1-5-21-1-2-3"
SELF, COMPUTERS, HOSTS, BACKUP = f"{HOME}-1104", f"{HOME}-515", f"{HOME}-1111", f"{HOME}-1116"
DN, HOSTS_DN = "CN=alice-hv01,OU=Hosts,DC=vmlevel,DC=com", "CN=Alice Hosts,CN=Users,DC=vmlevel,DC=com"
FULL = 0x1F01FF
SILENCE = Unobserved(Gap.TIMED_OUT, "no answer", "asked", NOW, "alice")
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
T = TypeVar("T")


def seen(value: T) -> Observation[T]:
    return Observed(value, "asked", NOW, "alice")


@pytest.fixture
def alone(cloud: Site) -> Site:
    """With alice only."""
    return msgspec.structs.replace(cloud, tenants=cloud.tenants[:1])


def own(*groups: str, extra: tuple[str, ...] = ("S-1-18-1",), resource: tuple[str, ...] = ()) -> OwnGroups:
    pac = Pac(SELF, "alice-hv01$", "VMLEVEL", COMPUTERS, groups, extra, resource, LOGON)
    return OwnGroups((OwnTicket("alice", ALICE, DC1, seen(pac)),))


def directory(*controllers: tuple[str, ...] | None) -> Directories:
    """The groups that each controller gives; None for one that does not tell."""
    accounts = (Account(DN, "alice-hv01$", SELF, groups=groups) for groups in controllers)
    hosts = (DC1, DC2, "vmdc3.vmlevel.com")
    return Directories(
        accounts=tuple(
            AccountAnswer("vmlevel.com", host, ALICE, seen(Accounts((one,))))
            for host, one in zip(hosts, accounts, strict=False)
        )
    )


BOTH = (COMPUTERS, HOSTS)
OWN = [
    pytest.param(own(*BOTH), directory(BOTH, BOTH), ["ticket.groups/no-cache"], id="the-same"),
    pytest.param(own(COMPUTERS), directory(BOTH, BOTH), ["ticket.groups/stale-groups"], id="joined-since"),
    pytest.param(own(*BOTH), directory((COMPUTERS,)), ["ticket.groups/lost-groups"], id="left-since"),
    pytest.param(
        own(COMPUTERS, BACKUP),
        directory(BOTH),
        ["ticket.groups/lost-groups", "ticket.groups/stale-groups"],
        id="moved-since",
    ),
    pytest.param(
        own(COMPUTERS),
        directory(BOTH, (COMPUTERS,)),
        ["ticket.groups/no-cache"],
        id="one-controller-has-not-heard-of-joining",
    ),
    pytest.param(
        own(*BOTH),
        directory(BOTH, (COMPUTERS,)),
        ["ticket.groups/no-cache"],
        id="one-controller-has-not-heard-of-leaving",
    ),
    pytest.param(
        own(COMPUTERS, extra=("S-1-18-1", "S-1-18-2", "S-1-5-21-0-0-0-497"), resource=(HOSTS,)),
        directory((*BOTH, "S-1-5-32-545", "S-1-5-11")),
        ["ticket.groups/no-cache"],
        id="groups-of-the-logon-and-built-in-ones-do-not-count",
    ),
    pytest.param(
        own(COMPUTERS, extra=(HOSTS,)), directory(BOTH), ["ticket.groups/no-cache"], id="a-group-of-another-domain"
    ),
    pytest.param(own(*BOTH), directory(None), ["unknown"], id="the-directory-does-not-tell"),
    pytest.param(own(*BOTH), directory(None, BOTH), ["ticket.groups/no-cache"], id="one-controller-does-not-tell"),
    pytest.param(own(*BOTH), Directories(), ["unknown"], id="no-directory"),
    pytest.param(OwnGroups(), directory(BOTH), ["unknown"], id="no-ticket-was-asked-for"),
    pytest.param(OwnGroups((OwnTicket("alice", ALICE, DC1, SILENCE),)), directory(BOTH), ["unknown"], id="silence"),
    pytest.param(
        OwnGroups((OwnTicket("alice", ALICE, DC1, seen(KrbError(7))),)), directory(BOTH), ["unknown"], id="refused"
    ),
]


@pytest.mark.parametrize(("ticket", "directories", "codes"), OWN)
def test_the_ticket_to_oneself_has_the_groups_of_the_directory(
    lines: Lines, alone: Site, ticket: OwnGroups, directories: Directories, codes: list[str]
) -> None:
    assert lines("ticket.groups", ticket, directories, of=alone) == [f"{one} alice {ALICE}" for one in codes]


def test_what_a_refused_ticket_to_oneself_met_is_told(judged: Judged, alone: Site) -> None:
    (found,) = judged(
        "ticket.groups", OwnGroups((OwnTicket("alice", ALICE, DC1, seen(KrbError(7))),)), directory(BOTH), of=alone
    )
    assert isinstance(found, Unknown)
    assert "KDC_ERR_S_PRINCIPAL_UNKNOWN (7)" in found.says


def test_an_answer_is_preferred_to_another_collections_silence(lines: Lines, alone: Site) -> None:
    first, second = OwnGroups((OwnTicket("alice", ALICE, DC1, SILENCE),)), own(*BOTH)
    whole = merge([{OwnGroups: first}, {OwnGroups: second}])[OwnGroups]
    assert lines("ticket.groups", whole, directory(BOTH), of=alone) == [f"ticket.groups/no-cache alice {ALICE}"]


def test_the_group_is_named_and_the_host_is_told_what_to_purge(judged: Judged, alone: Site) -> None:
    named = GroupChanges((GroupsNamed("vmlevel.com", DC1, seen(Groups((Group(HOSTS_DN, "Alice Hosts", HOSTS),)))),))
    (found,) = judged("ticket.groups", own(COMPUTERS), directory(BOTH), named, of=alone)
    assert isinstance(found, Finding)
    assert found.values["found"] == f"Alice Hosts ({HOSTS})"
    assert ("alice-hv01", "klist -li 0x3e7 purge") in [(step.host, step.command) for step in found.remedy]


def test_a_users_tickets_are_purged_in_the_users_session(judged: Judged, alone: Site) -> None:
    name = "alice-admin@VMLEVEL.COM"
    tenant = msgspec.structs.replace(alone.tenants[0], principals=(Principal(name),))
    user = msgspec.structs.replace(alone, tenants=(tenant,))
    ticket = OwnGroups((OwnTicket("alice", name, DC1, own(COMPUTERS).tickets[0].seen),))
    answer = msgspec.structs.replace(directory(BOTH).accounts[0], name=name)
    (found,) = judged("ticket.groups", ticket, Directories(accounts=(answer,)), of=user)
    assert isinstance(found, Finding)
    assert (found.remedy[1].host, found.remedy[1].command) == ("the logon session of alice-admin", "klist purge")


# a credential cache


def cached(service: str, realm: str, logon: datetime = LOGON, end: datetime = NOW + timedelta(hours=8)) -> TicketFacts:
    return TicketFacts("alice-hv01$", "VMLEVEL.COM", service, realm, 18, 18, 1, 0, logon, end)


TGT = cached("krbtgt/VMLEVEL.COM", "VMLEVEL.COM")
SPN = "cifs/vmstore-alice.tintri.com"
SERVICE = cached(SPN, "TINTRI.COM")


def cache(*tickets: TicketFacts) -> CredentialCaches:
    return CredentialCaches((CredentialCache("alice", ALICE, seen(CacheContent(tickets))),))


def group(
    *members: MemberWritten, told: bool = True, changed: datetime = AFTER, cut: bool = False, name: str = "Alice Hosts"
) -> Group:
    dn, sid = f"CN={name},CN=Users,DC=vmlevel,DC=com", HOSTS if name == "Alice Hosts" else BACKUP
    return Group(dn, name, sid, changed, members if told else None, cut)


def changes(*groups: Group, domain: str = "vmlevel.com", controllers: int = 1) -> GroupChanges:
    named = Groups((Group(HOSTS_DN, "Alice Hosts", HOSTS), Group("CN=Domain Computers", "Domain Computers", COMPUTERS)))
    answers = (GroupsChanged(domain, f"dc{number}", LOGON, seen(Groups(groups))) for number in range(controllers))
    return GroupChanges((GroupsNamed("vmlevel.com", DC1, seen(named)),), tuple(answers))


def member(created: datetime, written: datetime, *, removed: bool = False, dn: str = DN) -> MemberWritten:
    return MemberWritten(dn, created, written, removed)


JOINED, LEFT = member(AFTER, AFTER), member(BEFORE, AFTER, removed=True)
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
    pytest.param(changes(group(told=False)), ["unknown"], id="the-directory-does-not-tell-in-what-it-changed"),
    pytest.param(changes(group(told=False, changed=BEFORE)), ["fine"], id="changed-before"),
    pytest.param(changes(group(member(BEFORE, BEFORE), cut=True)), ["unknown"], id="told-in-part"),
    pytest.param(changes(group(JOINED, cut=True)), ["ticket.groups/stale-groups"], id="told-in-part-and-found"),
]


@pytest.mark.parametrize(("changed", "codes"), SINCE)
def test_a_cached_ticket_is_held_against_the_moment_a_membership_was_written(
    lines: Lines, alone: Site, changed: GroupChanges, codes: list[str]
) -> None:
    families = (own(*BOTH), directory(BOTH), cache(TGT, SERVICE), changed)
    assert lines("ticket.groups", *families, of=alone) == [f"{one} alice {ALICE}" for one in codes]


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


def test_an_ended_ticket_is_used_no_more(lines: Lines, alone: Site) -> None:
    ended = cached(SPN, "TINTRI.COM", end=NOW - timedelta(minutes=1))
    families = (own(*BOTH), directory(BOTH), cache(ended), changes(group(JOINED)))
    assert lines("ticket.groups", *families, of=alone) == [f"fine alice {ALICE}"]


def test_a_silent_directory_leaves_the_cache_unknown(lines: Lines, alone: Site) -> None:
    silent = GroupChanges(changed=(GroupsChanged("vmlevel.com", DC1, LOGON, SILENCE),))
    families = (own(*BOTH), directory(BOTH), cache(TGT), silent)
    assert lines("ticket.groups", *families, of=alone) == [f"unknown alice {ALICE}"]
    answered = GroupChanges(changed=(*silent.changed, *changes().changed))
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


# a session with the cached ticket


PATH = "vmstore-alice.tintri.com"


def set_up(access: int | None, *, status: int = 0) -> SmbSetUp:
    """`access` None: the share is refused."""
    tree = TreeReply("AliceVMs", 0xC0000022) if access is None else TreeReply("AliceVMs", 0, maximal_access=access)
    return SmbSetUp(status, trees=(tree,))


def sessions(old: Observation[SmbSetUp], new: Observation[SmbSetUp] | None) -> tuple[CachedSessions, SmbSessions]:
    fresh = (SmbSession("alice", ALICE, PATH, "vmstore", "10.77.11.30", SessionKind.KERBEROS, new),) if new else ()
    return CachedSessions((CachedSession("alice", ALICE, PATH, "vmstore", old),)), SmbSessions(fresh)


ACCESS = [
    pytest.param(seen(set_up(FULL)), seen(set_up(FULL)), ["fine"], id="the-same"),
    pytest.param(seen(set_up(None)), seen(set_up(None)), ["fine"], id="refused-both-times"),
    pytest.param(seen(set_up(None)), seen(set_up(FULL)), ["ticket.groups/stale-groups"], id="refused-with-the-old"),
    pytest.param(seen(set_up(FULL)), seen(set_up(None)), ["ticket.groups/lost-groups"], id="opened-with-the-old"),
    pytest.param(
        seen(set_up(FULL)),
        seen(set_up(FULL | 0x01000000)),
        ["ticket.groups/stale-groups"],
        id="backup-rights-with-the-fresh-one-only",
    ),
    pytest.param(seen(set_up(None, status=0xC000006D)), seen(set_up(FULL)), ["unknown"], id="the-old-is-refused"),
    pytest.param(SILENCE, seen(set_up(FULL)), ["unknown"], id="silence"),
    pytest.param(seen(set_up(FULL)), SILENCE, ["unknown"], id="silence-to-the-fresh-one"),
    pytest.param(seen(set_up(FULL)), None, ["unknown"], id="no-fresh-one"),
]


@pytest.mark.parametrize(("old", "new", "codes"), ACCESS)
def test_the_cached_ticket_opens_what_a_fresh_one_opens(
    lines: Lines, alone: Site, old: Observation[SmbSetUp], new: Observation[SmbSetUp] | None, codes: list[str]
) -> None:
    families = (own(*BOTH), directory(BOTH), cache(SERVICE), changes(), *sessions(old, new))
    assert lines("ticket.groups", *families, of=alone) == [f"{one} alice {ALICE}" for one in codes]


def test_what_one_way_shows_another_ways_doubt_does_not_hide(judged: Judged, alone: Site) -> None:
    silent = changes(group(told=False))
    families = (
        own(*BOTH),
        directory(BOTH),
        cache(SERVICE),
        silent,
        *sessions(seen(set_up(None)), seen(set_up(FULL))),
    )
    (found,) = judged("ticket.groups", *families, of=alone)
    assert isinstance(found, Finding)
    assert found.values["found"] == (
        f"\\\\{PATH}\\AliceVMs: 0x00000000 with the cached ticket, 0x001F01FF with a new one"
    )


def test_from_elsewhere_it_is_unknown_with_the_reason(judged: Judged, cloud: Site) -> None:
    verdicts = judged("ticket.groups", own(*BOTH), directory(BOTH), of=cloud)
    (other,) = (one for one in verdicts if one.tenant == "bob")
    assert isinstance(other, Unknown)
    assert other.says == "no leg on VLAN 12"
