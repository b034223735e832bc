"""backup.effective: the agent of remote VSS and opens with backup intent show whether a right is in effect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from krbcheck.facts.backup_sessions import BackupReply, BackupSession, BackupSessions
from krbcheck.facts.groups import Group, GroupChanges, Groups, GroupsChanged, MemberWritten
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.smb import AccountRights, RightsReply
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.verdict import Finding, Verdict
from tests.checks.backup.test_rights import held, rights
from tests.checks.backup.test_vss import HERE
from tests.support.backup_accounts import SILENCE, directories, with_storage
from tests.support.backup_sessions import (
    ABSENT,
    BY_RIGHT,
    CLOSED,
    DENIES,
    LOGON,
    SERVES,
    reply,
    session,
    sessions,
    wrote,
)

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
SUBJECT = "alice alice-hv01$@VMLEVEL.COM on vmstore"
SID, HOSTS = "S-1-5-21-1-1-1-1101", "S-1-5-21-1-1-1-515"
GRANTED, MISSING, HIDDEN = rights(held(SID)), rights(held()), rights(RightsReply("pipe lsarpc", 0xC0000034))
NOT = f"backup.effective/not-in-effect {SUBJECT}"
TWO = datetime(2026, 1, 1, 14, 2, tzinfo=UTC)


def changes(*groups: Group) -> GroupChanges:
    seen = Observed(Groups(groups), "groups that changed", LOGON, "station")
    return GroupChanges(changed=(GroupsChanged("vmlevel.com", "vmdc1", LOGON, seen),))


@pytest.mark.parametrize(
    ("answer", "known", "expected"),
    [
        pytest.param(reply(SERVES), GRANTED, f"fine {SUBJECT}", id="served"),
        pytest.param(reply(ABSENT, BY_RIGHT), HIDDEN, f"fine {SUBJECT}", id="opened-by-the-right"),
        pytest.param(reply(DENIES), GRANTED, NOT, id="granted-and-denied"),
        pytest.param(reply(DENIES), HIDDEN, NOT, id="not-known-to-be-granted-and-denied"),
        pytest.param(reply(DENIES, BY_RIGHT), GRANTED, f"fine {SUBJECT}", id="denied-by-the-agent-opened-by-the-right"),
        pytest.param(reply(DENIES), MISSING, f"unknown {SUBJECT}", id="not-granted"),
        pytest.param(reply(ABSENT), GRANTED, f"unknown {SUBJECT}", id="nothing-shows-it"),
        pytest.param(reply(ABSENT, CLOSED), GRANTED, f"unknown {SUBJECT}", id="intent-may-be-ignored"),
        pytest.param(reply(ABSENT), HIDDEN, f"unknown {SUBJECT}", id="an-appliance-that-returns-nothing"),
        pytest.param(BackupReply("SESSION_SETUP", 0xC000006D), GRANTED, f"unknown {SUBJECT}", id="no-session"),
        pytest.param(SILENCE, GRANTED, f"unknown {SUBJECT}", id="silence"),
    ],
)
def test_one_session(lines: Lines, answer: BackupReply | Unobserved, known: AccountRights, expected: str) -> None:
    found = lines("backup.effective", sessions(session(answer)), known, directories(), GroupChanges(), HERE)
    assert found == [expected]


def stale(judged: Judged, tried: tuple[BackupSession, ...], written: GroupChanges) -> Finding:
    (found,) = judged("backup.effective", sessions(*tried), GRANTED, directories(), written, HERE)
    assert isinstance(found, Finding)
    return found


OLD = session(reply(DENIES), cached=True)


def test_a_ticket_older_than_the_membership(judged: Judged) -> None:
    member = MemberWritten("CN=alice-hv01", TWO, TWO)
    group = Group("CN=Backup Hosts", "Backup Hosts", "S-1-5-21-1-1-1-1200", members=(member,))
    found = stale(judged, (OLD, session(reply(SERVES))), changes(group))
    assert found.values["found"] == (
        "the right is granted since 2026-01-01 14:02:00Z by Backup Hosts, this host's ticket is from "
        "2026-01-01 09:10:00Z"
    )
    assert [step.command for step in found.remedy][:2] == ["klist -li 0x3e7", "klist -li 0x3e7 purge"]
    assert found.remedy[2].step_class == "interrupts"


def test_a_directory_without_times_of_members(judged: Judged) -> None:
    group = Group("CN=Hosts", "Hosts", HOSTS, changed=TWO)
    found = stale(judged, (OLD,), changes(group))
    assert "granted by Hosts, changed 2026-01-01 14:02:00Z, this" in str(found.values["found"])


def test_a_new_ticket_shows_that_the_old_one_is_the_reason(judged: Judged) -> None:
    found = stale(judged, (OLD, session(reply(SERVES))), GroupChanges())
    assert found.values["found"] == (
        "the right works with a new ticket, this host's ticket is from 2026-01-01 09:10:00Z"
    )


def test_a_new_ticket_that_is_denied_needs_no_purge(judged: Judged) -> None:
    found = stale(judged, (session(reply(DENIES)),), GroupChanges())
    assert found.values["found"] == "the remote VSS agent denies access"
    assert not any("purge" in step.command for step in found.remedy)


def test_without_a_session_the_reason_is_named(lines: Lines) -> None:
    for vantages in (HERE, Vantages()):
        known = (BackupSessions(), GRANTED, directories(), GroupChanges(), vantages)
        assert lines("backup.effective", *known) == [f"unknown {SUBJECT}"]


FILE_DENIED, FILE_READ = (0xC0000022, 0xC0000022), (0xC0000022, 0)
IGNORED = f"backup.effective/intent-ignored {SUBJECT}"
LEFT = r"backup.effective/probe-left alice \\vmstore-alice.tintri.com\AliceVMs\krbcheck-probe-1"


@pytest.mark.parametrize(
    ("answer", "known", "system", "expected"),
    [
        pytest.param(wrote(ABSENT, FILE_READ), HIDDEN, "", f"fine {SUBJECT}", id="read-without-an-agent"),
        pytest.param(wrote(ABSENT, (0, 0)), HIDDEN, "", f"fine {SUBJECT}", id="no-permission-applies"),
        pytest.param(wrote(ABSENT, FILE_DENIED), GRANTED, "", NOT, id="granted-and-the-file-is-denied"),
        pytest.param(wrote(DENIES, FILE_DENIED), GRANTED, "", NOT, id="the-agent-denies-too"),
        pytest.param(wrote(ABSENT, FILE_DENIED), MISSING, "", f"unknown {SUBJECT}", id="not-granted"),
        pytest.param(wrote(SERVES, FILE_READ), GRANTED, "", f"fine {SUBJECT}", id="agent-and-file"),
        pytest.param(wrote(SERVES, FILE_DENIED), GRANTED, "", IGNORED, id="served-but-intent-is-ignored"),
        pytest.param(wrote(ABSENT, FILE_DENIED), GRANTED, "Samba", f"unknown {SUBJECT}", id="samba-ignores-intent"),
        pytest.param(wrote(ABSENT, None), GRANTED, "", f"unknown {SUBJECT}", id="the-file-could-not-be-created"),
    ],
)
def test_a_file_that_denies_everyone(
    lines: Lines, answer: BackupReply, known: AccountRights, system: str, expected: str
) -> None:
    stored = with_storage(directories(), system)
    found = lines("backup.effective", sessions(session(answer)), known, stored, GroupChanges(), HERE)
    assert found == [expected]


def test_what_could_not_be_removed_is_a_warning(lines: Lines) -> None:
    answer = wrote(SERVES, FILE_READ, left="krbcheck-probe-1")
    found = lines("backup.effective", sessions(session(answer)), GRANTED, directories(), GroupChanges(), HERE)
    assert sorted(found) == [LEFT, f"fine {SUBJECT}"]


def test_the_finding_names_what_was_denied(judged: Judged) -> None:
    tried = sessions(session(wrote(DENIES, FILE_DENIED)))
    (found,) = judged("backup.effective", tried, GRANTED, directories(), GroupChanges(), HERE)
    assert isinstance(found, Finding)
    assert found.values["found"] == (
        "the remote VSS agent denies access and backup intent does not open a file in AliceVMs that denies everyone"
    )
