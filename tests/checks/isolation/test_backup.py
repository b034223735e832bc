"""isolation.backup: backup rights that cross from one tenant to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from krbcheck.facts.observation import Gap
from krbcheck.facts.share_access import LocalGroup
from krbcheck.facts.smb import RightHolders, RightsReply, SidRights
from krbcheck.judging.verdict import Finding, Unknown
from krbcheck.site.stated import Access, Share
from tests.support.access import HOSTS_DOMAIN
from tests.support.remedies import text

if TYPE_CHECKING:
    from tests.support.access import World

ALICE1, ALICE2 = "alice-hv01$@VMLEVEL.COM", "alice-hv02$@VMLEVEL.COM"
BY_RIGHTS, FULL = 0x011F01BF, 0x1F01FF
ADMINISTRATORS = "S-1-5-32-544"
BACKUP, RESTORE = "SeBackupPrivilege", "SeRestorePrivilege"
BOB_FINE = "fine bob bob on vmstore"
NOT_DETERMINED = ["unknown alice alice on vmstore", "unknown bob bob on vmstore"]
DENIED, NO_RIGHTS = 0xC0000022, 0xC0000034


@pytest.mark.parametrize(
    "holder", ["alice-hv01$", "Alice Hosts", "Alice Access", "S-1-1-0", "Alice Admins", "alice-admin"]
)
def test_a_right_that_a_tenants_people_hold_crosses(world: World, holder: str) -> None:
    world.members["Alice Access"] = ("Alice Hosts",)
    world.holders = {BACKUP: (holder,), RESTORE: ()}
    lines = world.lines("isolation.backup")
    assert lines[0] == "isolation.backup/crosses alice alice on vmstore"
    assert (lines[-1] == BOB_FINE) == (holder != "S-1-1-0")


def test_both_sides_and_the_ways_out_are_told(world: World) -> None:
    world.holders = {BACKUP: ("Alice Hosts",), RESTORE: ("Alice Hosts",)}
    world.sessions[ALICE1] = {"BobVMs": BY_RIGHTS}
    (found,) = (entry for entry in world.judged("isolation.backup") if isinstance(entry, Finding))
    assert found.values["found"] == "observed BobVMs change, with backup or restore rights (0x011F01BF)"
    assert "SeBackupPrivilege SeRestorePrivilege" in found.says
    for path in ("a storage", "service account", "encryption", "agents", "Remove-LocalGroupMember"):
        assert path in text(found)


def test_a_right_that_opens_nothing_does_not_cross(world: World) -> None:
    world.holders = {BACKUP: ("alice-hv01$",), RESTORE: ()}
    world.sessions[ALICE1] = {"BobVMs": None}
    assert world.lines("isolation.backup") == ["fine alice alice on vmstore", BOB_FINE]


def test_a_right_crosses_unless_every_other_share_denied_a_session(world: World) -> None:
    bob = replace(
        world.site.tenants[1], shares=(*world.site.tenants[1].shares, Share("BobMore", Access.FULL, "vmstore"))
    )
    world.site = replace(world.site, tenants=(world.site.tenants[0], bob))
    world.holders = {BACKUP: ("alice-hv01$",), RESTORE: ()}
    world.sessions[ALICE1] = {"BobVMs": None}
    assert world.lines("isolation.backup")[0] == "isolation.backup/crosses alice alice on vmstore"
    world.sessions[ALICE1]["BobMore"] = None
    assert world.lines("isolation.backup")[0] == "fine alice alice on vmstore"


@pytest.mark.parametrize(("status", "code"), [(0, "fine"), (DENIED, "unknown")])
def test_members_of_a_holding_group_that_are_not_returned(world: World, status: int, code: str) -> None:
    operators = "S-1-5-32-551"
    world.aliases = (*world.aliases, LocalGroup(operators, "BUILTIN\\Backup Operators", status))
    world.holders = {BACKUP: (operators,), RESTORE: ()}
    assert world.lines("isolation.backup")[0] == f"{code} alice alice on vmstore"


@pytest.mark.parametrize(
    ("gap", "code"), [(Gap.TIMED_OUT, "unknown"), (Gap.NEEDS_OTHER, "fine")], ids=["silent", "without-a-ticket"]
)
def test_a_session_that_was_not_answered_can_show_a_right(world: World, gap: Gap, code: str) -> None:
    world.holders = {BACKUP: (), RESTORE: ()}
    world.unanswered[ALICE1] = gap
    assert world.lines("isolation.backup") == [f"{code} alice alice on vmstore", BOB_FINE]


def test_who_backs_up_and_is_no_tenants_is_fine(world: World) -> None:
    world.holders = {BACKUP: ("Backup Hosts",), RESTORE: ("Backup Hosts",)}
    assert world.lines("isolation.backup") == ["fine alice alice on vmstore", BOB_FINE]


def test_the_storages_administrators_are_another_checks_matter(world: World) -> None:
    world.members["Domain Admins"] = ("alice-hv01$",)
    world.holders = {BACKUP: (ADMINISTRATORS,), RESTORE: ()}
    assert world.lines("isolation.backup") == ["fine alice alice on vmstore", BOB_FINE]


def test_a_session_shows_a_right_that_was_not_told(world: World) -> None:
    world.sessions[ALICE1] = {"BobVMs": BY_RIGHTS, "AliceVMs": FULL}
    assert world.lines("isolation.backup") == ["isolation.backup/crosses alice alice on vmstore",
                                               "unknown bob bob on vmstore"]  # fmt: skip


@pytest.mark.parametrize(
    ("aliases", "status"),
    [((), DENIED), ((LocalGroup(ADMINISTRATORS, "BUILTIN\\Administrators", DENIED),), 0)],
    ids=["groups-denied", "members-denied"],
)
def test_a_session_of_a_possible_administrator_shows_no_right(
    world: World, aliases: tuple[LocalGroup, ...], status: int
) -> None:
    """The MaximalAccess of an administrator has ACCESS_SYSTEM_SECURITY too."""
    world.sessions[ALICE1] = {"BobVMs": BY_RIGHTS, "AliceVMs": FULL}
    assert isinstance(world.judged("isolation.backup")[0], Finding)
    world.aliases, world.aliases_status = aliases, status
    first = world.judged("isolation.backup")[0]
    assert isinstance(first, Unknown)
    assert "which Administrators have too, and vmstore does not return the members of Administrators" in first.says


def test_sessions_without_a_sign_of_rights_are_no_list_of_holders(world: World) -> None:
    world.sessions |= {ALICE1: {"AliceVMs": FULL, "BobVMs": None}, ALICE2: {"AliceVMs": FULL}}
    assert world.lines("isolation.backup") == NOT_DETERMINED


ALL_DENIED = RightsReply(holders=(RightHolders(BACKUP, DENIED), RightHolders(RESTORE, DENIED)))
ONE_BY_ONE = (*(f"{HOSTS_DOMAIN}-{rid}" for rid in (513, 515, 1104, 1105, 1110, 1112, 1114)), "S-1-1-0", "S-1-5-11")


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        pytest.param(RightsReply("LsarOpenPolicy2", DENIED), "STATUS_ACCESS_DENIED", id="lsarpc-denied"),
        pytest.param(
            ALL_DENIED, f"STATUS_ACCESS_DENIED (0xC0000022) when queried for {BACKUP}", id="every-call-denied"
        ),
        pytest.param(
            RightsReply(holders=(RightHolders(BACKUP, 0),)),
            f"the holders of {RESTORE} were not queried",
            id="one-right-alone",
        ),
        pytest.param(
            replace(ALL_DENIED, sids=tuple(SidRights(entry, NO_RIGHTS) for entry in ONE_BY_ONE[1:])),
            f"did not return the rights of {HOSTS_DOMAIN}-513",
            id="a-sid-not-queried",
        ),
        pytest.param(
            replace(ALL_DENIED, sids=tuple(SidRights(entry, DENIED) for entry in ONE_BY_ONE)),
            "did not return the rights of",
            id="each-sid-denied",
        ),
        pytest.param(
            RightsReply(holders=(RightHolders(BACKUP, 0), RightHolders(RESTORE, 0xC00000BB))),
            "STATUS_NOT_SUPPORTED",
            id="not-supported",
        ),
    ],
)
def test_holders_that_were_not_returned_are_not_determined(world: World, reply: RightsReply, says: str) -> None:
    world.rights_reply = reply
    (first, _) = world.judged("isolation.backup")
    assert world.lines("isolation.backup")[0] == NOT_DETERMINED[0]
    assert says in getattr(first, "says", "")


def test_rights_of_every_sid_are_as_good_as_a_list(world: World) -> None:
    world.rights_reply = replace(ALL_DENIED, sids=tuple(SidRights(entry, NO_RIGHTS) for entry in ONE_BY_ONE))
    assert world.lines("isolation.backup")[0] == "fine alice alice on vmstore"


@pytest.mark.parametrize(
    "changes",
    [{"tokens_hidden": True}, {"unidentified": ("vmlevel.com",)}, {"unidentified": ("tintri.com",)}],
    ids=["tokens-hidden", "home-unidentified", "storage-domain-unidentified"],
)
def test_people_who_are_not_known_are_not_determined(world: World, changes: dict[str, object]) -> None:
    world.holders = {BACKUP: (), RESTORE: ()}
    for name, value in changes.items():
        setattr(world, name, value)
    assert world.lines("isolation.backup") == NOT_DETERMINED


def test_a_storage_of_one_tenant_has_nothing_to_cross(world: World) -> None:
    world.site = replace(world.site, tenants=world.site.tenants[:1])
    world.holders = {BACKUP: ("Alice Hosts",), RESTORE: ()}
    assert world.lines("isolation.backup") == ["fine alice alice on vmstore"]
