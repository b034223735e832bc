"""Names that are shown, administrators of the storage, and backup rights that cross from one tenant to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from krbcheck.site.stated import SecretKind, SecretSource

if TYPE_CHECKING:
    from tests.support.access import World

DENIED = 0xC0000022
ALICE1, ALICE2 = "alice-hv01$@VMLEVEL.COM", "alice-hv02$@VMLEVEL.COM"
FULL = 0x1F01FF


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(("AliceVMs", "IPC$"), "fine", id="its-own-alone"),
        pytest.param((), "fine", id="nothing"),
        pytest.param(DENIED, "fine", id="no-list-for-anybody"),
        pytest.param(("AliceVMs", "BobVMs"), "isolation.listing/names-visible", id="all"),
        pytest.param(("bobvms",), "isolation.listing/names-visible", id="letter-case"),
        pytest.param(("Public", "C$"), "fine", id="what-is-no-tenants"),
        pytest.param(0xC00000BB, "unknown", id="not-supported"),
    ],
)
def test_names_of_others_are_not_shown(world: World, names: tuple[str, ...] | int, expected: str) -> None:
    world.listings[ALICE1] = names
    world.sessions[ALICE1] = {"BobVMs": None}
    assert world.lines("isolation.listing")[0] == f"{expected} alice vmstore-alice.tintri.com"


def test_what_can_be_opened_may_be_seen(world: World) -> None:
    world.listings[ALICE1] = ("AliceVMs", "BobVMs")
    world.sessions[ALICE1] = {"BobVMs": FULL}
    assert world.lines("isolation.listing")[0].startswith("fine")


def test_a_name_whose_share_was_not_tried_is_not_determined(world: World) -> None:
    world.listings[ALICE1] = ("AliceVMs", "BobVMs")
    world.sessions[ALICE1] = {"AliceVMs": FULL}
    assert world.lines("isolation.listing")[0].startswith("unknown")


def test_each_principal_with_a_secret_has_to_be_shown_its_list(world: World) -> None:
    alice, bob = world.site.tenants
    principals = tuple(
        replace(principal, secret=SecretSource(SecretKind.KEYTAB, principal.name)) for principal in alice.principals
    )
    world.site = replace(world.site, tenants=(replace(alice, principals=principals), bob))
    (first, _) = world.judged("isolation.listing")
    assert f"no share names were read as {ALICE2}" in getattr(first, "says", "")
