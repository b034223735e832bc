"""Clocks: whose is wrong, by how much, and what rounding and the network's time are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from krbcheck.facts.kerberos import KdcReplies, KdcReply, KrbError
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.facts.smb import SmbNegotiated, SmbSpeech, SmbSpeeches
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging.verdict import Finding, Verdict
from tests.support.remedies import text

NOON = datetime(2026, 7, 3, 12, tzinfo=UTC)
Lines = Callable[..., list[str]]
NOT_QUERIED = ("unknown - tintri.com",)


def kdc(host: str, off: float, *, asked_from: str = "station") -> KdcReply:
    error = KrbError(6, (NOON + timedelta(seconds=off)).replace(microsecond=0))
    return KdcReply("vmlevel.com", host, "10.77.0.10", Observed(error, f"AS-REQ to {host}", NOON, asked_from, 0.01))


def silent(host: str, *, asked_from: str = "station") -> KdcReply:
    seen = Unobserved(Gap.TIMED_OUT, "no answer within 2 s", f"AS-REQ to {host}", NOON, asked_from)
    return KdcReply("vmlevel.com", host, "10.77.0.10", seen)


def speech(off: float | None, *, tenant: str = "alice", storage: str = "vmstore") -> SmbSpeech:
    reply = None if off is None else NOON + timedelta(seconds=off)
    seen = Observed(SmbNegotiated(0, 0x311, system_time=reply), "NEGOTIATE", NOON, tenant, 0.01)
    return SmbSpeech(tenant, f"{storage}-{tenant}.tintri.com", storage, "10.77.11.30", seen)


def told(*replies: KdcReply, smb: tuple[SmbSpeech, ...] = ()) -> tuple[KdcReplies, SmbSpeeches]:
    return KdcReplies(replies), SmbSpeeches(smb)


def seen(lines: list[str]) -> list[str]:
    """The lines about what was queried; `NOT_QUERIED` are the site's other domains and storages."""
    return [line.replace(" - ", " ") for line in lines if not line.endswith(NOT_QUERIED)]


CASES = [
    pytest.param((kdc("dc1", 0), kdc("dc2", 3)), (speech(-2),), ["fine dc1", "fine dc2", "fine vmstore"], id="healthy"),
    pytest.param(
        (kdc("dc1", 600), kdc("dc2", 0)),
        (speech(0),),
        ["fine dc2", "fine vmstore", "time.skew/skewed dc1"],
        id="a-kdc-ten-minutes-ahead",
    ),
    pytest.param(
        (kdc("dc1", 0), kdc("dc2", -301)), (), ["fine dc1", "time.skew/skewed dc2", "unknown vmstore"], id="behind"
    ),
    pytest.param(
        (kdc("dc1", 0), kdc("dc2", 300)),
        (),
        ["fine dc1", "time.skew/drifting dc2", "unknown vmstore"],
        id="at-the-limit",
    ),
    pytest.param(
        (kdc("dc1", 0), kdc("dc2", 61)),
        (),
        ["fine dc1", "time.skew/drifting dc2", "unknown vmstore"],
        id="a-minute-off",
    ),
    pytest.param(
        (kdc("dc1", 0), kdc("dc2", 60)), (), ["fine dc1", "fine dc2", "unknown vmstore"], id="almost-a-minute-off"
    ),
    pytest.param(
        (kdc("dc1", 0), kdc("dc2", 0)),
        (speech(400), speech(400, tenant="bob")),
        ["fine dc1", "fine dc2", "time.skew/skewed vmstore"],
        id="a-storage-is-told-once-however-many-paths-it-has",
    ),
    pytest.param(
        (kdc("dc1", 600), kdc("dc2", 602)),
        (speech(600),),
        ["fine dc1", "fine dc2", "fine vmstore", "time.skew/skewed station"],
        id="all-agree-but-this-host",
    ),
    pytest.param(
        (kdc("dc1", -90), kdc("dc2", -91)),
        (),
        ["fine dc1", "fine dc2", "time.skew/drifting station", "unknown vmstore"],
        id="we-drift",
    ),
    pytest.param(
        (kdc("dc1", 600),), (), ["time.skew/skewed dc1", "unknown vmstore"], id="one-against-one-is-the-servers"
    ),
    pytest.param(
        (kdc("dc1", 0), silent("dc2")), (speech(None),), ["fine dc1", "unknown dc2", "unknown vmstore"], id="silence"
    ),
    pytest.param((), (), ["unknown vmlevel.com", "unknown vmstore"], id="nothing-was-queried"),
]


