"""Kerberos rejects requests whose time differs by more than five minutes, so the clocks of all servers must agree.

A KDC reports its time in the KRB-ERROR that it returns to an AS-REQ without pre-authentication (this needs no
credential). The storage reports its time in the SMB2 NEGOTIATE response. krbcheck compares each time with the clock
of the host that sent the request. If all servers agree with each other but not with that host, the host's clock is
the wrong one, and krbcheck compares the servers with each other.

Evidence: the time of every KDC of every domain and of every storage; a clock that was not read is not determined.
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
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Unknown, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Site
from krbcheck.windows.common_steps import ELEVATED, ROOT
from krbcheck.windows.remedy import Remedy, RemedyStep, changes, looks, variants

MOST_SECONDS = 300
"""Maximum tolerance for computer clock synchronization: the domain policy's default (MS-KILE 3.1.1.2)."""
DRIFT_SECONDS = 60

FIRST = "on the PDC emulator, first make sure that its own source is right: all clocks of the domain follow it"
FOLLOWS = "not needed: the clock follows its source"


def _clock(*more: RemedyStep) -> Remedy:
    """The steps that set a clock by its source; `more` are steps for Windows alone."""
    return variants(
        "{subject}",
        windows=[
            looks(
                "w32tm /query /status /verbose",
                says="Read the time source",
                on="{subject}",
                shows="a source that is reached",
            ),
            changes(
                "w32tm /resync /rediscover",
                on="{subject}",
                needs=ELEVATED,
                undo_says=FOLLOWS,
                verify="w32tm /stripchart /computer:{subject} /samples:3 /dataonly",
                shows="a difference of less than a second",
                caution=FIRST,
            ),
            *more,
        ],
        samba=[
            looks(
                "chronyc sources",
                says="Read the time source; where chronyd does not run, that of the time service which does",
                on="{subject}",
                shows="a line that begins with ^*: the source that is used",
            ),
            changes(
                "chronyc makestep",
                on="{subject}",
                needs=ROOT,
                undo_says=FOLLOWS,
                caution=FIRST,
            ),
        ],
        vmstore=[
            changes(
                says="Settings: state the domain controllers of the storage as NTP servers",
                on="the VMstore user interface of {subject}",
                undo_says="state the old NTP servers again",
            ),
        ],
    )


SKEWED = Problem(
    "skewed",
    Severity.ERROR,
    says="The clock of {subject} is {found}, which exceeds the five minutes that Kerberos tolerates",
    remedy=_clock(
        changes(
            "w32tm /config /syncfromflags:domhier /update",
            says="Only if the source is not a domain controller, on a member of a domain",
            on="{subject}",
            needs=ELEVATED,
            undo_says="w32tm /config with the old type and peers of the query",
        ),
    ),
    means="Authenticators and tickets contain times. If the difference exceeds the tolerance of the "
    "domain, KDCs return KRB_AP_ERR_SKEW (37), and the storage rejects sessions with "
    "STATUS_TIME_DIFFERENCE_AT_DC.",
    explains=[
        explains("ticket.tgt/clock", same="controller"),
        explains(
            "trust.ticket/controllers-differ", "trust.ticket/not-accepted", same="controller", where={"error": "37"}
        ),
        explains(
            "policy.client-search",
            "policy.kdc-search",
            "policy.controllers",
            "spn.exists",
            "spn.owner",
            "spn.unique",
            same="controller",
        ),
        explains("smb.session/rejected", same="storage", where={"reason": "clock"}),
    ],
)
DRIFTING = Problem(
    "drifting",
    Severity.WARNING,
    says="The clock of {subject} is {found}; Kerberos fails when the difference exceeds five minutes",
    remedy=_clock(),
    means="A synchronized clock stays within a second. A difference of more than a minute means that the "
    "clock is not synchronized.",
)


@dataclass(frozen=True)
class Reading:
    """`off` is how far a clock is ahead of that of `host`, which asked, in seconds."""

    subject: str
    host: str
    off: float
    seen: Observed[Any]


def _off(answers: datetime, seen: Observed[Any]) -> float:
    """Servers tell whole seconds, somewhere between question and answer: what lies within is no difference."""
    raw = (answers - seen.at) / timedelta(seconds=1)
    low, high = -1.0, seen.seconds + 0.5
    return 0.0 if low <= raw <= high else raw


