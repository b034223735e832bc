"""By which group an account holds the role, and why it may hold it by another."""

from __future__ import annotations

from dataclasses import replace as changed

from msgspec.structs import replace

from krbcheck.facts.directory import GroupMembers
from krbcheck.facts.share_access import Memberships, ShareAccess
from krbcheck.facts.vmstore import VmstoreAnswers
from krbcheck.site.stated import Site
from krbcheck.views.backup_accounts import BackupAccounts
from krbcheck.views.backup_roles import BackupRoles
from krbcheck.views.memberships import GroupStanding
from krbcheck.views.vmstore_roles import VmstoreRoles
from tests.checks.backup.test_role import HIDDEN, answers, granted, stating
from tests.support import tenants
from tests.support.backup_accounts import ACCOUNT, GROUP, GROUP_SID, HOSTS, NAME, SID, directories

site = tenants.site
KNOWN = directories(replace(ACCOUNT, groups=(HOSTS, GROUP_SID)), GroupMembers(GROUP_SID, (SID,)))


def roles(site: Site, known: VmstoreAnswers) -> BackupRoles:
    groups = GroupStanding(site, Memberships(), KNOWN, ShareAccess())
    return BackupRoles(VmstoreRoles(site, known, groups), groups, BackupAccounts(site, KNOWN, groups))


def test_the_group_and_the_account_itself(site: Site) -> None:
    owner = BackupAccounts(site, KNOWN, GroupStanding(site, Memberships(), KNOWN, ShareAccess())).of(NAME)
    by_group = roles(stating(site), answers(granted(GROUP_SID)))
    assert (by_group.by_group("vmstore", NAME, owner), by_group.by_itself("vmstore", owner)) == (GROUP, False)
    by_itself = roles(stating(site), answers(granted(SID)))
    assert (by_itself.by_group("vmstore", NAME, owner), by_itself.by_itself("vmstore", owner)) == ("", True)
    assert by_itself.granted("vmstore") == SID


def test_why_the_role_may_be_held_by_another_group(site: Site) -> None:
    owner = BackupAccounts(site, KNOWN, GroupStanding(site, Memberships(), KNOWN, ShareAccess())).of(NAME)
    assert "the REST API of vmstore returns HTTP" in roles(stating(site), answers(HIDDEN)).doubt("vmstore", NAME, owner)
    assert "was not queried" in roles(site, VmstoreAnswers()).doubt("vmstore", NAME, owner)
    known = roles(stating(site), answers(granted()))
    assert known.doubt("vmstore", NAME, changed(owner, complete=False)) == f"tokenGroups of {NAME} could not be read"
