"""smb.continuity: persistent handles, leases and continuously available shares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from krbcheck.facts.observation import Unobserved
from krbcheck.facts.smb import (
    SmbSessions,
    SmbSetUp,
)
from krbcheck.facts.smb_features import (
    SmbDialects,
)
from tests.support.smb_dialects import DENIED, SILENCE, SILENT, UNC, reply, session, set_up, spoken, tree

T = TypeVar("T")
Lines = Callable[..., list[str]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, BOBS = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
HOST = "alice-hv01$@VMLEVEL.COM"
LEASING, PERSISTENT = 0x02, 0x10


BOTH = LEASING | PERSISTENT


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(spoken(reply(capabilities=BOTH)), ["fine"], id="all"),
        pytest.param(spoken(reply(capabilities=LEASING)), ["smb.continuity/no-persistent-handles"], id="no-handles"),
        pytest.param(spoken(reply(capabilities=PERSISTENT)), ["smb.continuity/no-leases"], id="no-leases"),
        pytest.param(
            spoken(reply(0x210, capabilities=BOTH), reply()),
            ["smb.continuity/no-persistent-handles"],
            id="a-bit-that-2.1-does-not-know",
        ),
        pytest.param(spoken(reply(0x202)), ["fine"], id="too-old-is-another-checks-matter"),
        pytest.param(SILENT, ["unknown"], id="silence"),
    ],
)
def test_continuity(lines: Lines, facts: SmbDialects, expected: list[str]) -> None:
    assert lines("smb.continuity", facts) == [*(f"{entry} alice {PATH}" for entry in expected), f"unknown bob {BOBS}"]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(set_up(tree(capabilities=0x10)), [f"fine alice {UNC}"], id="continuous"),
        pytest.param(set_up(tree()), [f"smb.continuity/not-continuous alice {UNC}"], id="not"),
        pytest.param(set_up(tree(status=DENIED)), [], id="not-let-in"),
        pytest.param(SILENCE, [], id="silence"),
    ],
)
def test_a_continuous_share(lines: Lines, seen: SmbSetUp | Unobserved, expected: list[str]) -> None:
    found = lines("smb.continuity", spoken(reply(capabilities=BOTH)), SmbSessions((session(seen),)))
    assert found == [f"fine alice {PATH}", *expected, f"unknown bob {BOBS}"]
