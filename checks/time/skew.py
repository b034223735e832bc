"""Kerberos refuses what is older or newer than five minutes, so every clock on the way has to agree.

The KDCs tell their time in the KRB-ERROR that any AS-REQ without pre-authentication draws (no credential is used), the
storage tells its own in the answer to the SMB2 NEGOTIATE. Each is held against this host's clock at that moment. Where
all of them agree with one another and not with this host, it is this host that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from krbcheck.facts.kerberos import KdcReplies, KrbError
from krbcheck.facts.storage import SmbSpeeches
from krbcheck.model import Observation, Observed, Problem, Severity, Unobserved, Verdict, check, fine, unknown

MOST_SECONDS = 300
"""Maximum tolerance for computer clock synchronization: the domain policy's default (MS-KILE 3.1.1.2)."""
DRIFT_SECONDS = 60

SKEWED = Problem(
    "skewed",
    Severity.ERROR,
    says="The clock of {subject} is {found}; Kerberos tolerates five minutes",
    remedy="On {subject}: w32tm /config /syncfromflags:domhier /update && w32tm /resync /rediscover "
    "(a storage: its NTP setting; a PDC emulator: w32tm /config /manualpeerlist:NTPSERVER /syncfromflags:manual)",
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
    """`off` is how far a clock is ahead of the asking host's, in seconds."""

    subject: str
    off: float
    seen: Observed[object]


def _off(told: object, seen: Observed[object]) -> float:
    """Servers tell whole seconds, somewhere between question and answer: what lies within is no difference."""
    raw = (told - seen.at) / timedelta(seconds=1)  # type: ignore[operator]
    low, high = -1.0, seen.seconds + 0.5
    return 0.0 if low <= raw <= high else float(raw)


def readings(replies: KdcReplies, speeches: SmbSpeeches) -> Iterator[Reading | tuple[str, Unobserved | str]]:
    for one in replies.replies:
        match one.seen:
            case Observed(value=KrbError(stime=stime)) if stime is not None:
                yield Reading(one.host, _off(stime, one.seen), one.seen)
            case Unobserved():
                yield one.host, one.seen
    for speech in speeches.speeches:
        subject = f"{speech.storage} ({speech.path})"
        match speech.seen:
            case Observed(value=value) if value.system_time is not None:
                yield Reading(subject, _off(value.system_time, speech.seen), speech.seen)
            case Observed():
                yield subject, f"{subject} does not tell its time"
            case Unobserved():
                yield subject, speech.seen


def words(off: float) -> str:
    """How far, in words a person reads."""
    minutes, seconds = divmod(round(abs(off)), 60)
    far = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return f"{far} {'ahead' if off > 0 else 'behind'}"


def _verdict(subject: str, off: float, *seen: Observation[object]) -> Verdict:
    expected = f"within {DRIFT_SECONDS} s of this host's clock"
    if abs(off) > MOST_SECONDS:
        return SKEWED(subject, *seen, expected=expected, found=words(off))
    if abs(off) > DRIFT_SECONDS:
        return DRIFTING(subject, *seen, expected=expected, found=words(off))
    return fine(subject, *seen)


@check(
    id="time.skew",
    title="All clocks agree",
    tells="How far each KDC's, each storage's and this host's clock are apart.",
    problems=[SKEWED, DRIFTING],
    refs=["RFC 4120 5.9.1 (stime)", "MS-SMB2 2.2.4 (SystemTime)", "KB 837361 (SkewTime)"],
)
def time_skew(replies: KdcReplies, speeches: SmbSpeeches) -> Iterator[Verdict]:
    told: dict[str, Reading] = {}
    silent: dict[str, Unobserved | str] = {}
    for one in readings(replies, speeches):
        if isinstance(one, Reading):
            told.setdefault(one.subject, one)
        else:
            silent.setdefault(*one)
    offs = [one.off for one in told.values()]
    common = median(offs) if len(offs) > 1 and max(offs) - min(offs) <= DRIFT_SECONDS else 0.0
    if abs(common) > DRIFT_SECONDS:
        yield _verdict("this host", -common, *(one.seen for one in told.values()))
    else:
        for one in told.values():
            yield _verdict(one.subject, one.off, one.seen)
    for subject, why in silent.items():
        if subject not in told:
            yield unknown(subject, why)
