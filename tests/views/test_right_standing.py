"""Whether an account holds a right on a storage: directly, by a group, or not determined."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from krbcheck.facts.smb import AliasMembers, RightHolders, RightsReply, SidRights
from krbcheck.views.backup_accounts import CarriedSids
from krbcheck.views.right_standing import standing_of

RIGHT = "SeBackupPrivilege"
DENIED, NO_MORE, NOT_FOUND, FAILED = 0xC0000022, 0x8000001A, 0xC0000034, 0xC0000001
ACCOUNT, GROUP, FAR = "S-1-5-21-1-1-1-1117", "S-1-5-21-1-1-1-1116", "S-1-5-21-2-2-2-2001"
OPERATORS = "S-1-5-32-551"


def account(**more: Any) -> CarriedSids:
    return CarriedSids(**{"sid": ACCOUNT, "sids": frozenset({ACCOUNT, GROUP}), "why": (), **more})


def listed(*sids: str, aliases: tuple[AliasMembers, ...] = ()) -> RightsReply:
    return RightsReply(holders=(RightHolders(RIGHT, 0 if sids else NO_MORE, sids),), aliases=aliases)


def held(reply: RightsReply, owner: CarriedSids | None = None, group: str = "") -> bool | None:
    return standing_of(reply, owner or account(), RIGHT, group).held


@pytest.mark.parametrize(
    ("reply", "holds"),
    [
        (listed(ACCOUNT), True),
        (listed(GROUP), True),
        (listed("S-1-5-11"), True),
        (listed(FAR), False),
        (listed(), False),
        (listed(OPERATORS, aliases=(AliasMembers(OPERATORS, 0, (GROUP,)),)), True),
        (listed(OPERATORS, aliases=(AliasMembers(OPERATORS, 0, (FAR,)),)), False),
        (listed(OPERATORS, aliases=(AliasMembers(OPERATORS, DENIED),)), None),
        (RightsReply(), None),
        (RightsReply(holders=(RightHolders(RIGHT, FAILED),)), None),
    ],
)
def test_a_right_is_held_by_any_sid_of_the_account(reply: RightsReply, holds: bool | None) -> None:
    assert held(reply) is holds


def test_rights_that_were_queried_by_sid_need_an_answer_for_each() -> None:
    denied = (RightHolders(RIGHT, DENIED),)
    none, own = SidRights(ACCOUNT, NOT_FOUND), SidRights(GROUP, 0, (RIGHT,))
    assert held(RightsReply(holders=denied, sids=(none, own))) is True
    assert held(RightsReply(holders=denied, sids=(none, SidRights(GROUP, NOT_FOUND)))) is False
    assert held(RightsReply(holders=denied, sids=(none,))) is None


def test_an_account_that_is_not_yet_in_the_stated_group_is_not_determined() -> None:
    outside = account(sids=frozenset({ACCOUNT}))
    found = standing_of(listed(GROUP), outside, RIGHT, GROUP)
    assert found.held is None
    assert "is not a member of it (see backup.group)" in found.summary
    assert held(listed(GROUP), outside) is False


def test_groups_that_are_not_known_leave_it_open() -> None:
    assert held(listed(FAR), account(complete=False)) is None
    assert held(listed(FAR), account(elsewhere="tintri.com did not answer")) is None
    assert held(listed("S-1-5-21-1-1-1-9"), account(elsewhere="tintri.com did not answer")) is False


def test_the_holders_are_named() -> None:
    assert standing_of(listed(OPERATORS), account(), RIGHT, "").summary == f"held by Backup Operators ({OPERATORS})"
    assert standing_of(listed(), account(), RIGHT, "").summary == "held by no account"
    names = {FAR: r"TINTRI\Operators"}
    found = standing_of(
        listed(FAR, GROUP), account(sids=frozenset({ACCOUNT})), RIGHT, "", lambda sid: names.get(sid, sid)
    )
    assert found.summary == rf"held by {GROUP}, TINTRI\Operators"


def test_members_that_were_not_queried_leave_it_open() -> None:
    says = f"Backup Operators ({OPERATORS}) holds {RIGHT}, and its members were not queried: left out"
    for reply in (listed(OPERATORS), listed(FAR, OPERATORS)):
        found = standing_of(replace(reply, aliases_left_out="left out"), account(), RIGHT, "")
        assert (found.held, found.summary) == (None, says)
    assert held(replace(listed(FAR), aliases_left_out="left out")) is False
    assert held(replace(listed(ACCOUNT, OPERATORS), aliases_left_out="left out")) is True
