"""ticket.groups: the groups in tickets, when memberships were written, what a cached ticket opens.

Samba tells no msDS-ReplValueMetaData, so what Windows' directories say of memberships is made by hand here.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from krbcheck.facts.directory import Directories
from krbcheck.facts.groups import (
    CachedSession,
    CachedSessions,
    Group,
    GroupChanges,
    Groups,
    GroupsNamed,
    OwnGroups,
    OwnTicket,
)
from krbcheck.facts.kerberos import KrbError
from krbcheck.facts.observation import Observation
from krbcheck.facts.smb import SessionKind, SmbSession, SmbSessions, SmbSetUp, TreeReply
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.recording.merging import merge
from krbcheck.site.stated import Principal, Site
from tests.support import ticket_groups
from tests.support.ticket_groups import (
    ALICE,
    BACKUP,
    BOTH,
    COMPUTERS,
    DC1,
    FULL,
    HOSTS,
    HOSTS_DN,
    SERVICE,
    SILENCE,
    TGT,
    cache,
    changes,
    directory,
    group,
    own,
    seen,
)

alone = ticket_groups.alone

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]


OWN = [
    pytest.param(own(*BOTH), directory(BOTH, BOTH), ["fine"], id="the-same"),
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
        ["fine"],
        id="one-controller-has-not-heard-of-joining",
    ),
    pytest.param(
        own(*BOTH),
        directory(BOTH, (COMPUTERS,)),
        ["fine"],
        id="one-controller-has-not-heard-of-leaving",
    ),
    pytest.param(
        own(COMPUTERS, extra=("S-1-18-1", "S-1-18-2", "S-1-5-21-0-0-0-497"), resource=(HOSTS,)),
        directory((*BOTH, "S-1-5-32-545", "S-1-5-11")),
        ["fine"],
        id="groups-of-the-logon-and-built-in-ones-do-not-count",
    ),
    pytest.param(own(COMPUTERS, extra=(HOSTS,)), directory(BOTH), ["fine"], id="a-group-of-another-domain"),
    pytest.param(own(*BOTH), directory(None), ["unknown"], id="the-directory-does-not-tell"),
    pytest.param(own(*BOTH), directory(None, BOTH), ["fine"], id="one-controller-does-not-tell"),
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
    families = (ticket, directories, cache(TGT), changes())
    assert lines("ticket.groups", *families, of=alone) == [f"{code} alice {ALICE}" for code in codes]


def test_what_a_refused_ticket_to_oneself_met_is_told(judged: Judged, alone: Site) -> None:
    (found,) = judged(
        "ticket.groups", OwnGroups((OwnTicket("alice", ALICE, DC1, seen(KrbError(7))),)), directory(BOTH), of=alone
    )
    assert isinstance(found, Unknown)
    assert "KDC_ERR_S_PRINCIPAL_UNKNOWN (7)" in found.says


def test_an_answer_is_preferred_to_another_collections_silence(lines: Lines, alone: Site) -> None:
    first, second = OwnGroups((OwnTicket("alice", ALICE, DC1, SILENCE),)), own(*BOTH)
    whole = merge([{OwnGroups: first}, {OwnGroups: second}])[OwnGroups]
    families = (whole, directory(BOTH), cache(TGT), changes())
    assert lines("ticket.groups", *families, of=alone) == [f"fine alice {ALICE}"]


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
    assert lines("ticket.groups", *families, of=alone) == [f"{code} alice {ALICE}" for code in codes]


def test_what_one_way_shows_another_ways_doubt_does_not_hide(judged: Judged, alone: Site) -> None:
    silent = changes(group(written=False))
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
    (other,) = (verdict for verdict in verdicts if verdict.tenant == "bob")
    assert isinstance(other, Unknown)
    assert other.says == "no leg on VLAN 12"
