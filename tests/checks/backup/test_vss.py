"""backup.vss: the agent of remote VSS at each data path, and the shares that it supports."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from krbcheck.facts.backup_sessions import BackupReply, BackupSessions, PathSupport, RemoteVss
from krbcheck.facts.observation import Unobserved
from krbcheck.facts.smb import AccountRights, RightHolders, RightsReply
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Site
from tests.checks.backup.test_rights import rights
from tests.support.backup_accounts import SILENCE, directories
from tests.support.backup_sessions import ABSENT, DENIES, NOT_SUPPORTED, SERVES, reply, session, sessions

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
PATH, SHARE = "vmstore-alice.tintri.com", r"\\vmstore-alice.tintri.com\AliceVMs"
RPC = rights(RightsReply(holders=(RightHolders("SeBackupPrivilege", 0), RightHolders("SeRestorePrivilege", 0))))
NO_RPC = rights(RightsReply("pipe lsarpc", 0xC0000034))
HERE = Vantages((VantagePoint("alice", "station", "10.77.11.9", ""), VantagePoint("bob", "station", "10.77.12.9", "")))


def shares(*paths: PathSupport) -> RemoteVss:
    return RemoteVss("", 0, 1, 1, paths)


@pytest.mark.parametrize(
    ("answer", "known", "expected"),
    [
        pytest.param(reply(SERVES), RPC, [f"fine alice {SHARE}"], id="supported"),
        pytest.param(
            reply(shares(PathSupport("AliceVMs", NOT_SUPPORTED), PathSupport("More", 0, True))),
            RPC,
            [f"backup.vss/share-not-supported alice {SHARE}", rf"fine alice \\{PATH}\More"],
            id="share-not-supported",
        ),
        pytest.param(
            reply(shares(PathSupport("AliceVMs", 0, False))),
            RPC,
            [f"backup.vss/share-not-supported alice {SHARE}"],
            id="agent-says-no",
        ),
        pytest.param(reply(shares()), RPC, [f"fine alice {PATH}"], id="no-share"),
        pytest.param(reply(ABSENT), RPC, [f"backup.vss/no-remote-vss alice {PATH}"], id="no-agent"),
        pytest.param(reply(ABSENT), NO_RPC, [f"unknown alice {PATH}"], id="a-storage-without-rpc"),
        pytest.param(reply(ABSENT), AccountRights(), [f"unknown alice {PATH}"], id="rpc-not-queried"),
        pytest.param(reply(DENIES), RPC, [f"unknown alice {PATH}"], id="denied"),
        pytest.param(BackupReply("SESSION_SETUP", 0xC000006D), RPC, [f"unknown alice {PATH}"], id="no-session"),
        pytest.param(SILENCE, RPC, [f"unknown alice {PATH}"], id="silence"),
    ],
)
def test_the_agent(lines: Lines, answer: BackupReply | Unobserved, known: AccountRights, expected: list[str]) -> None:
    assert lines("backup.vss", sessions(session(answer)), known, directories(), HERE) == expected


def test_an_account_that_the_agent_serves_shows_the_shares(lines: Lines) -> None:
    """A denied account hides nothing that another one shows."""
    known = sessions(session(reply(DENIES)), session(reply(SERVES)))
    assert lines("backup.vss", known, RPC, directories(), HERE) == [f"fine alice {SHARE}"]


def stating(site: Site, product: str, mode: str = "") -> Site:
    changed = msgspec.structs.replace(site.backups[0], product=product, mode=mode)
    return msgspec.structs.replace(site, backups=(changed,))


@pytest.mark.parametrize(
    ("product", "mode", "uses"),
    [
        ("dpm-2012r2", "", 1),
        ("dpm-2025", "", 1),
        ("veeam", "", 1),
        ("veeam", "on-host", 1),
        ("veeam", "off-host", 0),
        ("commvault", "", 0),
    ],
)
def test_products_without_remote_vss_are_not_judged(
    lines: Lines, site: Site, product: str, mode: str, uses: int
) -> None:
    known = sessions(session(reply(ABSENT)))
    found = lines("backup.vss", known, RPC, directories(), HERE, of=stating(site, product, mode))
    assert found == [f"backup.vss/no-remote-vss alice {PATH}"] * uses


def test_without_a_session_it_is_not_determined(lines: Lines) -> None:
    assert lines("backup.vss", BackupSessions(), RPC, directories(), HERE) == ["unknown - vmstore"]


def test_the_finding_names_the_step_and_the_status(judged: Judged) -> None:
    (found,) = judged("backup.vss", sessions(session(reply(ABSENT))), RPC, directories(), HERE)
    assert isinstance(found, Finding)
    assert found.values["found"] == "pipe FssagentRpc: STATUS_OBJECT_NAME_NOT_FOUND (0xC0000034)"
    assert any(step.command == "Install-WindowsFeature FS-VSS-Agent" for step in found.remedy)
