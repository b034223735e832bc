"""backup.access: full access of the computer accounts that back up, on the share and on its folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from krbcheck.facts.observation import Observed
from krbcheck.facts.vmstore import Role, RoleGroup, Roles
from krbcheck.judging.verdict import Finding, Unknown
from tests.support.access import AT, allow, dacl, deny, sid

if TYPE_CHECKING:
    from tests.support.access import World

CHECK = "backup.access"
HOST = "alice-hv01$@VMLEVEL.COM"
SUBJECT = f"alice {HOST} at AliceVMs on vmstore"
CHANGE, READ = 0x1301BF, 0x1200A9


def protected(world: World, *accounts: str, product: str = "dpm-2016", mode: str = "") -> World:
    (backup,) = world.site.backups
    world.site = replace(world.site, backups=(replace(backup, product=product, mode=mode, accounts=accounts),))
    return world


def share(*entries: object) -> Callable[[World], None]:
    return lambda world: world.shares.update(AliceVMs=dacl(*entries))  # type: ignore[arg-type]


def folder(*entries: object) -> Callable[[World], None]:
    return lambda world: world.folders.update(AliceVMs=dacl(*entries))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda _: None, "fine", id="by-the-group"),
        pytest.param(share(allow("alice-hv01$")), "fine", id="by-itself"),
        pytest.param(share(allow("Alice Hosts", CHANGE)), "backup.access/less-than-full", id="change"),
        pytest.param(share(allow("Bob Hosts")), "backup.access/less-than-full", id="none"),
        pytest.param(
            share(deny("alice-hv01$"), allow("Alice Hosts")), "backup.access/less-than-full", id="denied-first"
        ),
        pytest.param(folder(allow("Alice Hosts", CHANGE)), "backup.access/less-than-full", id="folder-change"),
        pytest.param(lambda world: world.folders.update(AliceVMs=None), "unknown", id="folder-not-read"),
        pytest.param(lambda world: world.shares.update(AliceVMs=None), "unknown", id="share-not-read"),
        pytest.param(lambda world: setattr(world, "not_told", True), "unknown", id="storage-silent"),
        pytest.param(lambda world: setattr(world, "silent", ("vmlevel.com",)), "unknown", id="directory-silent"),
    ],
)
def test_the_access(world: World, change: Callable[[World], None], expected: str) -> None:
    change(protected(world, HOST))
    assert world.lines(CHECK) == [f"{expected} {SUBJECT}"]


def tokens_hidden(world: World) -> None:
    share(allow("alice-hv01$"))(world)
    world.tokens_hidden = True


def local_group_hidden(world: World) -> None:
    """A local group of the storage is denied access, and its members are not known."""
    share(deny("S-1-5-32-547"), allow("alice-hv01$"))(world)
    world.aliases_status = 0xC0000022


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (tokens_hidden, f"tokenGroups of {HOST} could not be read"),
        (
            local_group_hidden,
            "the share has an entry for S-1-5-32-547, and vmstore does not return the members of S-1-5-32-547",
        ),
    ],
)
def test_full_access_that_an_unknown_group_may_limit_is_not_determined(
    world: World, change: Callable[[World], None], says: str
) -> None:
    """Every entry that is known to apply grants full access, but the groups of the account are not all known."""
    change(protected(world, HOST))
    (verdict,) = world.judged(CHECK)
    assert isinstance(verdict, Unknown)
    assert verdict.says == says


def test_a_known_lack_on_the_share_needs_no_folder(world: World) -> None:
    share(allow("Alice Hosts", READ))(protected(world, HOST))
    world.folders.update(AliceVMs=None)
    assert world.lines(CHECK) == [f"backup.access/less-than-full {SUBJECT}"]


def test_the_finding_names_the_limit_and_the_account_as_access_lists_do(world: World) -> None:
    folder(allow("Alice Hosts", READ))(protected(world, HOST))
    (found,) = world.judged(CHECK)
    assert isinstance(found, Finding)
    assert found.values["found"] == "its root folder grants read (0x001200A9)"
    grant = next(step for step in found.remedy if step.command.startswith("icacls"))
    assert grant.command == r"icacls '\\vmstore-alice.tintri.com\AliceVMs' /grant 'VMLEVEL.COM\alice-hv01$:(OI)(CI)F'"


def steps(world: World) -> list[str]:
    (found,) = world.judged(CHECK)
    assert isinstance(found, Finding)
    return [step.command for step in found.remedy if step.command]


def test_the_steps_are_those_of_what_grants_less(world: World) -> None:
    share(allow("Alice Hosts", CHANGE))(protected(world, HOST))
    of_share = steps(world)
    assert not any(command.startswith("icacls") for command in of_share)
    assert of_share
    folder(allow("Alice Hosts", READ))(world)
    of_both = steps(world)
    assert of_both[:-1] == of_share
    assert of_both[-1].startswith("icacls")


def test_samba_resolves_no_names_of_a_trusted_domain_so_that_its_step_has_the_sid(world: World) -> None:
    world.system = "Samba"
    share(allow("Alice Hosts", READ))(protected(world, HOST))
    (found,) = world.judged(CHECK)
    assert isinstance(found, Finding)
    (step,) = [step for step in found.remedy if step.command.startswith("sharesec")]
    entry = f"{sid('alice-hv01$')}:ALLOWED/0x0/FULL"
    assert step.command == f"sharesec 'AliceVMs' --add='{entry}'"
    assert step.undo == f"sharesec 'AliceVMs' --remove='{entry}'"


def test_both_limits_are_named(world: World) -> None:
    share(allow("Bob Hosts"))(protected(world, HOST))
    folder(allow("Alice Hosts", READ))(world)
    (found,) = world.judged(CHECK)
    assert isinstance(found, Finding)
    assert found.values["found"] == "the share grants no access, its root folder grants read (0x001200A9)"


def test_the_role_of_a_vmstore_grants_full_access(world: World) -> None:
    share(allow("Alice Hosts", READ))(protected(world, HOST))
    role = Role("1", "Admin", "AdminRole", (RoleGroup((sid("Alice Hosts"),)),))
    world.state_vmstore(roles=Observed(Roles((role,)), "roles", AT, "station"))
    assert world.lines(CHECK) == [f"fine {SUBJECT}"]


@pytest.mark.parametrize(
    ("product", "mode", "judged"),
    [("dpm-2025", "", True), ("veeam", "off-host", True), ("veeam", "on-host", False), ("commvault", "", False)],
)
def test_the_products_that_need_it(world: World, product: str, mode: str, judged: bool) -> None:
    protected(world, HOST, product=product, mode=mode)
    assert world.lines(CHECK) == ([f"fine {SUBJECT}"] if judged else [])


def test_an_account_that_is_no_tenants_principal_has_no_stated_share(world: World) -> None:
    assert protected(world, "backup-hv01$@VMLEVEL.COM").lines(CHECK) == []
