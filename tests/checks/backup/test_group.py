"""backup.group: the backup host is a member of the stated group."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.directory import Directories, GroupMembers
from krbcheck.facts.smb import AccountRights
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Site
from tests.support.backup_accounts import ACCOUNT, SILENCE, directories
from tests.support.remedies import text

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
NAME, GROUP = "alice-hv01$@VMLEVEL.COM", "VMLEVEL\\Backup Hosts"
SID, HOSTS, GROUP_SID = "S-1-5-21-1-1-1-1101", "S-1-5-21-1-1-1-515", "S-1-5-21-1-1-1-1200"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(directories(group=GroupMembers(GROUP_SID, (SID,))), "fine", id="member"),
        pytest.param(directories(group=GroupMembers(GROUP_SID, (HOSTS,))), "fine", id="by-a-group-of-its-own"),
        pytest.param(
            directories(msgspec.structs.replace(ACCOUNT, groups=(GROUP_SID,)), GroupMembers(GROUP_SID)),
            "fine",
            id="token-says-so",
        ),
        pytest.param(directories(group=GroupMembers(GROUP_SID)), "backup.group/not-member", id="not-a-member"),
        pytest.param(directories(group=GroupMembers("")), "backup.group/not-member", id="no-such-group"),
        pytest.param(
            directories(msgspec.structs.replace(ACCOUNT, groups=None), GroupMembers(GROUP_SID)),
            "unknown",
            id="token-hidden",
        ),
        pytest.param(directories(None, GroupMembers(GROUP_SID)), "backup.group/not-member", id="no-such-account"),
        pytest.param(directories(SILENCE, GroupMembers(GROUP_SID)), "unknown", id="account-not-told"),
        pytest.param(directories(group=SILENCE), "unknown", id="group-not-told"),
        pytest.param(directories(), "unknown", id="group-not-asked"),
        pytest.param(Directories(), "unknown", id="nothing-asked"),
    ],
)
def test_the_group(lines: Lines, known: Directories, expected: str) -> None:
    assert lines("backup.group", known) == [f"{expected} alice {NAME} in {GROUP}"]


def test_the_remedy_tells_what_is_missing(judged: Judged) -> None:
    remedies = {}
    for name, known in {
        "member": directories(group=GroupMembers(GROUP_SID)),
        "group": directories(group=GroupMembers("")),
        "account": directories(None, GroupMembers(GROUP_SID)),
    }.items():
        (found,) = judged("backup.group", known)
        assert isinstance(found, Finding)
        remedies[name] = text(found)
    assert (
        "Add-ADGroupMember -Identity 'Backup Hosts' -Members (Get-ADObject -Filter \"sAMAccountName -eq 'alice-hv01$'"
        in remedies["member"]
    )
    assert "New-ADGroup -Name 'Backup Hosts'" in remedies["group"]
    assert f"Correct {NAME}" in remedies["account"]


def without(site: Site, **changes: object) -> Site:
    backup = msgspec.structs.replace(site.backups[0], **changes)
    return msgspec.structs.replace(site, backups=(backup,))


def test_without_backup_or_group_there_is_nothing_to_judge(lines: Lines, site: Site) -> None:
    assert lines("backup.group", Directories(), of=without(site, group="")) == []
    none = msgspec.structs.replace(site, backups=())
    assert lines("backup.group", Directories(), of=none) == []
    assert lines("backup.rights", AccountRights(), Directories(), of=none) == []
