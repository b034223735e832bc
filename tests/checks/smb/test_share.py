"""smb.share: the shares that the site states exist."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from krbcheck.facts.smb import (
    SmbSession,
    SmbSessions,
    SmbSetUp,
    TreeReply,
)
from tests.support.smb_sessions import DENIED, NO_SHARE, REFUSED, SILENCE, kerberos

T = TypeVar("T")
Lines = Callable[..., list[str]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, BOBS = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
HOST = "alice-hv01$@VMLEVEL.COM"


UNC = rf"\\{PATH}\AliceVMs"


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        pytest.param((kerberos(SmbSetUp(0, trees=(TreeReply("alicevms", 0),))),), "fine", id="there"),
        pytest.param((kerberos(SmbSetUp(0, trees=(TreeReply("AliceVMs", DENIED),))),), "fine", id="there-and-closed"),
        pytest.param(
            (kerberos(SmbSetUp(0, trees=(TreeReply("AliceVMs", NO_SHARE),))),), "smb.share/no-such-share", id="missing"
        ),
        pytest.param(
            (kerberos(SmbSetUp(0, trees=(TreeReply("AliceVMs", NO_SHARE, redirected=True),))),), "fine", id="elsewhere"
        ),
        pytest.param(
            (
                kerberos(SmbSetUp(0, trees=(TreeReply("AliceVMs", NO_SHARE),))),
                kerberos(SmbSetUp(0, trees=(TreeReply("AliceVMs", 0),)), "alice-hv02$@VMLEVEL.COM"),
            ),
            "fine",
            id="hidden-from-one",
        ),
        pytest.param((kerberos(REFUSED),), "unknown", id="no-session"),
        pytest.param((kerberos(SILENCE),), "unknown", id="silence"),
        pytest.param((), "unknown", id="nobody-asked"),
    ],
)
def test_the_stated_shares(lines: Lines, sessions: tuple[SmbSession, ...], expected: str) -> None:
    found = lines("smb.share", SmbSessions(sessions))
    assert found == [f"{expected} alice {UNC}", rf"unknown bob \\{BOBS}\BobVMs"]
