"""The holders of backup rights: listed, or known for single SIDs, or not known."""

from __future__ import annotations

import pytest

from krbcheck.facts.observation import Observation
from krbcheck.facts.smb import AccountRights, RightHolders, RightsReply, SidRights, StorageRights
from krbcheck.views.backup_rights import has_rights, holders, lists_holders, rights_of, sids_read, unlisted
from tests.support.observing import observed, silence

BACKUP, RESTORE, OTHER = "SeBackupPrivilege", "SeRestorePrivilege", "SeSecurityPrivilege"
DENIED, NO_MORE, NOT_FOUND, FAILED = 0xC0000022, 0x8000001A, 0xC0000034, 0xC0000001
HOSTS, OPERATORS = "S-1-5-21-1-1-1-1110", "S-1-5-32-551"
LISTED = RightsReply(holders=(RightHolders(BACKUP, 0, (HOSTS, OPERATORS)), RightHolders(RESTORE, NO_MORE)))
BY_SID = RightsReply(
    holders=(RightHolders(BACKUP, DENIED), RightHolders(RESTORE, DENIED)),
    sids=(SidRights(HOSTS, 0, (BACKUP, OTHER)), SidRights(OPERATORS, NOT_FOUND), SidRights("S-1-1-0", FAILED)),
)


def test_rights_are_listed_by_holder() -> None:
    assert holders(LISTED) == {HOSTS: (BACKUP,), OPERATORS: (BACKUP,)}
    assert holders(BY_SID) == {HOSTS: (BACKUP,)}


@pytest.mark.parametrize(
    ("reply", "whole", "some", "why"),
    [
        (LISTED, True, True, ""),
        (BY_SID, False, True, ""),
        (RightsReply("LsarOpenPolicy2", DENIED), False, False, f"the holders of {BACKUP} were not queried"),
        (RightsReply(holders=LISTED.holders[:1]), False, False, f"the holders of {RESTORE} were not queried"),
        (
            RightsReply(holders=BY_SID.holders),
            False,
            False,
            f"STATUS_ACCESS_DENIED (0xC0000022) when queried for {BACKUP}",
        ),
    ],
)
def test_no_holder_is_an_answer_and_a_denial_is_not(reply: RightsReply, whole: bool, some: bool, why: str) -> None:
    """MS-LSAD 3.1.4.5.9: STATUS_NO_MORE_ENTRIES means that no account has the right."""
    assert (lists_holders(reply), has_rights(reply), unlisted(reply)) == (whole, some, why)


def test_a_sid_without_any_right_was_read() -> None:
    """MS-LSAD 3.1.4.5.10: STATUS_OBJECT_NAME_NOT_FOUND."""
    assert sids_read(BY_SID) == {HOSTS, OPERATORS}


def test_an_answer_with_rights_comes_before_one_without() -> None:
    def entry(seen: Observation[RightsReply], storage: str = "vmstore") -> StorageRights:
        return StorageRights(storage, "path", "10.77.11.30", "krbcheck@TINTRI.COM", seen)

    refused, listed = entry(observed(RightsReply("LsarOpenPolicy2", DENIED))), entry(observed(LISTED))
    assert rights_of(AccountRights((entry(silence()), refused, listed)), "vmstore") is listed.seen
    assert rights_of(AccountRights((refused, entry(silence()))), "vmstore") is refused.seen
    assert rights_of(AccountRights((listed,)), "fabstore") is None
