"""Who may back up is judged: membership of the stated group, and the rights on the storage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.directory import Directories, GroupMembers
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.smb import AccountRights, AliasMembers, RightHolders, RightsReply, SidRights, StorageRights
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.site.stated import Backup, Site
from tests.support import access
from tests.support.access import World
from tests.support.backup_accounts import ACCOUNT, SILENCE, directories
from tests.support.remedies import text

world = access.world

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
NAME, GROUP = "alice-hv01$@VMLEVEL.COM", "VMLEVEL\\Backup Hosts"
SID, HOSTS, GROUP_SID = "S-1-5-21-1-1-1-1101", "S-1-5-21-1-1-1-515", "S-1-5-21-1-1-1-1200"
BACKUP, RESTORE = "SeBackupPrivilege", "SeRestorePrivilege"
EVERYONE, ADMINISTRATORS, OPERATORS = "S-1-1-0", "S-1-5-32-544", "S-1-5-32-551"
DENIED, NO_MORE, NOT_FOUND, LOGON_FAILURE = 0xC0000022, 0x8000001A, 0xC0000034, 0xC000006D


def rights(seen: RightsReply | Unobserved) -> AccountRights:
    answer = seen if isinstance(seen, Unobserved) else Observed(seen, "asked", AT, "alice")
    where = ("vmstore", "vmstore-alice.tintri.com", "10.77.11.30", "krbcheck@TINTRI.COM")
    return AccountRights((StorageRights(*where, answer),))


def held(*sids: str, restore: tuple[str, ...] | None = None, aliases: tuple[AliasMembers, ...] = ()) -> RightsReply:
    """Backup right held by `sids`, restore right by `restore` (the same, if None)."""
    both = (RightHolders(BACKUP, 0, sids), RightHolders(RESTORE, 0, sids if restore is None else restore))
    return RightsReply(holders=both, aliases=aliases)


def refused_list(*each: SidRights, aliases: tuple[AliasMembers, ...] = ()) -> RightsReply:
    both = (RightHolders(BACKUP, DENIED), RightHolders(RESTORE, DENIED))
    return RightsReply(holders=both, sids=each, aliases=aliases)


SUBJECT = f"alice {NAME} on vmstore"
NOT_TOLD = ["backup.rights/not-told - vmstore", f"unknown {SUBJECT}"]
NEITHER = [f"backup.rights/no-backup-right {SUBJECT}", f"backup.rights/no-restore-right {SUBJECT}"]
HOLDS = (BACKUP, RESTORE)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(held(SID), [f"fine {SUBJECT}"], id="itself"),
        pytest.param(held(HOSTS), [f"fine {SUBJECT}"], id="by-group"),
        pytest.param(held(EVERYONE), [f"fine {SUBJECT}"], id="by-everyone"),
        pytest.param(
            held(OPERATORS, aliases=(AliasMembers(OPERATORS, 0, (HOSTS,)),)), [f"fine {SUBJECT}"], id="by-operators"
        ),
        pytest.param(held(OPERATORS, aliases=(AliasMembers(OPERATORS, 0, ("S-1-5-21-9-9-9-500",)),)), NEITHER, id="no"),
        pytest.param(held(OPERATORS, aliases=(AliasMembers(OPERATORS, DENIED),)), [f"unknown {SUBJECT}"], id="hidden"),
        pytest.param(held(), NEITHER, id="nobody"),
        pytest.param(
            RightsReply(holders=(RightHolders(BACKUP, NO_MORE), RightHolders(RESTORE, 0, (SID,)))),
            NEITHER[:1],
            id="one",
        ),
        pytest.param(held(SID, restore=()), NEITHER[1:], id="other"),
        pytest.param(held(GROUP_SID), [f"unknown {SUBJECT}"], id="by-the-stated-group-without-the-account"),
        pytest.param(
            RightsReply(holders=(RightHolders(BACKUP, 0xC0000060), RightHolders(RESTORE, 0, (SID,)))),
            [f"unknown {SUBJECT}"],
            id="no-such-privilege",
        ),
        pytest.param(
            refused_list(SidRights(SID, 0, HOLDS), SidRights(HOSTS, NOT_FOUND)), [f"fine {SUBJECT}"], id="asked"
        ),
        pytest.param(refused_list(SidRights(SID, NOT_FOUND), SidRights(HOSTS, NOT_FOUND)), NEITHER, id="asked-none"),
        pytest.param(refused_list(SidRights(SID, NOT_FOUND)), [f"unknown {SUBJECT}"], id="asked-not-all"),
        pytest.param(
            refused_list(
                SidRights(SID, NOT_FOUND),
                SidRights(HOSTS, NOT_FOUND),
                SidRights(OPERATORS, 0, HOLDS),
                aliases=(AliasMembers(OPERATORS, 0, (SID,)),),
            ),
            [f"fine {SUBJECT}"],
            id="asked-operators",
        ),
        pytest.param(RightsReply("SESSION_SETUP", LOGON_FAILURE), [f"unknown {SUBJECT}"], id="no-session"),
        pytest.param(RightsReply("pipe lsarpc", NOT_FOUND), NOT_TOLD, id="no-lsarpc"),
        pytest.param(RightsReply("LsarOpenPolicy2", DENIED), NOT_TOLD, id="denied"),
        pytest.param(SILENCE, [f"unknown {SUBJECT}"], id="silence"),
    ],
)
def test_the_rights(lines: Lines, reply: RightsReply | Unobserved, expected: list[str]) -> None:
    known = directories(group=GroupMembers(GROUP_SID))
    assert lines("backup.rights", rights(reply), known) == expected


def test_a_member_of_the_stated_group_holds_what_the_group_holds(lines: Lines) -> None:
    known = directories(group=GroupMembers(GROUP_SID, (SID,)))
    assert lines("backup.rights", rights(held(GROUP_SID)), known) == [f"fine {SUBJECT}"]


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(directories(None), id="no-such-account"),
        pytest.param(directories(SILENCE), id="silence"),
        pytest.param(Directories(), id="not-asked"),
        pytest.param(directories(msgspec.structs.replace(ACCOUNT, groups=None)), id="groups-not-told"),
    ],
)
def test_rights_of_an_account_that_no_directory_tells_are_unknown(lines: Lines, known: Directories) -> None:
    assert lines("backup.rights", rights(held(ADMINISTRATORS)), known) == [f"unknown {SUBJECT}"]


def test_a_storage_that_tells_nothing_is_noted_once(lines: Lines, site: Site) -> None:
    two = msgspec.structs.replace(site, backups=(site.backups[0], Backup("veeam", "vmstore", ("veeam@VMLEVEL.COM",))))
    reply = lines("backup.rights", rights(RightsReply("bind", 4)), directories(), of=two)
    assert reply == [*NOT_TOLD, "unknown - veeam@VMLEVEL.COM on vmstore"]


def test_a_right_of_the_stated_group_is_not_missed_where_its_members_were_not_read(lines: Lines) -> None:
    assert lines("backup.rights", rights(held(GROUP_SID)), directories()) == [f"unknown {SUBJECT}"]


def test_the_finding_names_the_holders_and_the_grant(judged: Judged) -> None:
    found = judged("backup.rights", rights(held(ADMINISTRATORS)), directories(group=GroupMembers(GROUP_SID)))[0]
    assert isinstance(found, Finding)
    assert found.values["found"] == "held by Administrators (S-1-5-32-544)"
    assert f"Add-LocalGroupMember -Group 'Backup Operators' -Member '{GROUP}'" in text(found)


def test_where_nobody_was_asked_the_reason_is_told(judged: Judged) -> None:
    nowhere = Vantages((VantagePoint("alice", "station", "", "no leg on VLAN 11"),))
    (found,) = judged("backup.rights", AccountRights(), directories(), nowhere)
    assert isinstance(found, Unknown)
    assert found.says == "no leg on VLAN 11"


@pytest.fixture
def no_group(world: World) -> World:
    """The world of a site file that states no group for its backup account."""
    backup = msgspec.structs.replace(world.site.backups[0], group="")
    world.site = msgspec.structs.replace(world.site, backups=(backup,))
    return world


BACKER = "backup-hv01$@VMLEVEL.COM on vmstore"
LACKS = [f"backup.rights/no-backup-right - {BACKER}", f"backup.rights/no-restore-right - {BACKER}"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"members": {"Keepers": ("Backup Hosts",)}}, [f"fine - {BACKER}"], id="by-its-group"),
        pytest.param(
            {"members": {"Keepers": ("Inner",), "Inner": ("backup-hv01$",)}}, [f"fine - {BACKER}"], id="nested"
        ),
        pytest.param({}, LACKS, id="not-a-member"),
        pytest.param({"silent": ("tintri.com",)}, [f"unknown - {BACKER}"], id="members-not-read"),
    ],
)
def test_a_group_of_the_storages_domain_holds_the_rights(
    no_group: World, changes: dict[str, object], expected: list[str]
) -> None:
    """The account is in it as a foreign account, which its own directory does not show."""
    no_group.members |= changes.get("members", {})  # type: ignore[call-overload]
    no_group.silent = changes.get("silent", ())  # type: ignore[assignment]
    no_group.holders = {BACKUP: ("Keepers",), RESTORE: ("Keepers",)}
    assert no_group.lines("backup.rights") == expected


def test_holders_of_the_accounts_own_domain_need_no_other_directory(no_group: World) -> None:
    no_group.silent = ("tintri.com",)
    no_group.holders = {BACKUP: ("Alice Hosts",), RESTORE: ("Alice Hosts",)}
    assert no_group.lines("backup.rights") == LACKS
