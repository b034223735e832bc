"""Which SIDs of an account count at a storage: its groups at home, what the trust lets through, the storage's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from krbcheck.facts.directory import Account, Accounts, Trust, TrustAnswer, Trusts
from krbcheck.facts.observation import Observation, Observed, derived
from krbcheck.facts.share_access import LocalGroup, Memberships, Trustees
from krbcheck.views.memberships import GroupStanding
from tests.support.access import AT, HOSTS_DOMAIN, STORAGE_DOMAIN, sid

if TYPE_CHECKING:
    from tests.support.access import World

ALICE = "alice-hv01$@VMLEVEL.COM"
OF_A_THIRD_DOMAIN = "S-1-5-21-3-3-3-1200"
UNIVERSAL = f"{HOSTS_DOMAIN}-1199"
EXTERNAL, QUARANTINED, SELECTIVE = 0x0, 0x4, 0x10


def groups(world: World, attributes: int | None, token: tuple[str, ...] = ()) -> GroupStanding:
    """`token` is tokenGroupStanding of every account; without `attributes` nobody told of a trust."""
    directories = world.directories
    accounts = tuple(
        msgspec.structs.replace(account, seen=Observed(Accounts((with_token(account.name, token),)), "asked", AT, ""))
        for account in directories.accounts
    )
    trust = Trust("vmlevel.com", "VMLEVEL", HOSTS_DOMAIN, 2, 2, attributes or 0)
    reply = TrustAnswer("tintri.com", "tidc", Observed(Trusts((trust,)), "asked", AT, ""))
    trusts = () if attributes is None else (reply,)
    read = msgspec.structs.replace(directories, accounts=accounts, trusts=trusts)
    return GroupStanding(world.site, world.memberships, read, world.access)


def with_token(name: str, token: tuple[str, ...]) -> Account:
    account = name.partition("@")[0]
    return Account("", account, sid(account), groups=token)


@pytest.mark.parametrize(
    ("attributes", "counts"),
    [
        pytest.param(EXTERNAL, True, id="not-filtered"),
        pytest.param(QUARANTINED, False, id="quarantined"),
        pytest.param(None, True, id="no-trust-was-read"),
    ],
)
def test_a_quarantined_trust_lets_no_group_of_a_third_domain_through(
    world: World, attributes: int | None, counts: bool
) -> None:
    there = groups(world, attributes, (OF_A_THIRD_DOMAIN, UNIVERSAL)).standing(ALICE, "vmstore").sids
    assert (OF_A_THIRD_DOMAIN in there) is counts
    assert UNIVERSAL in there


@pytest.mark.parametrize(
    ("attributes", "token", "says"),
    [
        pytest.param(None, (OF_A_THIRD_DOMAIN,), f"filters the SID {OF_A_THIRD_DOMAIN}", id="no-trust-was-read"),
        pytest.param(None, (UNIVERSAL,), "", id="of-the-hosts-domain"),
        pytest.param(EXTERNAL, (OF_A_THIRD_DOMAIN,), "", id="the-trust-was-read"),
    ],
)
def test_without_the_trust_it_is_not_known_whether_a_group_of_a_third_domain_counts(
    world: World, attributes: int | None, token: tuple[str, ...], says: str
) -> None:
    world.aliases = (LocalGroup("S-1-5-21-9-9-9-1001", "VMSTORE\\Local", 0, (sid("Alice Hosts"),)),)
    standing = groups(world, attributes, token).standing(ALICE, "vmstore")
    assert (says in standing.why_not, bool(standing.why_not)) == (True, bool(says))


def test_what_a_filtered_group_is_in_does_not_count_either(world: World) -> None:
    world.members["Inner"] = (OF_A_THIRD_DOMAIN,)
    assert sid("Inner") in groups(world, EXTERNAL, (OF_A_THIRD_DOMAIN,)).standing(ALICE, "vmstore").sids
    assert sid("Inner") not in groups(world, QUARANTINED, (OF_A_THIRD_DOMAIN,)).standing(ALICE, "vmstore").sids


def test_the_storages_domain_adds_its_groups_behind_a_quarantined_trust(world: World) -> None:
    world.members |= {"Inner": ("Alice Hosts",), "Alice Access": ("Inner",)}
    there = groups(world, QUARANTINED).standing(ALICE, "vmstore").sids
    assert there[sid("Alice Access")] == (
        "VMLEVEL\\alice-hv01$",
        "VMLEVEL\\Alice Hosts",
        "TINTRI\\Inner",
        "TINTRI\\Alice Access",
    )


@pytest.mark.parametrize(
    ("attributes", "organization"), [(QUARANTINED, "S-1-5-15"), (SELECTIVE, "S-1-5-1000"), (None, "S-1-5-15")]
)
def test_selective_authentication_makes_an_account_one_of_another_organization(
    world: World, attributes: int | None, organization: str
) -> None:
    there = groups(world, attributes).standing(ALICE, "vmstore").sids
    assert there.keys() & {"S-1-5-15", "S-1-5-1000"} == {organization}


def test_local_groups_of_the_home_domain_stay_at_home(world: World) -> None:
    world.members["Local Only"] = ("alice-hv01$",)
    assert sid("Local Only") not in groups(world, EXTERNAL).standing(ALICE, "vmstore").sids


def test_the_storages_administrators_are_found_through_their_groups(world: World) -> None:
    world.members["Domain Admins"] = ("alice-hv01$",)
    there = groups(world, QUARANTINED).standing(ALICE, "vmstore").sids
    assert there["S-1-5-32-544"][-2:] == ("TINTRI\\Domain Admins", "BUILTIN\\Administrators")
    assert there[f"{STORAGE_DOMAIN}-512"] == ("VMLEVEL\\alice-hv01$", "TINTRI\\Domain Admins")


def test_members_are_followed_down_to_accounts(world: World) -> None:
    world.members |= {"Everything": ("Alice Hosts",), "Alice Hosts": ("alice-hv01$", "Everything")}
    assert set(groups(world, None).below(sid("Everything"))) == {sid("Alice Hosts"), sid("alice-hv01$")}


@pytest.mark.parametrize("silent", ["vmlevel.com", "tintri.com"])
def test_groups_that_a_silent_domain_may_add_are_not_known(world: World, silent: str) -> None:
    world.silent = (silent,)
    standing = groups(world, None).standing(ALICE, "vmstore")
    assert not standing.sids
    assert silent in standing.why_not


def test_an_account_that_no_directory_holds_has_no_standing(world: World) -> None:
    standing = groups(world, None).standing("carol-hv01$@VMLEVEL.COM", "vmstore")
    assert (dict(standing.sids), standing.why_not) == ({}, "no directory contains carol-hv01$@VMLEVEL.COM")


@pytest.mark.parametrize("name", ["VMLEVEL\\Bob Hosts", "vmlevel.com\\bob hosts", "Bob Hosts", "Bob Hosts@VMLEVEL.COM"])
def test_a_group_is_found_by_each_form_of_its_name(world: World, name: str) -> None:
    assert groups(world, None).sids_named(name) == [sid("Bob Hosts")]


def test_a_name_of_another_domain_is_not_taken_for_it(world: World) -> None:
    assert groups(world, None).sids_named("TINTRI\\Bob Hosts") == []


def test_a_group_with_a_member_of_the_accounts_domain_by_dn_leaves_its_groups_open(world: World) -> None:
    """In a forest of both domains, a domain-local group at the storage contains the host by its DN."""
    dn = "CN=alice-hv01,DC=vmlevel,DC=com"
    standing = groups(world, EXTERNAL)
    before = standing.standing(ALICE, "vmstore")
    assert before.why_not == ""
    held = world.memberships.domains
    changed = tuple(msgspec.structs.replace(entry, seen=_with_member(entry.seen, dn)) for entry in held)
    directories, access = standing.directories, world.access
    after = GroupStanding(world.site, Memberships(domains=changed), directories, access).standing(ALICE, "vmstore")
    assert (after.sids, after.why_not) == (
        before.sids,
        f"TINTRI\\Domain Admins contains {dn} of another domain of its forest, which was not resolved",
    )


def _with_member(seen: Observation[Trustees], dn: str) -> Observation[Trustees]:
    def added(trustees: Trustees) -> Trustees:
        found = (
            msgspec.structs.replace(each, outside=(dn,)) if each.name == "TINTRI\\Domain Admins" else each
            for each in trustees.found
        )
        return Trustees(tuple(found), trustees.asked)

    return derived(seen, added)
