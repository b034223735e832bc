"""isolation.administrators: no tenant administers the storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from krbcheck.facts.share_access import LocalGroup
from krbcheck.judging.verdict import Finding

if TYPE_CHECKING:
    from tests.support.access import World

S = "S-1-5-21-2-2-2"
DENIED = 0xC0000022
ADMINISTRATORS = "S-1-5-32-544"
BOB_FINE = "fine bob bob on vmstore"


@pytest.mark.parametrize(
    ("members", "chain"),
    [
        ({"Domain Admins": ("alice-hv01$",)}, "VMLEVEL\\alice-hv01$ → TINTRI\\Domain Admins"),
        (
            {"Operators": ("Everything",), "Everything": ("Alice Admins",), "Keepers": ("Operators",)},
            "VMLEVEL\\Alice Admins → VMLEVEL\\Everything → TINTRI\\Operators → TINTRI\\Keepers → BUILTIN",
        ),
        ({"Keepers": ("alice-admin",)}, "VMLEVEL\\alice-admin → TINTRI\\Keepers → BUILTIN\\Administrators"),
    ],
    ids=["directly", "three-groups-deep", "one-of-the-group"],
)
def test_a_tenant_among_the_administrators_is_told_once_with_the_chain(
    world: World, members: dict[str, tuple[str, ...]], chain: str
) -> None:
    world.members |= members
    world.aliases = (LocalGroup(ADMINISTRATORS, "BUILTIN\\Administrators", 0, (f"{S}-512", f"{S}-2003")),)
    found = [entry for entry in world.judged("isolation.administrators") if isinstance(entry, Finding)]
    assert [(entry.code, entry.tenant) for entry in found] == [("isolation.administrators/over-privileged", "alice")]
    assert chain in found[0].says
    assert world.lines("isolation.administrators")[-1] == BOB_FINE


def test_nobody_among_them_is_fine(world: World) -> None:
    assert world.lines("isolation.administrators") == ["fine alice alice on vmstore", BOB_FINE]


@pytest.mark.parametrize(
    "changes",
    [
        {"silent": ("vmlevel.com",)},
        {"blind": ("tintri.com",)},
        {"aliases_status": DENIED},
        {"aliases": (LocalGroup(ADMINISTRATORS, "BUILTIN\\Administrators", DENIED),)},
        {"not_told": True},
        {"aliases_status": 0xC00000BB},
        {"tokens_hidden": True},
        {"unidentified": ("tintri.com",)},
    ],
    ids=[
        "domain-silent",
        "nothing-visible",
        "groups-denied",
        "members-denied",
        "storage-silent",
        "groups-not-supported",
        "tokens-hidden",
        "unidentified",
    ],
)
def test_who_administers_is_unknown_where_it_was_not_told(world: World, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        setattr(world, name, value)
    assert world.lines("isolation.administrators") == ["unknown alice alice on vmstore", "unknown bob bob on vmstore"]
