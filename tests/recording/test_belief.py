"""What is too old, dated in the future, or from a vantage point that is not the recording's own does not count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from fixtures.scenarios import RECORDED, SCENARIOS, facts_of, site_of
from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.facts.observation import Extent, Facts, Gap, Observation, Observed, Unobserved
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging import judge, registry
from krbcheck.judging.verdict import Finding, Fine
from krbcheck.recording import encoding
from krbcheck.recording.belief import Age, believed, duration
from krbcheck.recording.encoding import Recording
from krbcheck.recording.merging import merge
from krbcheck.recording.observations import observations

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
AGE = Age(NOW)
HOUR = timedelta(hours=1)


def head(started: datetime, host: str = "hv01") -> Recording:
    return Recording(schema=2, krbcheck="0", host=host, started=started, seconds=60.0)


def answer(at: datetime, address: str, tenant: str = "alice", vantage: str = "") -> NameAnswer:
    seen = Observed(DnsAnswer("NOERROR", (address,)), "A of nas", at, vantage or tenant, of="10.77.0.10:53")
    return NameAnswer(tenant, "nas", "A", "10.77.0.10", seen)


def recorded(*answers: NameAnswer, tenant: str = "alice", host: str = "hv01") -> dict[type[Facts], Facts]:
    extents = (Extent(host, (tenant,)),)
    return {
        Vantages: Vantages((VantagePoint(tenant, host, "10.77.11.101"),)),
        NameAnswers: NameAnswers(forward=answers, extents=extents),
    }


def names(facts: Mapping[type[Facts], Facts]) -> NameAnswers:
    family = facts[NameAnswers]
    assert isinstance(family, NameAnswers)
    return family


@pytest.mark.parametrize(
    ("started", "most", "objection"),
    [
        (NOW - 23 * HOUR, AGE.most, ""),
        (NOW - 25 * HOUR, AGE.most, "the recording is 24 h old, more than --max-age 24 h"),
        (NOW - 73 * HOUR, AGE.most, "the recording is 3 days old, more than --max-age 24 h"),
        (NOW - 73 * HOUR, None, ""),
        (NOW + timedelta(minutes=4), AGE.most, ""),
        (NOW + timedelta(minutes=20), AGE.most, "the recording is dated 20 min in the future"),
        (NOW + timedelta(minutes=20), None, "the recording is dated 20 min in the future"),
        (NOW.replace(tzinfo=None), None, "the recording has times without a time zone"),
    ],
)
def test_a_recording_counts_while_it_is_current(started: datetime, most: timedelta | None, objection: str) -> None:
    made = believed(head(started), recorded(answer(started, "10.77.11.30")), Age(NOW, most))
    (record,) = names(made.facts).forward
    assert made.remarks == ((objection,) if objection else ())
    assert names(made.facts).lacks("alice") == objection
    assert isinstance(record.seen, Unobserved if objection else Observed)
    if isinstance(record.seen, Unobserved):
        assert (record.seen.gap, record.seen.detail) == (Gap.NOT_CURRENT, objection)
        assert record.seen.asked == "A of nas"


def test_an_old_answer_within_a_newer_recording_does_not_count() -> None:
    """Such as of a recording that krbcheck judge --save merged."""
    facts = recorded(answer(NOW - 30 * HOUR, "10.77.11.30"), answer(NOW - HOUR, "10.77.11.31"))
    made = believed(msgspec.structs.replace(head(NOW - 30 * HOUR), seconds=29 * 3600.0), facts, AGE)
    assert [type(entry.seen) for entry in names(made.facts).forward] == [Unobserved, Observed]
    assert made.remarks == ("the recording is 30 h old, more than --max-age 24 h",)


@pytest.mark.parametrize(
    "foreign",
    [answer(NOW, "10.77.12.66", tenant="bob"), answer(NOW, "10.77.12.66", tenant="bob", vantage="alice")],
)
def test_a_record_of_another_vantage_point_is_ignored_and_reported(foreign: NameAnswer) -> None:
    own = answer(NOW, "10.77.11.30")
    made = believed(head(NOW), recorded(own, foreign), AGE)
    assert names(made.facts).forward == (own,)
    assert made.remarks == ("1 record from bob ignored: not a vantage point of this recording",)


def test_a_tenants_file_does_not_overrule_what_another_tenants_hosts_saw() -> None:
    bob = recorded(answer(NOW - HOUR, "10.77.12.30", tenant="bob"), tenant="bob", host="hv02")
    alice = recorded(answer(NOW, "10.77.12.66", tenant="bob"))
    counted = [believed(head(NOW - HOUR, "hv02"), bob, AGE), believed(head(NOW), alice, AGE)]
    assert names(merge(entry.facts for entry in counted)).forward == names(bob).forward


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_record_of_a_collection_is_from_its_own_vantage_points(scenario: str) -> None:
    recording, facts = encoding.decode((RECORDED / scenario / "facts.json").read_bytes(), scenario)
    made = believed(recording, facts, Age(recording.started + HOUR))
    assert made.remarks == ()
    assert made.facts == facts


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_found_and_nothing_is_fine_by_an_old_recording(scenario: str) -> None:
    recording, _ = encoding.decode((RECORDED / scenario / "facts.json").read_bytes(), scenario)
    old = believed(recording, facts_of(scenario), Age(recording.started + 72 * HOUR)).facts
    for check in registry.load().values():
        if check.families:
            (made,) = judge.judge(site_of(scenario), old, [check])
            assert made.crash == ""
            assert [verdict for verdict in made.verdicts if isinstance(verdict, (Finding, Fine))] == [], check.id


def test_an_old_recording_reports_no_missing_secret() -> None:
    silence: Observation[DnsAnswer] = Unobserved(Gap.NO_CREDENTIALS, "no secret", "A of nas", NOW - 72 * HOUR, "alice")
    facts = recorded(NameAnswer("alice", "nas", "A", "10.77.0.10", silence))
    (seen,) = observations(names(believed(head(NOW - 72 * HOUR), facts, AGE).facts).forward)
    assert isinstance(seen, Unobserved)
    assert seen.gap is Gap.NOT_CURRENT


@pytest.mark.parametrize(
    ("length", "text"),
    [(timedelta(minutes=59), "59 min"), (47 * HOUR, "47 h"), (48 * HOUR, "2 days"), (timedelta(), "0 min")],
)
def test_a_duration_has_one_unit(length: timedelta, text: str) -> None:
    assert duration(length) == text
