"""Kerberos refuses what is older or newer than five minutes, so every clock on the way has to agree.

The KDCs tell their time in the KRB-ERROR that any AS-REQ without pre-authentication draws (no credential is used), the
storage tells its own in the answer to the SMB2 NEGOTIATE. Each is held against the clock of the host that asked, at
that moment. Where all of them agree with one another and not with that host, it is the host that is wrong, and they
are held against each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from krbcheck.facts.kerberos import KdcReplies, KrbError
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.facts.smb import SmbSpeeches
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown

MOST_SECONDS = 300
"""Maximum tolerance for computer clock synchronization: the domain policy's default (MS-KILE 3.1.1.2)."""
DRIFT_SECONDS = 60

SKEWED = Problem(
    "skewed",
    Severity.ERROR,
    says="The clock of {subject} is {found}; Kerberos tolerates five minutes",
    remedy="On {subject}: w32tm /config /syncfromflags:domhier /update && w32tm /resync /rediscover "
    "(a storage: its NTP setting; a PDC emulator: w32tm /config /manualpeerlist:NTPSERVER /syncfromflags:manual; a "
    "Linux host: chronyc makestep)",
    means="Authenticators and tickets carry times. Beyond the domain's tolerance every exchange with this clock is "
    "refused with KRB_AP_ERR_SKEW (37), or the storage refuses sessions with STATUS_TIME_DIFFERENCE_AT_DC.",
)
DRIFTING = Problem(
    "drifting",
    Severity.WARNING,
    says="The clock of {subject} is {found}; it still works, and is on its way out",
    remedy="On {subject}: w32tm /query /status /verbose shows its source; w32tm /resync /rediscover",
    means="A clock that follows its source stays within a second. One that is a minute off follows nothing.",
)


@dataclass(frozen=True)
class Reading:
    """`off` is how far a clock is ahead of that of `host`, which asked, in seconds."""

    subject: str
    host: str
    off: float
    seen: Observed[Any]


def _off(told: datetime, seen: Observed[Any]) -> float:
    """Servers tell whole seconds, somewhere between question and answer: what lies within is no difference."""
    raw = (told - seen.at) / timedelta(seconds=1)
    low, high = -1.0, seen.seconds + 0.5
    return 0.0 if low <= raw <= high else raw


def _told(replies: KdcReplies, speeches: SmbSpeeches) -> Iterator[tuple[str, Observation[Any], datetime | None]]:
    """Whose clock, what was seen, and the time that it told."""
    for one in replies.replies:
        reply = one.seen.value if isinstance(one.seen, Observed) else None
        yield one.host, one.seen, reply.stime if isinstance(reply, KrbError) else None
    for speech in speeches.speeches:
        yield speech.storage, speech.seen, speech.seen.value.system_time if isinstance(speech.seen, Observed) else None


def _common(readings: list[Reading]) -> float:
    """How far all clocks are ahead of the host's, if they agree with each other and not with it."""
    offs = [one.off for one in readings]
    agree = len({one.subject for one in readings}) > 1 and max(offs) - min(offs) <= DRIFT_SECONDS
    return median(offs) if agree and abs(median(offs)) > DRIFT_SECONDS else 0.0


def words(off: float) -> str:
    """How far, in words a person reads."""
    minutes, seconds = divmod(round(abs(off)), 60)
    far = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return f"{far} {'ahead' if off > 0 else 'behind'}"


def _verdict(subject: str, off: float, *seen: Observation[Any]) -> Verdict:
    expected = f"within {DRIFT_SECONDS} s of the other clocks"
    if abs(off) > MOST_SECONDS:
        return SKEWED(subject, *seen, expected=expected, found=words(off))
    if abs(off) > DRIFT_SECONDS:
        return DRIFTING(subject, *seen, expected=expected, found=words(off))
    return fine(subject, *seen)


@check(
    id="time.skew",
    title="All clocks agree",
    tells="How far each KDC's, each storage's and the asking hosts' clocks are apart.",
    problems=[SKEWED, DRIFTING],
    refs=["RFC 4120 5.9.1 (stime)", "MS-SMB2 2.2.4 (SystemTime)", "KB 837361 (SkewTime)"],
)
def time_skew(replies: KdcReplies, speeches: SmbSpeeches, vantages: Vantages) -> Iterator[Verdict]:
    asking = {point.tenant: point.host for point in vantages.points if point.source}
    by_host: dict[str, list[Reading]] = {}
    silent: dict[str, Observation[Any]] = {}
    for subject, seen, told in _told(replies, speeches):
        if isinstance(seen, Observed) and told is not None:
            host = asking.get(seen.vantage, seen.vantage)
            by_host.setdefault(host, []).append(Reading(subject, host, _off(told, seen), seen))
        else:
            silent.setdefault(subject, seen)
    nearest: dict[str, tuple[float, Reading]] = {}
    for host, readings in by_host.items():
        common = _common(readings)
        if common:
            yield _verdict(host, -common, *(one.seen for one in readings))
        for one in readings:
            off = one.off - common
            if one.subject not in nearest or abs(off) < abs(nearest[one.subject][0]):
                nearest[one.subject] = (off, one)
    for subject, (off, reading) in nearest.items():
        yield _verdict(subject, off, reading.seen)
    for subject, seen in silent.items():
        if subject not in nearest:
            yield unknown(
                subject, seen, says="" if isinstance(seen, Unobserved) else f"{subject} does not tell its time"
            )
