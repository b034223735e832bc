"""Names that are shown, administrators of the storage, and backup rights that cross from one tenant to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.access import World

DENIED = 0xC0000022
ALICE1, ALICE2 = "alice-hv01$@VMLEVEL.COM", "alice-hv02$@VMLEVEL.COM"
BY_RIGHTS, FULL = 0x011F01BF, 0x1F01FF


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
    assert world.lines("isolation.listing")[0] == f"{expected} alice vmstore-alice.tintri.com"


def test_what_can_be_opened_may_be_seen(world: World) -> None:
    world.listings[ALICE1] = ("AliceVMs", "BobVMs")
    world.sessions[ALICE1] = {"BobVMs": FULL}
    assert world.lines("isolation.listing")[0].startswith("fine")