def _clocks(replies: KdcReplies, speeches: SmbSpeeches) -> Iterator[tuple[str, Observation[Any], datetime | None]]:
    """Whose clock, what was seen, and the time that it told."""
    for entry in replies.replies:
        reply = entry.seen.value if isinstance(entry.seen, Observed) else None
        yield entry.host, entry.seen, reply.stime if isinstance(reply, KrbError) else None
    for speech in speeches.speeches:
        yield speech.storage, speech.seen, speech.seen.value.system_time if isinstance(speech.seen, Observed) else None


def _common(readings: list[Reading]) -> float:
    """How far all clocks are ahead of the host's, if they agree with each other and not with it."""
    offs = [reading.off for reading in readings]
    agree = len({reading.subject for reading in readings}) > 1 and max(offs) - min(offs) <= DRIFT_SECONDS
    return median(offs) if agree and abs(median(offs)) > DRIFT_SECONDS else 0.0


def words(off: float) -> str:
    """How far, in words a person reads."""
    minutes, seconds = divmod(round(abs(off)), 60)
    far = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return f"{far} {'ahead' if off > 0 else 'behind'}"


def _verdict(subject: str, off: float, *seen: Observation[Any], kind: str = "controller") -> Verdict:
    expected = f"within {DRIFT_SECONDS} s of the other clocks"
    if abs(off) > MOST_SECONDS:
        return labelled(SKEWED(subject, *seen, expected=expected, found=words(off)), **{kind: subject})
    if abs(off) > DRIFT_SECONDS:
        return labelled(DRIFTING(subject, *seen, expected=expected, found=words(off)), **{kind: subject})
    return fine(subject, *seen)


@check(
    id="time.skew",
    title="All clocks agree",
    tells="The time difference between the KDCs, the storages and the hosts that run krbcheck.",
    problems=[SKEWED, DRIFTING],
    refs=["RFC 4120 5.9.1 (stime)", "MS-SMB2 2.2.4 (SystemTime)", "KB 837361 (SkewTime)"],
)
def time_skew(site: Site, replies: KdcReplies, speeches: SmbSpeeches, vantages: Vantages) -> Iterator[Verdict]:
    asking = {point.tenant: point.host for point in vantages.points if point.source}
    by_host: dict[str, list[Reading]] = {}
    silent: dict[str, Observation[Any]] = {}
    for subject, seen, answers in _clocks(replies, speeches):
        if isinstance(seen, Observed) and answers is not None:
            host = asking.get(seen.vantage, seen.vantage)
            by_host.setdefault(host, []).append(Reading(subject, host, _off(answers, seen), seen))
        else:
            silent.setdefault(subject, seen)
    nearest: dict[str, tuple[float, Reading]] = {}
    storages = {storage.name for storage in site.storages}
    for host, readings in by_host.items():
        common = _common(readings)
        if common:
            yield _verdict(host, -common, *(entry.seen for entry in readings), kind="host")
        for entry in readings:
            off = entry.off - common
            if entry.subject not in nearest or abs(off) < abs(nearest[entry.subject][0]):
                nearest[entry.subject] = (off, entry)
    for subject, (off, reading) in nearest.items():
        yield _verdict(subject, off, reading.seen, kind="storage" if subject in storages else "controller")
    for subject, seen in silent.items():
        if subject not in nearest:
            yield unknown(
                subject, seen, says="" if isinstance(seen, Unobserved) else f"{subject} does not report its time"
            )
    yield from _not_queried(site, replies, speeches)


def _not_queried(site: Site, replies: KdcReplies, speeches: SmbSpeeches) -> Iterator[Unknown]:
    """The domains and storages of the site file of which no server was queried for its time."""
    queried = {reply.domain for reply in replies.replies}
    for domain in site.domains:
        if domain.name not in queried:
            yield unknown(domain.name, says=f"no KDC of {domain.name} was queried for its time")
    reached = {speech.storage for speech in speeches.speeches}
    for name in dict.fromkeys(path.storage for _, path in site.paths()):
        if name not in reached:
            yield unknown(name, says=f"no data path of {name} was queried for its time")
