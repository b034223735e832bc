"""isolation.administrators: no tenant holds the role Super Admin of a VMstore, in each form that a group may have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.vmstore import ExternalGroup, ExternalGroups, RestRefusal, Role, RoleGroup, Roles
from krbcheck.judging.verdict import Finding, Unknown

if TYPE_CHECKING:
    from tests.support.access import World

CHECK = "isolation.administrators"
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE_HOSTS = "S-1-5-21-1-1-1-1110"
BACKUP_HOSTS = "S-1-5-21-1-1-1-1116"
FINE = ["fine alice alice on vmstore", "fine bob bob on vmstore"]
UNKNOWN = ["unknown alice alice on vmstore", "unknown bob bob on vmstore"]


def roles(*groups: str, whole: bool = True) -> Observation[Roles | RestRefusal]:
    granted = tuple(RoleGroup((group,)) for group in groups)
    return Observed(Roles((Role("1", "Admin", "AdminRole", granted), Role("3", "Read Only")), whole), "roles", AT, "")


def listed(*groups: ExternalGroup) -> Observation[ExternalGroups | RestRefusal]:
    return Observed(ExternalGroups(groups), "groups", AT, "")


@pytest.mark.parametrize(
    "group",
    [
        ALICE_HOSTS,
        ALICE_HOSTS.lower(),
        r"VMLEVEL\Alice Hosts",
        r"vmlevel\alice hosts",
        "Alice Hosts@vmlevel.com",
        "CN=Alice Hosts,OU=Groups,DC=vmlevel,DC=com",
        "11",
    ],
    ids=["sid", "sid-in-lower-case", "name", "name-in-lower-case", "upn", "dn", "id"],
)
def test_a_tenants_hosts_with_the_role_are_reported(world: World, group: str) -> None:
    known = ExternalGroup("11", ("11", ALICE_HOSTS))
    world.state_vmstore(roles=roles(group), external_groups=listed(known))
    found = [verdict for verdict in world.judged(CHECK) if isinstance(verdict, Finding)]
    assert [(finding.code, finding.tenant) for finding in found] == [
        ("isolation.administrators/over-privileged", "alice"),
        ("isolation.administrators/over-privileged", "alice"),
    ]
    assert found[0].says == (
        "alice-hv01$@VMLEVEL.COM of alice is an administrator of vmstore: "
        r"VMLEVEL\alice-hv01$ → VMLEVEL\Alice Hosts → role Admin"
    )
    assert (found[0].values["group"], found[0].values["member"]) == (r"VMLEVEL\Alice Hosts", r"VMLEVEL\alice-hv01$")
    assert world.lines(CHECK)[-1] == FINE[1]


def test_a_nested_group_counts(world: World) -> None:
    world.members |= {"Everything": ("Alice Hosts",)}
    world.state_vmstore(roles=roles(r"VMLEVEL\Everything"), external_groups=listed())
    found = [verdict for verdict in world.judged(CHECK) if isinstance(verdict, Finding)]
    assert len(found) == 2
    assert found[0].values["found"] == (r"VMLEVEL\alice-hv01$ → VMLEVEL\Alice Hosts → VMLEVEL\Everything → role Admin")


def test_the_role_of_an_account_itself_counts(world: World) -> None:
    world.state_vmstore(roles=roles(r"VMLEVEL\alice-hv02$"), external_groups=listed())
    (finding,) = (verdict for verdict in world.judged(CHECK) if isinstance(verdict, Finding))
    assert finding.subject == "alice-hv02$@VMLEVEL.COM on vmstore"


@pytest.mark.parametrize(
    "group", [BACKUP_HOSTS, r"TINTRI\Domain Admins", r"TINTRI\Alice Hosts", "CN=Alice Hosts,DC=tintri,DC=com"]
)
def test_the_role_of_others_is_fine(world: World, group: str) -> None:
    """A group of another domain with the same name is another group."""
    world.state_vmstore(roles=roles(group), external_groups=listed())
    assert world.lines(CHECK) == FINE


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Unobserved(Gap.TIMED_OUT, "no answer in 5 s", "roles", AT, ""), "no answer in 5 s"),
        (
            Observed(RestRefusal(403, "ERR-API-6010"), "roles", AT, ""),
            "the REST API of vmstore returns HTTP 403 ERR-API-6010",
        ),
        (roles(BACKUP_HOSTS, whole=False), "the list of the roles of vmstore is not complete"),
        (
            Observed(Roles((Role("1", "Admin", "AdminRole"),)), "roles", AT, ""),
            "vmstore does not return the groups of the role Admin to krbcheck",
        ),
        (
            Observed(Roles((Role("1", "Herrscher", groups=()),)), "roles", AT, ""),
            "no role of vmstore is known as Super Admin: roles Herrscher",
        ),
        (roles("77"), "vmstore states a group with the role Admin by the id 77 alone"),
    ],
    ids=["silence", "refused", "cut", "without-groups", "unknown-name", "id-alone"],
)
def test_roles_that_are_not_known_are_not_determined(
    world: World, answer: Observation[Roles | RestRefusal], why: str
) -> None:
    world.state_vmstore(roles=answer, external_groups=listed())
    assert world.lines(CHECK) == UNKNOWN
    assert {verdict.says for verdict in world.judged(CHECK) if isinstance(verdict, Unknown)} == {why}


def test_what_is_seen_of_a_list_that_was_cut_is_reported(world: World) -> None:
    world.state_vmstore(roles=roles(ALICE_HOSTS, whole=False), external_groups=listed())
    codes = [verdict.code for verdict in world.judged(CHECK) if isinstance(verdict, Finding)]
    assert codes == ["isolation.administrators/over-privileged"] * 2


def test_an_api_that_was_not_queried_is_not_determined(world: World) -> None:
    from krbcheck.facts.vmstore import VmstoreAnswers

    world.state_vmstore()
    world.vmstore = VmstoreAnswers()
    assert {verdict.says for verdict in world.judged(CHECK) if isinstance(verdict, Unknown)} == {
        "the REST API of vmstore was not queried"
    }
