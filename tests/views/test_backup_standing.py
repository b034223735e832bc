"""Whether the rights are granted on paper, and why no session was tested."""

from __future__ import annotations

from msgspec.structs import replace

from krbcheck.facts.directory import Directories, GroupMembers
from krbcheck.facts.observation import Observed
from krbcheck.facts.share_access import Memberships, ShareAccess
from krbcheck.facts.smb import AccountRights, RightsReply
from krbcheck.facts.vantages import Vantages
from krbcheck.facts.vmstore import Role, RoleGroup, Roles, VmstoreAnswers
from krbcheck.site.stated import Backup, DataPath, Site, VmstoreApi
from krbcheck.views.backup_accounts import BackupAccounts
from krbcheck.views.backup_roles import BackupRoles
from krbcheck.views.backup_standing import BackupStandings, why_untested
from krbcheck.views.memberships import GroupStanding
from krbcheck.views.vmstore_roles import VmstoreRoles
from tests.checks.backup.test_rights import held, rights
from tests.checks.backup.test_vss import HERE
from tests.support import tenants
from tests.support.backup_accounts import AT, GROUP_SID, NAME, SID, SILENCE, directories
from tests.support.vmstore_answers import vmstore_answer

site = tenants.site
BACKUP = Backup("dpm-2016", "vmstore", (NAME,), "VMLEVEL\\Backup Hosts")


def standing(site: Site, known: AccountRights, *members: str) -> bool | None:
    return standings(site, known, directories(group=GroupMembers(GROUP_SID, members))).of(BACKUP, NAME).held


def standings(site: Site, known: AccountRights, directory: Directories, *roles: Roles) -> BackupStandings:
    """With `roles` the storage has a REST API, which returns them."""
    groups = GroupStanding(site, Memberships(), directory, ShareAccess())
    if roles:
        storage = replace(site.storages[0], vmstore_api=VmstoreApi("https://vmstore.tintri.com", "krbcheck"))
        site = replace(site, storages=(storage,))
    seen = [vmstore_answer("vmstore", roles=Observed(each, "roles", AT, "station")) for each in roles]
    accounts = BackupAccounts(site, directory, groups)
    held_roles = BackupRoles(VmstoreRoles(site, VmstoreAnswers(storages=tuple(seen)), groups), groups, accounts)
    return BackupStandings(known, accounts, held_roles)


def granted(*sids: str) -> Roles:
    return Roles((Role("1", "Super Admin", "AdminRole", tuple(RoleGroup((sid,)) for sid in sids)),))


def test_the_role_decides_where_it_is_known(site: Site) -> None:
    member = directories(group=GroupMembers(GROUP_SID, (SID,)))
    assert standings(site, rights(held()), member, granted(GROUP_SID)).of(BACKUP, NAME).held is True
    assert standings(site, rights(held()), member, granted(SID)).of(BACKUP, NAME).held is True
    assert standings(site, rights(held()), member, granted()).by_role("vmstore", NAME) is None, "no membership was read"
    hidden = Roles((Role("1", "Super Admin", "AdminRole"),))
    assert standings(site, rights(held(SID)), member, hidden).of(BACKUP, NAME).held is True
    assert standings(site, rights(held(SID)), member, hidden).by_role("vmstore", NAME) is None


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
        assert not standings(site, known, directories()).serves_rpc("vmstore")
    assert standings(site, rights(held()), directories()).serves_rpc("vmstore")


def test_why_no_session_was_tested(site: Site) -> None:
    assert why_untested(site, "vmstore", Vantages()) == Vantages().why_not("alice")
    addresses = tuple(replace(tenant, data_paths=(DataPath("10.77.11.30", "vmstore"),)) for tenant in site.tenants)
    assert "no data path with a name" in why_untested(replace(site, tenants=addresses), "vmstore", HERE)
