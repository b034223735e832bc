"""Reports are read back as they were written, those of schema 1 too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from krbcheck.judging.verdict import Finding, Unknown
from krbcheck.report.formats.json import encode
from krbcheck.report.reading import BadReport, read_report
from krbcheck.report.report import SCHEMA, Report, with_ids

OLD = Path(__file__).parent / "schema-1" / "controller-drops.json"


@pytest.mark.parametrize("name", ["good_report", "bad_report", "hostile_report", "many_report"])
def test_a_report_comes_back_as_it_was(name: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(name)
    assert read_report(encode(report), "report.json") == report


def test_a_report_of_schema_1_is_read() -> None:
    old = json.loads(OLD.read_text())
    report = read_report(OLD.read_bytes(), OLD.name)
    assert (old["schema"], report.schema) == (1, SCHEMA)
    before = [verdict for check in old["checks"] for verdict in check["verdicts"]]
    after = [verdict for _, verdict in report.verdicts()]
    assert [verdict["subject"] for verdict in before] == [verdict.subject for verdict in after]
    assert [verdict["because"] for verdict in before] == [[reason.line for reason in entry.because] for entry in after]
    (finding,) = report.findings()[:1]
    assert (finding.code, finding.subject) == ("dns.locator/dead-controller", "vmdc2.vmlevel.com")
    assert finding.id.startswith("dead-controller-")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "cut off, or not a report"),
        (b"[" * 100_000, "cut off, or not a report"),
        (b"[]", "not a report; "),
        (b'{"schema": 2, "families": {}}', "not a report; "),
        (b'{"schema": 3, "krbcheck": "7.0", "checks": []}', "written by krbcheck 7.0 in schema 3; "),
        (b'{"schema": [], "checks": []}', "in schema []; "),
        (b'{"schema": 2, "checks": 1}', "damaged: "),
        (b'{"schema": 1, "checks": [1]}', "damaged: "),
        (b'{"schema": 1, "checks": [{"verdicts": [{"because": 1}]}]}', "damaged: "),
    ],
)
def test_what_is_no_report_is_named_in_one_line(data: bytes, words: str) -> None:
    with pytest.raises(BadReport, match=r"^r\.json: ") as bad:
        read_report(data, "r.json")
    assert words in str(bad.value)
    assert "\n" not in str(bad.value)


def test_ids_rest_on_code_subject_and_tenant(bad_report: Report) -> None:
    """Not on the words, the evidence or the time: a later run that finds the same has the same id."""
    changed = [
        {**check, "verdicts": [_reworded(verdict) for verdict in check["verdicts"]]}
        for check in json.loads(encode(bad_report))["checks"]
    ]
    later = json.loads(encode(bad_report)) | {"checks": changed, "started": "2027-01-01T00:00:00Z"}
    again = read_report(json.dumps(later).encode(), "later")
    ids = [finding.id for finding in bad_report.findings()]
    assert [finding.id for finding in again.findings()] == ids
    assert len(set(ids)) == len(ids)
    assert all(ids)


def _reworded(verdict: dict[str, Any]) -> dict[str, Any]:
    return {**verdict, "because": []} | ({"says": "other words"} if "says" in verdict else {})


def test_what_is_not_determined_names_its_question(bad_report: Report) -> None:
    (lost,) = (verdict for _, verdict in bad_report.verdicts() if isinstance(verdict, Unknown) and verdict.unanswered)
    said = json.loads(encode(bad_report))
    (written,) = (
        verdict["unanswered"]
        for check in said["checks"]
        for verdict in check["verdicts"]
        if verdict["verdict"] == "unknown" and verdict["unanswered"]
    )
    assert lost.subject == "alice-hv01$@VMLEVEL.COM at vmdc2"
    assert written == {
        "gap": "timed-out",
        "asked": "AS-REQ to vmdc2",
        "server": "10.77.0.11",
        "port": 88,
        "from": "alice",
    }


def test_the_same_finding_twice_has_two_ids(many_report: Report) -> None:
    findings = many_report.findings()
    assert len({finding.id for finding in findings}) == len(findings)
    twice = many_report.checks[0]
    same = tuple(Finding(entry.code, entry.severity, "s", entry.says, entry.remedy) for entry in findings[:3])
    (made,) = with_ids([type(twice)(twice.id, twice.title, twice.outcome, 0.0, same)])
    ids = [verdict.id for verdict in made.verdicts if isinstance(verdict, Finding)]
    assert ids[1:] == [f"{ids[0]}-2", f"{ids[0]}-3"]