@pytest.mark.parametrize(("replies", "smb", "expected"), CASES)
def test_whose_clock_is_wrong(
    lines: Lines, replies: tuple[KdcReply, ...], smb: tuple[SmbSpeech, ...], expected: list[str]
) -> None:
    assert seen(lines("time.skew", *told(*replies, smb=smb))) == expected


@pytest.mark.parametrize(
    ("at", "seconds", "stime"),
    [
        pytest.param("12:00:00.990", 0.02, "12:00:00", id="the-part-of-a-second-is-cut-off"),
        pytest.param("12:00:00.990", 0.02, "12:00:01", id="a-second-begins-in-between"),
        pytest.param("12:00:00.100", 1.9, "12:00:02", id="the-answer-takes-long"),
    ],
)
def test_rounding_is_no_difference(judged: Callable[..., list[Verdict]], at: str, seconds: float, stime: str) -> None:
    def moment(text: str) -> datetime:
        return datetime.fromisoformat(f"2026-07-03T{text}+00:00")

    many = [
        KdcReply("d", f"dc{number}", "10.0.0.1", Observed(KrbError(6, moment(stime)), "q", moment(at), "x", seconds))
        for number in range(2)
    ]
    clocks = [entry for entry in judged("time.skew", *told(*many)) if entry.subject.startswith("dc")]
    assert [type(clock).__name__ for clock in clocks] == ["Fine", "Fine"]


def test_the_finding_says_how_far_in_words(judged: Callable[..., list[Verdict]]) -> None:
    found = [
        entry for entry in judged("time.skew", *told(kdc("dc1", 605), kdc("dc2", 0))) if isinstance(entry, Finding)
    ]
    assert [(entry.subject, entry.values["found"]) for entry in found] == [("dc1", "10 min 5 s ahead")]
    assert "w32tm" in text(found[0])


def test_the_same_clock_seen_from_two_hosts_is_judged_once(lines: Lines) -> None:
    both = told(
        kdc("dc1", 600, asked_from="hv01"),
        kdc("dc2", 0, asked_from="hv01"),
        kdc("dc1", 600, asked_from="hv02"),
        silent("dc2", asked_from="hv02"),
    )
    assert seen(lines("time.skew", *both)) == ["fine dc2", "time.skew/skewed dc1", "unknown vmstore"]


def test_a_wrong_clock_of_one_asking_host_is_not_the_servers_fault(lines: Lines) -> None:
    both = told(
        *(kdc(host, 600, asked_from="hv01") for host in ("dc1", "dc2")),
        *(kdc(host, 0, asked_from="hv02") for host in ("dc1", "dc2")),
        smb=(speech(600), speech(0, tenant="bob")),
    )
    points = Vantages((VantagePoint("alice", "hv01", "10.77.11.101"), VantagePoint("bob", "hv02", "10.77.12.101")))
    assert seen(lines("time.skew", *both, points)) == ["fine dc1", "fine dc2", "fine vmstore", "time.skew/skewed hv01"]


def test_a_domain_and_a_storage_that_nobody_queried_are_not_determined(lines: Lines) -> None:
    assert lines("time.skew", *told(kdc("dc1", 0))) == ["fine - dc1", "unknown - tintri.com", "unknown - vmstore"]
