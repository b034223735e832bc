"""The report as a value and as JSON: complete, bounded, the same whatever order things came in."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import jsonschema
import msgspec
import pytest

from krbcheck.cli.schemas import schema
from krbcheck.judging.judge import CheckReport
from krbcheck.report.formats.json import encode
from krbcheck.report.report import Report


@pytest.mark.parametrize("name", ["good_report", "bad_report", "hostile_report", "many_report"])
def test_the_json_keeps_its_schema_and_comes_back_as_it_was(name: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(name)
    data = encode(report)
    jsonschema.validate(json.loads(data), schema("report"))
    assert msgspec.json.decode(data, type=Report) == report


def test_the_json_has_the_names_that_programs_rely_on(bad_report: Report) -> None:
    said = json.loads(encode(bad_report))
    assert {"schema", "krbcheck", "site", "vantages", "started", "seconds", "checks", "totals"} <= set(said)
    assert (said["schema"], said["vantages"], said["started"]) == (2, ["alice", "bob"], "2026-11-22T03:00:00Z")
    numbers = {"passed": 9, "warned": 1, "failed": 2, "unknown": 2, "not-applicable": 1, "crashed": 1, "waived": 0}
    assert said["totals"] == numbers
    unique = next(entry for entry in said["checks"] if entry["id"] == "spn.unique")
    assert {"id", "title", "outcome", "seconds", "verdicts"} <= set(unique)
    finding = unique["verdicts"][0]
    keys = {"verdict", "code", "severity", "tenant", "subject", "says", "remedy", "values", "because"}
    assert keys <= set(finding)
    assert (finding["verdict"], finding["code"]) == ("finding", "spn.unique/duplicate")
    assert finding["values"]["accounts"] == ["VMSTORE$", "OLDNAS$"]


def test_the_json_of_hostile_text_steers_no_terminal(hostile_report: Report) -> None:
    text = encode(hostile_report).decode()
    assert all(entry == "\n" or entry.isprintable() for entry in text)
    assert len(text) < 5_000_000


def test_what_was_asked_is_counted_by_place(good_report: Report) -> None:
    alice, bob, carol, station = good_report.asked
    assert (alice.vantage, alice.hosts, alice.sources) == ("alice", ("station",), ("10.77.11.101",))
    assert (alice.questions, alice.unanswered, bob.questions) == (2, 1, 1)
    assert (carol.questions, carol.sources, carol.why[:8]) == (0, (), "this hos")
    assert (station.vantage, station.questions) == ("station", 1)


def test_order_of_arrival_changes_nothing(
    night: list[CheckReport], made: Callable[[list[CheckReport]], Report]
) -> None:
    shuffled = [
        msgspec.structs.replace(entry, verdicts=tuple(random.Random(7).sample(entry.verdicts, len(entry.verdicts))))
        for entry in random.Random(7).sample(night, len(night))
    ]
    assert encode(made(shuffled)) == encode(made(night))
