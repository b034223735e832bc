"""A run in which nobody answered is not good, and the report says what was not reached."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from krbcheck.cli.exits import FailOn, Status
from krbcheck.cli.results import status_of
from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.facts.observation import Facts, Gap, Observation, Observed, Unobserved
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.verdict import Fine
from krbcheck.report.report import Report, assemble
from krbcheck.report.report_page import is_good
from tests.support.reports import SITE, checked

AT = datetime(2026, 11, 25, tzinfo=UTC)
HERE = Vantages((VantagePoint("alice", "station", "10.77.11.101"),))
AWAY = Vantages((VantagePoint("alice", "station", "", "this host has no address in 10.77.11.0/24"),))
ANSWERED = Observed(DnsAnswer("NXDOMAIN"), "A of nas", AT, "alice", of="10.77.0.10:53")


def silent(of: str, gap: Gap = Gap.TIMED_OUT) -> Unobserved:
    return Unobserved(gap, "no response within 3 s", "A of nas", AT, "alice", of=of)


def report(vantages: Vantages, *seen: Observation[DnsAnswer], checks: tuple[CheckReport, ...] = ()) -> Report:
    names = NameAnswers(tuple(NameAnswer("alice", "nas", "A", "10.77.0.10", entry) for entry in seen))
    facts: dict[type[Facts], Facts] = {Vantages: vantages, NameAnswers: names}
    return assemble(SITE, checks, facts, started=AT, seconds=1.0)


@pytest.mark.parametrize(
    ("vantages", "seen", "clause"),
    [
        (HERE, [ANSWERED], ""),
        (HERE, [ANSWERED, silent("10.77.0.11:53")], ""),
        (HERE, [silent("10.77.0.10:53")], "the only query was not answered (10.77.0.10 port 53)"),
        (
            HERE,
            [silent(f"10.77.0.1{n}:53") for n in range(5)],
            "none of 5 queries was answered (10.77.0.10 port 53, 10.77.0.11 port 53, 10.77.0.12 port 53 and 2 more)",
        ),
        (HERE, [silent("", Gap.NO_CREDENTIALS)], "nothing was queried: no response within 3 s"),
        (AWAY, [], "nothing was queried: this host has no address in 10.77.11.0/24"),
    ],
)
def test_what_was_not_reached(vantages: Vantages, seen: list[Observation[DnsAnswer]], clause: str) -> None:
    made = report(vantages, *seen)
    assert made.unreached == clause
    assert is_good(made) is not bool(clause)
    assert status_of(made, FailOn.ERROR) is (Status.UNKNOWN if clause else Status.GOOD)


def test_a_run_for_which_nothing_is_to_be_queried_can_be_good() -> None:
    checks = [checked("backup.path", "Every data path is a name", Fine("vmstore-alice.tintri.com"))]
    made = assemble(SITE, checks, {Vantages: AWAY}, started=AT, seconds=0.0)
    assert made.unreached == ""
    assert status_of(made, FailOn.ERROR) is Status.GOOD
