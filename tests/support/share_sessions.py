"""Sessions of a host of alice that connect to shares, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.smb import SessionKind, SmbSession, SmbSessions, SmbSetUp, TreeReply

AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, HOST = "vmstore-alice.tintri.com", "alice-hv01$@VMLEVEL.COM"
OWN, OTHERS = rf"{HOST} on \\{PATH}\AliceVMs", rf"{HOST} on \\{PATH}\BobVMs"


def of_alice(seen: SmbSetUp | Unobserved) -> SmbSessions:
    answer: Observation[SmbSetUp] = seen if isinstance(seen, Unobserved) else Observed(seen, "asked", AT, "alice")
    where = (PATH, "vmstore", "10.77.11.30")
    return SmbSessions((SmbSession("alice", HOST, *where, SessionKind.KERBEROS, answer),))


def session(*trees: TreeReply, flags: int = 0) -> SmbSetUp:
    return SmbSetUp(0, flags=flags, dialect=0x311, trees=trees)


SILENCE = Unobserved(Gap.NEEDS_OTHER, "no service ticket", "asked", AT, "alice")
