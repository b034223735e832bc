"""Replies to NEGOTIATE for each dialect, and sessions, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.smb import (
    SessionKind,
    SmbNegotiated,
    SmbSession,
    SmbSetUp,
    TreeReply,
)
from krbcheck.facts.smb_features import (
    DialectAnswer,
    DialectReplies,
    SmbDialects,
)

T = TypeVar("T")
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, BOBS = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
HOST = "alice-hv01$@VMLEVEL.COM"
UNC = rf"\\{PATH}\AliceVMs"
DENIED, LOGON_FAILURE, NOT_SUPPORTED, INVALID_REQUEST = 0xC0000022, 0xC000006D, 0xC00000BB, 0xC0000010
ENABLED, REQUIRED = 1, 2
SILENCE = Unobserved(Gap.TIMED_OUT, "no answer within 3 s", "asked", AT, "alice")


def said(value: T | Unobserved) -> Observation[T]:
    return value if isinstance(value, Unobserved) else Observed(value, "asked", AT, "alice")


def spoken(*replies: SmbNegotiated) -> SmbDialects:
    return SmbDialects((DialectAnswer("alice", PATH, "vmstore", "10.77.11.30", said(DialectReplies(replies))),))


def reply(dialect: int = 0x311, mode: int = ENABLED | REQUIRED, **more: object) -> SmbNegotiated:
    return msgspec.structs.replace(SmbNegotiated(0, dialect, mode, server_guid="one"), **more)


REFUSED = SmbNegotiated(NOT_SUPPORTED)
SILENT = SmbDialects((DialectAnswer("alice", PATH, "vmstore", "10.77.11.30", SILENCE),))


def session(seen: SmbSetUp | Unobserved, principal: str = HOST, kind: SessionKind = SessionKind.KERBEROS) -> SmbSession:
    return SmbSession("alice", principal, PATH, "vmstore", "10.77.11.30", kind, said(seen))


def set_up(*trees: TreeReply, flags: int = 0) -> SmbSetUp:
    return SmbSetUp(0, flags=flags, dialect=0x311, trees=trees)


def tree(flags: int = 0, status: int = 0, capabilities: int = 0) -> TreeReply:
    return TreeReply("AliceVMs", status, share_flags=flags, capabilities=capabilities)
