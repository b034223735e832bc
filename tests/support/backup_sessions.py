"""Sessions of accounts that back up, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.facts.backup_sessions import (
    GET_SUPPORTED_VERSION,
    PIPE,
    BackupReply,
    BackupSession,
    BackupSessions,
    PathSupport,
    RemoteVss,
    RootOpen,
    WriteProbe,
)
from krbcheck.facts.observation import Observation, Observed, Unobserved

AT = datetime(2026, 1, 1, 14, 30, tzinfo=UTC)
LOGON = datetime(2026, 1, 1, 9, 10, tzinfo=UTC)
DENIED, NOT_FOUND, E_ACCESSDENIED, NOT_SUPPORTED = 0xC0000022, 0xC0000034, 0x80070005, 0x8004230C
SERVES = RemoteVss("", 0, 1, 1, (PathSupport("AliceVMs", 0, True, "VMSTORE"),))
DENIES = RemoteVss(GET_SUPPORTED_VERSION, E_ACCESSDENIED)
ABSENT = RemoteVss(PIPE, NOT_FOUND)
OPENS = RootOpen("AliceVMs", 0, 0, 0)
BY_RIGHT = RootOpen("AliceVMs", 0, DENIED, 0)
CLOSED = RootOpen("AliceVMs", 0, DENIED, DENIED)


def reply(vss: RemoteVss, *opens: RootOpen) -> BackupReply:
    return BackupReply(vss=vss, opens=opens or (OPENS,))


def wrote(vss: RemoteVss, read: tuple[int, int] | None, left: str = "") -> BackupReply:
    """With a file that denies everyone: `read` are the statuses without and with backup intent; None for no file."""
    made = WriteProbe("AliceVMs", left or "krbcheck-probe-1", "create folder", DENIED)
    if read is not None:
        made = WriteProbe("AliceVMs", made.folder, applied=True, plain=read[0], backup=read[1], left=left)
    return BackupReply(vss=vss, opens=(OPENS,), write=made)


def session(
    answer: BackupReply | Unobserved,
    principal: str = "alice-hv01$@VMLEVEL.COM",
    *,
    cached: bool = False,
    path: str = "vmstore-alice.tintri.com",
) -> BackupSession:
    seen: Observation[BackupReply] = (
        answer if isinstance(answer, Unobserved) else Observed(answer, f"backup session of {principal}", AT, "alice")
    )
    return BackupSession("alice", principal, path, "vmstore", "10.77.11.30", seen, cached, LOGON, LOGON)


def sessions(*entries: BackupSession) -> BackupSessions:
    return BackupSessions(entries)
