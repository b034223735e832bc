"""Sessions at the storage and its replies to NEGOTIATE, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.smb import (
    SessionKind,
    SmbNegotiated,
    SmbOneReply,
    SmbOneSpeech,
    SmbSession,
    SmbSetUp,
    SmbSpeech,
)

T = TypeVar("T")
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, BOBS = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
HOST = "alice-hv01$@VMLEVEL.COM"
DENIED, NO_SHARE, LOGON_FAILURE, MORE, NOT_SUPPORTED = 0xC0000022, 0xC00000CC, 0xC000006D, 0xC0000016, 0xC00000BB
WHERE = ("alice", PATH, "vmstore", "10.77.11.30")
SILENCE = Unobserved(Gap.TIMED_OUT, "no answer within 3 s", "asked", AT, "alice")
REFUSED = SmbSetUp(LOGON_FAILURE, dialect=0x311)


def said(value: T) -> Observed[T]:
    return Observed(value, "asked", AT, "alice")


def speech(answer: SmbNegotiated | None) -> SmbSpeech:
    return SmbSpeech(*WHERE, said(answer) if answer else SILENCE)


def one(answer: SmbOneReply | None) -> SmbOneSpeech:
    return SmbOneSpeech(*WHERE, said(answer) if answer else SILENCE)


def kerberos(seen: SmbSetUp | Unobserved, principal: str = HOST, realm: str = "TINTRI.COM") -> SmbSession:
    answer: Observation[SmbSetUp] = seen if isinstance(seen, Unobserved) else said(seen)
    return SmbSession("alice", principal, *WHERE[1:], SessionKind.KERBEROS, answer, realm)
