"""backup.role: the role Super Admin by a group, by the account itself, by a group that is too wide, or not readable."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from krbcheck.facts.directory import AccountAnswer, Accounts, Directories, GroupMembers
from krbcheck.facts.observation import Gap, Observed, Unobserved, derived
from krbcheck.facts.share_access import Memberships, ShareAccess
from krbcheck.facts.vmstore import RestRefusal, Role, RoleGroup, Roles, VmstoreAnswers
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Site, VmstoreApi
from tests.support.access import sid
from tests.support.backup_accounts import ACCOUNT, AT, GROUP, GROUP_SID, HOSTS, NAME, SID, directories
from tests.support.vmstore_answers import vmstore_answer

if TYPE_CHECKING:
    from tests.support.access import World

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
SUBJECT = f"alice {NAME} on vmstore"
HIDDEN = RestRefusal(403, "ERR-API-0124", "denied")
WITH_GROUP = directories(replace(ACCOUNT, groups=(HOSTS, GROUP_SID)), GroupMembers(GROUP_SID, (SID,)))


def stating(site: Site) -> Site:
    storage = replace(site.storages[0], vmstore_api=VmstoreApi("https://vmstore.tintri.com", "krbcheck"))
    return replace(site, storages=(storage,))


def granted(*sids: str) -> Roles:
    return Roles((Role("1", "Super Admin", "AdminRole", tuple(RoleGroup((sid,)) for sid in sids)), Role("2", "Other")))


def answers(roles: Roles | RestRefusal | Unobserved) -> VmstoreAnswers:
    seen = roles if isinstance(roles, Unobserved) else Observed(roles, "roles of vmstore", AT, "station")
    return VmstoreAnswers(storages=(vmstore_answer("vmstore", roles=seen),))


def facts(roles: Any, known: Directories = WITH_GROUP) -> tuple[Any, ...]:
    return answers(roles), known, Memberships(), ShareAccess()


def two_hosts() -> Directories:
    """Bob's host is in the same group, and does not back up."""
    bob = "bob-hv01$@VMLEVEL.COM"
    account = replace(ACCOUNT, dn="CN=bob-hv01", sam="bob-hv01$", sid="S-1-5-21-1-1-1-1102", groups=(GROUP_SID,))
    seen = Observed(Accounts((account,)), "asked", AT, "station")
    return replace(WITH_GROUP, accounts=(*WITH_GROUP.accounts, AccountAnswer("vmlevel.com", "vmdc1", bob, seen)))


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        pytest.param(granted(GROUP_SID), f"fine {SUBJECT}", id="by-the-group"),
        pytest.param(granted(SID), f"backup.role/granted-one-by-one {SUBJECT}", id="by-itself"),
        pytest.param(granted(SID, GROUP_SID), f"fine {SUBJECT}", id="by-both"),
        pytest.param(HIDDEN, f"unknown {SUBJECT}", id="not-readable"),
        pytest.param(Roles((Role("1", "Super Admin", "AdminRole"),)), f"unknown {SUBJECT}", id="groups-hidden"),
        pytest.param(Roles((Role("2", "Read Only"),)), f"unknown {SUBJECT}", id="no-such-role"),
        pytest.param(Unobserved(Gap.TIMED_OUT, "no answer", "roles", AT, "station"), f"unknown {SUBJECT}", id="silent"),
    ],
)
def test_the_role(lines: Lines, site: Site, roles: Any, expected: str) -> None:
    assert lines("backup.role", *facts(roles), of=stating(site)) == [expected]


def test_a_group_with_other_tenants_hosts_is_wider_than_needed(judged: Judged, site: Site) -> None:
    fine, wider = judged("backup.role", *facts(granted(GROUP_SID), two_hosts()), of=stating(site))
    assert isinstance(wider, Finding)
    assert (wider.code, wider.severity) == ("backup.role/wider-than-needed", "warning")
    assert wider.values["tenants"] == ("bob",)
    assert wider.values["found"] == "bob: bob-hv01$@VMLEVEL.COM"
    assert fine.subject == f"{NAME} on vmstore"


def mappings(found: Verdict) -> list[str]:
    """What the steps that change something map to the role, or no longer map."""
    assert isinstance(found, Finding)
    return [step.says.partition(" to the role")[0] for step in found.remedy if step.says.startswith("Settings")]


def test_the_fix_of_a_group_that_is_too_wide_maps_another(judged: Judged, site: Site) -> None:
    """It is the stated group of the backup, or a new group if the stated group is the one that is too wide."""
    known = two_hosts()
    other, wide = "S-1-5-21-1-1-1-1300", granted("S-1-5-21-1-1-1-1300")
    accounts = tuple(
        replace(entry, seen=derived(entry.seen, lambda found: Accounts((replace(found.found[0], groups=(other,)),))))
        for entry in known.accounts
    )
    (_, finding) = judged("backup.role", *facts(wide, replace(known, accounts=accounts)), of=stating(site))
    assert mappings(finding)[0] == rf"Settings > Management Access: map {GROUP}"
    (_, finding) = judged("backup.role", *facts(granted(GROUP_SID), known), of=stating(site))
    assert mappings(finding)[0] == "Settings > Management Access: map a group of these accounts alone"


def test_holders_of_the_role_have_their_names(world: World) -> None:
    """Those that a directory returned; others have their SIDs."""
    unknown_sid = "S-1-5-21-9-9-9-512"
    role = Role("1", "Admin", "AdminRole", (RoleGroup((sid("Bob Hosts"),)), RoleGroup((unknown_sid,))))
    world.state_vmstore(roles=Observed(Roles((role,)), "roles", AT, "station"))
    (backup,) = world.site.backups
    world.site = replace(world.site, backups=(replace(backup, accounts=(NAME,)),))
    found = next(entry for entry in world.judged("backup.role") if entry.subject == f"{NAME} on vmstore")
    assert isinstance(found, Finding)
    assert found.values["found"] == rf"it is granted to VMLEVEL\Bob Hosts, {unknown_sid}"


def test_without_a_rest_api_the_role_is_not_applicable(lines: Lines, site: Site) -> None:
    assert lines("backup.role", *facts(granted(GROUP_SID)), of=site) == []


def test_an_account_that_no_directory_returns(lines: Lines, site: Site) -> None:
    assert lines("backup.role", *facts(granted(GROUP_SID), directories(None)), of=stating(site)) == [
        f"unknown {SUBJECT}"
    ]
