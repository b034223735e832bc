"""A group of the storage's own whose members it does not tell leads to no confident answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from krbcheck.facts.share_access import LocalGroup, SidName
from krbcheck.facts.vmstore import VmstoreAnswers
from krbcheck.site.expected_access import Expected
from krbcheck.views.computed_access import ComputedAccess, judged_by_lists
from krbcheck.views.observed_access import Outcome
from krbcheck.views.view import Views
from krbcheck.windows.descriptor import Ace, Descriptor

if TYPE_CHECKING:
    from tests.support.access import World

FULL, READ, DENIED, NO_SUCH_PIPE = 0x1F01FF, 0x1200A9, 0xC0000022, 0xC0000034
ALICE_HOSTS, BOB_HOSTS = "S-1-5-21-1-1-1-1110", "S-1-5-21-1-1-1-1111"
POWER_USERS, ADMINISTRATORS, BACKUP_OPERATORS = "S-1-5-32-547", "S-1-5-32-544", "S-1-5-32-551"
OWN = "S-1-5-21-9-9-9-1001"
ALICE, BOB = "alice-hv01$@VMLEVEL.COM", "bob-hv01$@VMLEVEL.COM"
NOBODY: dict[str, tuple[str, ...]] = {"SeBackupPrivilege": (), "SeRestorePrivilege": ()}


def allow(sid: str, mask: int = FULL) -> Ace:
    return Ace(True, mask, sid)


def lists(*entries: Ace) -> Descriptor:
    return Descriptor(dacl=(allow(ALICE_HOSTS), *entries))


def outcome(world: World, principal: str, stated: Expected) -> Outcome:
    families = (world.access, world.memberships, world.directories, world.rights, VmstoreAnswers())
    views = Views(world.site, {type(family): family for family in families})
    computed = views.get(ComputedAccess).at(principal, "vmstore", "AliceVMs")
    assert computed is not None
    return judged_by_lists(stated, computed).outcome


UNTOLD = [
    pytest.param((), DENIED, POWER_USERS, id="no-group-told"),
    pytest.param((), NO_SUCH_PIPE, POWER_USERS, id="nobody-to-ask"),
    pytest.param((LocalGroup(POWER_USERS, "BUILTIN\\Power Users", DENIED),), 0, POWER_USERS, id="its-members-denied"),
    pytest.param((), 0, OWN, id="a-local-group-that-is-no-built-in-one"),
]


@pytest.mark.parametrize(("aliases", "status", "group"), UNTOLD)
@pytest.mark.parametrize("named", [True, False])
def test_a_share_that_grants_to_it_is_unknown(
    world: World, aliases: tuple[LocalGroup, ...], status: int, group: str, named: bool
) -> None:
    world.aliases, world.aliases_status, world.holders = aliases, status, NOBODY
    world.names = (SidName(group, "VMSTORE\\Some", 4),) if named else ()
    world.shares["AliceVMs"] = lists(allow(group))
    verdicts = world.judged("isolation.acl")
    assert world.lines("isolation.acl") == ["unknown alice AliceVMs on vmstore", "fine bob BobVMs on vmstore"]
    assert ", and vmstore does not return the members of " in getattr(verdicts[0], "says", "")
    assert outcome(world, BOB, Expected.REFUSED) is Outcome.UNKNOWN
    assert outcome(world, ALICE, Expected.FULL) is Outcome.AS_EXPECTED


def test_its_own_tenant_is_not_said_to_be_without_what_it_may_have_by_it(world: World) -> None:
    world.names = (SidName(OWN, "VMSTORE\\Alice RW", 4),)
    world.shares["AliceVMs"] = Descriptor(dacl=(allow(OWN),))
    assert world.lines("isolation.acl")[0] == "unknown alice AliceVMs on vmstore"
    assert outcome(world, ALICE, Expected.FULL) is Outcome.UNKNOWN


def test_one_that_denies_may_keep_out_its_own_tenant(world: World) -> None:
    world.shares["AliceVMs"] = Descriptor(dacl=(Ace(False, FULL, OWN), allow(ALICE_HOSTS)))
    assert outcome(world, ALICE, Expected.FULL) is Outcome.UNKNOWN


def test_one_in_the_root_folder_counts_where_the_share_opens(world: World) -> None:
    world.shares["AliceVMs"] = lists(allow(BOB_HOSTS))
    world.folders["AliceVMs"] = lists(allow(OWN))
    assert world.lines("isolation.acl")[0] == "unknown alice AliceVMs on vmstore"
    world.shares["AliceVMs"] = lists()
    assert world.lines("isolation.acl")[0] == "fine alice AliceVMs on vmstore"


def test_an_entry_that_changes_nothing_is_no_doubt(world: World) -> None:
    world.shares["AliceVMs"] = Descriptor(dacl=(Ace(False, FULL, BOB_HOSTS), allow(ALICE_HOSTS), allow(OWN)))
    world.holders = NOBODY
    assert outcome(world, BOB, Expected.REFUSED) is Outcome.AS_EXPECTED


@pytest.mark.parametrize(
    "names",
    [
        pytest.param((SidName(OWN, "VMSTORE\\somebody", 1),), id="an-account"),
        pytest.param((SidName(OWN, "", 8),), id="nobody"),
    ],
)
def test_what_is_no_group_has_no_members(world: World, names: tuple[SidName, ...]) -> None:
    world.names, world.holders = names, NOBODY
    world.shares["AliceVMs"] = lists(allow(OWN))
    assert outcome(world, BOB, Expected.REFUSED) is Outcome.AS_EXPECTED


def test_a_built_in_group_that_the_storage_does_not_have_has_no_members(world: World) -> None:
    world.shares["AliceVMs"], world.holders = lists(allow(POWER_USERS)), NOBODY
    assert outcome(world, BOB, Expected.REFUSED) is Outcome.AS_EXPECTED


def test_the_storages_administrators_are_another_checks_matter_but_leave_a_cell_unknown(world: World) -> None:
    world.aliases, world.aliases_status, world.holders = (), DENIED, NOBODY
    world.shares["AliceVMs"] = lists(allow(ADMINISTRATORS))
    assert world.lines("isolation.acl")[0] == "fine alice AliceVMs on vmstore"
    assert world.lines("isolation.administrators") == ["unknown alice alice on vmstore", "unknown bob bob on vmstore"]
    assert outcome(world, BOB, Expected.REFUSED) is Outcome.UNKNOWN


def test_who_lacks_a_grant_is_told_although_the_administrators_are_not(world: World) -> None:
    world.aliases, world.aliases_status = (), DENIED
    world.shares["AliceVMs"] = Descriptor(dacl=(allow(ALICE_HOSTS, READ), allow(ADMINISTRATORS)))
    assert world.lines("isolation.acl")[0] == "isolation.acl/missing-grant alice AliceVMs on vmstore"


@pytest.mark.parametrize("holders", [(BACKUP_OPERATORS,), (BACKUP_OPERATORS, ADMINISTRATORS)])
def test_rights_of_it_may_cross(world: World, holders: tuple[str, ...]) -> None:
    world.aliases, world.aliases_status = (), DENIED
    world.holders = {"SeBackupPrivilege": holders, "SeRestorePrivilege": holders}
    verdicts = world.judged("isolation.backup")
    assert world.lines("isolation.backup") == ["unknown alice alice on vmstore", "unknown bob bob on vmstore"]
    assert "BUILTIN\\Backup Operators, and vmstore does not return the members of these groups" in getattr(
        verdicts[0], "says", ""
    )
    assert outcome(world, BOB, Expected.REFUSED) is Outcome.UNKNOWN


def test_sessions_without_a_sign_of_rights_prove_nothing_of_it(world: World) -> None:
    world.aliases, world.aliases_status = (), DENIED
    world.holders = {"SeBackupPrivilege": (BACKUP_OPERATORS,), "SeRestorePrivilege": ()}
    world.sessions |= {f"alice-hv0{entry}$@VMLEVEL.COM": {"AliceVMs": FULL} for entry in (1, 2)}
    assert world.lines("isolation.backup")[0] == "unknown alice alice on vmstore"


def test_groups_that_may_be_missing_leave_a_cell_unknown(world: World) -> None:
    world.holders = NOBODY
    assert outcome(world, BOB, Expected.REFUSED) is Outcome.AS_EXPECTED
    world.tokens_hidden = True
    assert outcome(world, BOB, Expected.REFUSED) is Outcome.UNKNOWN
