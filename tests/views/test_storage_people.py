"""Who belongs to whom at a storage, and which SIDs stand for more accounts than any one tenant has."""

from __future__ import annotations

import pytest

from krbcheck.facts.observation import Facts
from krbcheck.facts.vmstore import VmstoreAnswers
from krbcheck.views.storage_people import PeopleAtStorage, StoragePeople, is_common, is_wide
from krbcheck.views.view import Views
from tests.support.access import World, sid

DOMAIN_USERS, DOMAIN_COMPUTERS = "S-1-5-21-1-1-1-513", "S-1-5-21-1-1-1-515"
HV01, HV02, ADMIN = "alice-hv01$@VMLEVEL.COM", "alice-hv02$@VMLEVEL.COM", "VMLEVEL\\alice-admin"


def people(world: World) -> PeopleAtStorage:
    families: tuple[Facts, ...] = (world.access, world.memberships, world.directories, world.rights, VmstoreAnswers())
    return Views(world.site, {type(family): family for family in families}).get(StoragePeople).at("vmstore")


@pytest.mark.parametrize(
    ("name", "wide"),
    [
        ("S-1-1-0", True),
        ("S-1-5-11", True),
        ("S-1-5-32-545", True),
        (DOMAIN_USERS, True),
        (DOMAIN_COMPUTERS, True),
        ("S-1-5-21-1-1-1-512", False),
        ("S-1-5-32-544", False),
        ("S-1-5-32-513", False),
    ],
)
def test_everyone_and_the_domains_primary_groups_are_wide(name: str, wide: bool) -> None:
    """MS-DTYP 2.4.2.4: Everyone, Authenticated Users, BUILTIN\\Users, Domain Users (513), Domain Computers (515)."""
    assert is_wide(name) is wide


def test_no_account_has_the_primary_groups_of_two_domains() -> None:
    assert is_common(DOMAIN_USERS, DOMAIN_COMPUTERS)
    assert is_common("S-1-1-0", DOMAIN_USERS)
    assert not is_common(DOMAIN_USERS, "S-1-5-21-2-2-2-513")


def test_principals_come_before_administrators_tenant_by_tenant(world: World) -> None:
    here = people(world)
    assert [person.name for person in here.all_of(here.tenants[0])][:2] == [HV01, HV02]
    assert ADMIN in [person.name for person in here.all_of(here.tenants[0])]
    assert [person.tenant.name for person in here.everyone] == sorted(person.tenant.name for person in here.everyone)


def test_people_are_found_by_a_sid_of_a_group_or_by_name_each_once(world: World) -> None:
    here = people(world)
    hosts = here.carrying([sid("Alice Hosts")])
    assert [person.name for person in hosts] == [HV01, HV02]
    assert here.carrying([sid("Alice Hosts"), sid("alice-hv01$")], [HV02]) == hosts
    assert here.carrying(["S-1-5-21-9-9-9-9"]) == []


def test_what_everyone_has_is_left_out_of_a_persons_own_sids(world: World) -> None:
    first, *_ = people(world).everyone
    assert first.own == sid("alice-hv01$")
    assert sid("Domain Computers") in first.sids
    assert sid("Domain Computers") not in first.alone
    assert {sid("alice-hv01$"), sid("Alice Hosts")} <= set(first.alone)


def test_administrators_and_backup_accounts_are_those_that_the_site_states(world: World) -> None:
    here = people(world)
    assert here.administrators == {"S-1-5-32-544", sid("Domain Admins")}
    assert {sid("Backup Hosts"), sid("backup-hv01$")} <= here.backers
    assert sid("alice-hv01$") not in here.backers
    assert here.doubt == ""


def test_a_domain_that_did_not_answer_leaves_it_open_who_there_is(world: World) -> None:
    world.silent = ("vmlevel.com",)
    assert "vmlevel.com" in people(world).doubt
