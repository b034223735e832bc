"""Whether the rights are granted on paper, and why no session was tested."""

from __future__ import annotations

from msgspec.structs import replace

from krbcheck.facts.directory import Directories, GroupMembers
from krbcheck.facts.share_access import Memberships, ShareAccess
from krbcheck.facts.smb import AccountRights, RightsReply
from krbcheck.facts.vantages import Vantages
from krbcheck.site.stated import Backup, DataPath, Site
from krbcheck.views.backup_accounts import BackupAccounts
from krbcheck.views.backup_standing import BackupStandings, why_untested
from krbcheck.views.memberships import GroupStanding
from tests.checks.backup.test_rights import held, rights
from tests.checks.backup.test_vss import HERE
from tests.support import tenants
from tests.support.backup_accounts import GROUP_SID, NAME, SID, SILENCE, directories

site = tenants.site
BACKUP = Backup("dpm-2016", "vmstore", (NAME,), "VMLEVEL\\Backup Hosts")


def accounts_of(site: Site, read: Directories) -> BackupAccounts:
    return BackupAccounts(site, read, GroupStanding(site, Memberships(), read, ShareAccess()))


def standing(site: Site, known: AccountRights, *members: str) -> bool | None:
    accounts = accounts_of(site, directories(group=GroupMembers(GROUP_SID, members)))
    return BackupStandings(known, accounts).of(BACKUP, NAME).held


def test_both_rights_must_be_held(site: Site) -> None:
    assert standing(site, rights(held(SID))) is True
    assert standing(site, rights(held(SID, restore=()))) is False
    assert standing(site, rights(held())) is False


def test_a_right_of_the_stated_group_is_its_members(site: Site) -> None:
    assert standing(site, rights(held(GROUP_SID)), SID) is True
    assert standing(site, rights(held(GROUP_SID))) is False


def test_a_storage_that_returns_nothing_leaves_it_open(site: Site) -> None:
    for known in (AccountRights(), rights(SILENCE), rights(RightsReply("pipe lsarpc", 0xC0000034))):
        assert standing(site, known) is None
        assert not BackupStandings(known, accounts_of(site, directories())).serves_rpc("vmstore")
    assert BackupStandings(rights(held()), accounts_of(site, directories())).serves_rpc("vmstore")


def test_why_no_session_was_tested(site: Site) -> None:
    assert why_untested(site, "vmstore", Vantages()) == Vantages().why_not("alice")
    addresses = tuple(replace(one, data_paths=(DataPath("10.77.11.30", "vmstore"),)) for one in site.tenants)
    assert "no data path with a name" in why_untested(replace(site, tenants=addresses), "vmstore", HERE)
