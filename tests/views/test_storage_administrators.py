"""The accounts of the storages' administrators: nobody is left out silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from krbcheck.views.storage_administrators import StorageAdministrators
from krbcheck.views.view import Views

if TYPE_CHECKING:
    from krbcheck.facts.observation import Facts
    from tests.support.access import World


def administrators(world: World) -> list[tuple[str, bool, str]]:
    """Each administrator of the storage: the name, whether the account is known, and why not."""
    facts: tuple[Facts, ...] = (world.memberships, world.directories, world.access, world.rights, world.vmstore)
    view = Views(world.site, {type(each): each for each in facts}).get(StorageAdministrators)
    return [(entry.name, bool(entry.sid), entry.why) for entry in view.at("vmstore")]


def test_each_account_of_a_group_is_listed_once_through_any_depth(world: World) -> None:
    world.members |= {"Domain Admins": ("Operators", "alice-admin"), "Operators": ("alice-admin", "outsider")}
    assert administrators(world) == [("VMLEVEL\\alice-admin", True, ""), ("VMLEVEL\\outsider", True, "")]


def test_members_of_a_domain_that_was_not_read_are_stated_as_not_known(world: World) -> None:
    world.members |= {"Domain Admins": ("Operators", "outsider")}
    world.silent = ("vmlevel.com",)
    (only,) = administrators(world)
    assert only[:2] == ("TINTRI\\Domain Admins", False)
    assert only[2].startswith("members of TINTRI\\Domain Admins are not known: ")


def test_a_group_without_an_account_is_listed_by_its_name(world: World) -> None:
    assert administrators(world) == [("TINTRI\\Domain Admins", False, "no account of TINTRI\\Domain Admins was read")]


def test_an_administrator_that_no_directory_contains_is_listed(world: World) -> None:
    world.site = replace(world.site, storages=(replace(world.site.storages[0], administrators=("TINTRI\\Nobody",)),))
    assert administrators(world) == [("TINTRI\\Nobody", False, "no directory contains TINTRI\\Nobody")]
