"""isolation.backup: backup rights that cross from one tenant to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from krbcheck.judging.verdict import Finding

if TYPE_CHECKING:
    from tests.support.access import World

ALICE1, ALICE2 = "alice-hv01$@VMLEVEL.COM", "alice-hv02$@VMLEVEL.COM"
BY_RIGHTS, FULL = 0x011F01BF, 0x1F01FF
ADMINISTRATORS = "S-1-5-32-544"
BACKUP, RESTORE = "SeBackupPrivilege", "SeRestorePrivilege"
BOB_FINE = "fine bob bob on vmstore"


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
    (found,) = (one for one in world.judged("isolation.backup") if isinstance(one, Finding))
    assert found.values["found"] == "observed BobVMs change, with backup or restore rights (0x011F01BF)"
    assert "SeBackupPrivilege SeRestorePrivilege" in found.says
    for way in ("a storage", "service account", "encryption", "agents", "waive isolation.backup/crosses"):
        assert way in found.remedy


def test_a_right_that_opens_nothing_does_not_cross(world: World) -> None:
    world.holders = {BACKUP: ("alice-hv01$",), RESTORE: ()}
    world.sessions[ALICE1] = {"BobVMs": None}
    assert world.lines("isolation.backup") == ["fine alice alice on vmstore", BOB_FINE]


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


def test_sessions_without_a_sign_of_rights_tell_where_the_storage_does_not(world: World) -> None:
    world.sessions |= {ALICE1: {"AliceVMs": FULL, "BobVMs": None}, ALICE2: {"AliceVMs": FULL}}
    assert world.lines("isolation.backup") == ["fine alice alice on vmstore", "unknown bob bob on vmstore"]


def test_a_storage_of_one_tenant_has_nothing_to_cross(world: World) -> None:
    from msgspec.structs import replace

    world.site = replace(world.site, tenants=world.site.tenants[:1])
    world.holders = {BACKUP: ("Alice Hosts",), RESTORE: ()}
    assert world.lines("isolation.backup") == ["fine alice alice on vmstore"]
