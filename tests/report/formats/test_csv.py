"""A name that a tenant chose does nothing in a spreadsheet; for commands see tests/windows/test_quoting.py."""

from __future__ import annotations

import csv
import io

import pytest

from krbcheck.report.formats import csv as csv_form
from krbcheck.report.formats.csv import safe
from krbcheck.report.forms import Screen
from krbcheck.report.report import Report
from tests.support.traces import trace


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", " =1", "\t=1", "\r=1", "\uff1d1", "\n@x"])
def test_no_field_is_a_formula(text: str) -> None:
    assert safe(text).startswith("'")


def read(report: Report) -> list[dict[str, str]]:
    text = b"".join(csv_form.report(report, Screen())).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_each_verdict_is_a_line(bad_report: Report) -> None:
    lines = read(bad_report)
    with_none = [check.id for check in bad_report.checks if not check.verdicts]
    assert len(lines) == len(list(bad_report.verdicts())) + len(with_none)
    assert [line["check"] for line in lines if not line["verdict"]] == with_none == ["backup.path", "smb.one"]
    (duplicate,) = (line for line in lines if line["code"] == "spn.unique/duplicate")
    (finding,) = (entry for entry in bad_report.findings() if entry.code == "spn.unique/duplicate")
    assert (duplicate["verdict"], duplicate["severity"], duplicate["tenant"]) == ("finding", "error", "alice")
    assert (duplicate["id"], duplicate["expected"], duplicate["found"]) == (
        finding.id,
        "one owner",
        "VMSTORE$, OLDNAS$",
    )
    (lost,) = (line for line in lines if line["check"] == "ticket.tgt")
    assert (lost["verdict"], lost["outcome"]) == ("unknown", "unknown")
    assert lost["says"] == "no answer within 3 s"


def test_a_hostile_report_is_harmless_in_a_spreadsheet(hostile_report: Report) -> None:
    lines = read(hostile_report)
    assert len(lines) == 3
    assert all(value == "" or value.isprintable() for line in lines for value in line.values())


def test_a_trace_has_a_line_for_each_hop() -> None:
    text = b"".join(csv_form.trace(trace(answer="=HYPERLINK(1)"), Screen())).decode()
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [(line["kdc"], line["requested"], line["answer"]) for line in lines] == [
        ("dc1.vm.com", "cifs/v.t.com", "ticket"),
        ("dc1.vm.com", "cifs/v.t.com", "error"),
    ]
    assert lines[1]["says"] == "'=HYPERLINK(1)"
    assert {line["outcome"] for line in lines} == {"no-ticket"}
