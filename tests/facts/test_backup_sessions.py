"""What the replies of remote VSS and the opens with backup intent show."""

from __future__ import annotations

import pytest

from krbcheck.facts.backup_sessions import BIND, PIPE, BackupReply, PathSupport, RemoteVss, RootOpen
from tests.support.backup_sessions import (
    ABSENT,
    BY_RIGHT,
    CLOSED,
    DENIED,
    DENIES,
    NOT_FOUND,
    NOT_SUPPORTED,
    OPENS,
    SERVES,
    reply,
    session,
    sessions,
)


@pytest.mark.parametrize(
    ("vss", "serves", "denies", "absent"),
    [
        pytest.param(SERVES, True, False, False, id="serves"),
        pytest.param(DENIES, False, True, False, id="denied-by-the-call"),
        pytest.param(RemoteVss("GetSupportedVersion", DENIED), False, True, False, id="denied-by-a-fault"),
        pytest.param(RemoteVss(PIPE, DENIED), False, True, False, id="denied-at-the-pipe"),
        pytest.param(RemoteVss(BIND, DENIED), False, True, False, id="denied-at-the-bind"),
        pytest.param(ABSENT, False, False, True, id="no-pipe"),
        pytest.param(RemoteVss(BIND, 4), False, False, True, id="no-interface"),
        pytest.param(RemoteVss("TREE_CONNECT IPC$", DENIED), False, False, True, id="no-ipc"),
    ],
)
def test_the_agent_serves_denies_or_is_absent(vss: RemoteVss, serves: bool, denies: bool, absent: bool) -> None:
    assert (vss.serves, vss.denies, vss.absent) == (serves, denies, absent)


def test_only_backup_intent_that_opens_what_is_denied_shows_the_right() -> None:
    assert [opened.shows_right for opened in (OPENS, BY_RIGHT, CLOSED, RootOpen("X", DENIED))] == [
        False,
        True,
        False,
        False,
    ]
    assert reply(ABSENT, OPENS, BY_RIGHT).shows_right
    assert not reply(ABSENT, OPENS, CLOSED).shows_right


def test_a_path_is_supported_only_without_an_error() -> None:
    paths = (PathSupport("A", 0, True), PathSupport("B", 0, False), PathSupport("C", NOT_SUPPORTED, True))
    assert [path.is_supported for path in paths] == [True, False, False]
    assert SERVES.path("alicevms") is SERVES.paths[0]
    assert SERVES.path("BobVMs") is None


def test_the_summaries() -> None:
    assert reply(SERVES).summary() == (
        "FSRVP version 1 to 1; AliceVMs supported; AliceVMs: STATUS_SUCCESS (0x00000000), with backup intent "
        "STATUS_SUCCESS (0x00000000)"
    )
    assert DENIES.summary() == "GetSupportedVersion: E_ACCESSDENIED (0x80070005)"
    assert RemoteVss(PIPE, NOT_FOUND).summary() == "pipe FssagentRpc: STATUS_OBJECT_NAME_NOT_FOUND (0xC0000034)"
    assert BackupReply("SESSION_SETUP", DENIED).summary() == "SESSION_SETUP: STATUS_ACCESS_DENIED (0xC0000022)"
    assert "NOT_SUPPORTED (0x8004230C)" in RemoteVss("", 0, 1, 1, (PathSupport("A", NOT_SUPPORTED),)).summary()
    assert RootOpen("X", DENIED).summary() == "X: STATUS_ACCESS_DENIED (0xC0000022)"


def test_sessions_are_found_without_regard_to_letter_case() -> None:
    family = sessions(session(reply(SERVES)))
    assert len(family.of("vmstore", "ALICE-HV01$@vmlevel.com")) == 1
    assert family.of("fabstore", "alice-hv01$@VMLEVEL.COM") == ()
