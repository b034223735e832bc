"""A waived finding is shown as such in every format, and counts in none."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from xml.etree import ElementTree

import jsonschema
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from krbcheck.cli.exits import FailOn, Status
from krbcheck.cli.results import status_of
from krbcheck.cli.schemas import schema
from krbcheck.judging.verdict import Outcome
from krbcheck.judging.waivers import WaiverState
from krbcheck.report.forms import Screen, rendered
from krbcheck.report.report import Report, assemble
from krbcheck.site.waivers import Waiver
from tests.support.reports import AT, SITE, bad_night, checked, facts

UNTIL = date(2027, 3, 31)
DUPLICATE = Waiver("spn.unique/duplicate", "cifs/vmstore-alice*", "moves in March", "storage team", UNTIL)
POLICY = Waiver("ticket.service/needs-search-order", "alice-hv0?$@*", "no policy yet", "AD team", UNTIL)
REVERSE = Waiver("dns.reverse/reverse-differs", "10.77.12.30", "harmless", "DNS team", UNTIL)
EXPIRED = Waiver("dns.reverse/reverse-differs", "10.77.12.30", "harmless", "DNS team", date(2026, 1, 1))
UNUSED = Waiver("spn.unique/duplicate", "nobody", "moved", "storage team", UNTIL)
LINE = "waived until 2027-03-31 by storage team: moves in March"


def report(*waivers: Waiver) -> Report:
    checks = [check for check in bad_night() if not check.crash]
    return assemble(SITE, checks, facts(), started=AT, seconds=2.0, waivers=waivers)


def text(made: Report, form: str) -> str:
    return b"".join(rendered(made, form, Screen())).decode("utf-8-sig")


@pytest.fixture
def waived() -> Report:
    return report(DUPLICATE, EXPIRED, UNUSED)


def test_the_exit_status_counts_what_is_not_waived() -> None:
    assert status_of(report(), FailOn.ERROR) is Status.FINDINGS
    assert status_of(report(DUPLICATE), FailOn.ERROR) is Status.FINDINGS
    rest = report(DUPLICATE, POLICY)
    assert status_of(rest, FailOn.ERROR) is Status.UNKNOWN, "what is not determined is not waived"
    assert status_of(rest, FailOn.WARNING) is Status.FINDINGS
    assert status_of(report(DUPLICATE, POLICY, REVERSE), FailOn.WARNING) is Status.UNKNOWN
    assert status_of(report(DUPLICATE, POLICY, REVERSE, UNUSED), FailOn.WARNING) is Status.FINDINGS
    assert status_of(report(DUPLICATE, POLICY, EXPIRED, UNUSED), FailOn.ERROR) is Status.UNKNOWN


def test_causes_are_without_the_waived_findings(waived: Report) -> None:
    [finding] = [finding for finding in waived.findings() if finding.waived]
    assert finding.code == "spn.unique/duplicate"
    assert finding.id not in waived.causes
    assert waived.problems[-1] == (finding.id,)
    assert waived.totals.waived == 1
    assert [use.state for use in waived.waivers] == [WaiverState.USED, WaiverState.EXPIRED, WaiverState.UNUSED]


def test_the_terminal_shows_it_without_a_fix(waived: Report) -> None:
    shown = text(waived, "terminal")
    head = " ".join(shown.split("cloud.yaml")[0].split())
    assert head.startswith("1 problem, 1 warning · 3 not determined · 1 waiver expired, 1 waiver unused · 1 waived ·")
    assert "WAIVED    spn.unique/duplicate · alice" in shown
    assert LINE in shown
    assert "setspn -D" not in shown, "the fix of a waived finding"
    assert "WARNING   the waiver of spn.unique/duplicate for nobody (storage team: moved) concerns no finding" in shown
    assert "setspn -D cifs/vmstore-alice.tintri.com" in text(report(), "terminal")


def test_json_has_the_waiver_at_the_finding_and_its_use(waived: Report) -> None:
    said = json.loads(text(waived, "json"))
    jsonschema.validate(said, schema("report"))
    unique = next(check for check in said["checks"] if check["id"] == "spn.unique")
    assert unique["outcome"] == Outcome.WAIVED
    assert unique["verdicts"][0]["waived"] == {
        "reason": "moves in March", "owner": "storage team", "until": "2027-03-31",
    }  # fmt: skip
    assert [use["state"] for use in said["waivers"]] == ["used", "expired", "unused"]


def test_junit_skips_it_with_the_reason(waived: Report) -> None:
    root = ElementTree.fromstring(text(waived, "junit"))
    [skipped] = [entry for entry in root.iter("skipped") if entry.attrib["type"] == "waived"]
    assert skipped.attrib["message"].startswith(LINE)
    assert not [entry for entry in root.iter("failure") if entry.attrib["type"] == "spn.unique/duplicate"]
    output = "".join(entry.text or "" for entry in root.iter("system-out"))
    assert output.count("warning the waiver of") == 2


def test_csv_has_a_column_and_the_warnings(waived: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(text(waived, "csv"))))
    assert [row["waived"] for row in rows if row["code"] == "spn.unique/duplicate" and row["verdict"] == "finding"] == [
        LINE
    ]
    assert [(row["code"], row["subject"]) for row in rows if row["verdict"] == "waiver"] == [
        (EXPIRED.code, EXPIRED.subject),
        (UNUSED.code, UNUSED.subject),
    ]
    assert all(row["waived"] == "" for row in rows if row["code"] != "spn.unique/duplicate")


def test_prometheus_counts_it_apart(waived: Report) -> None:
    families = {family.name: family for family in text_string_to_metric_families(text(waived, "prometheus"))}
    assert "spn.unique/duplicate" not in {sample.labels["code"] for sample in families["krbcheck_findings"].samples}
    [apart] = families["krbcheck_findings_waived"].samples
    assert (apart.labels["code"], apart.labels["tenant"], apart.value) == ("spn.unique/duplicate", "alice", 1)
    states = {sample.labels["state"]: sample.value for sample in families["krbcheck_waivers"].samples}
    assert states == {"used": 1, "expired": 1, "unused": 1}


def test_markdown_shows_the_waiver_and_the_warnings(waived: Report) -> None:
    shown = text(waived, "markdown")
    assert "### WAIVED spn.unique/duplicate" in shown
    assert LINE in shown
    assert "has expired on 2026-01-01" in shown
    assert "(storage team: moved) concerns no finding" in shown
    assert "setspn -D" not in shown, "the fix of a waived finding"


def test_html_shows_the_waiver_and_all_waivers_in_a_table(waived: Report) -> None:
    shown = text(waived, "html")
    assert '<article class="of-waived">' in shown
    assert LINE in shown
    assert "<strong>2</strong> waivers expired or unused" in shown
    assert shown.count("<td>harmless</td>") == shown.count("<td>moved</td>") == 1
    assert 'id="waivers"' not in text(report(), "html")


def test_a_waived_finding_that_follows_from_another_is_shown_with_its_reason() -> None:
    """Only the cause is a problem then; the waived effect does not count as following."""
    effect = next(finding for finding in report(DUPLICATE).findings() if finding.waived)
    cause = next(finding for finding in report().findings() if finding.code == POLICY.code)
    linked = msgspec.structs.replace(effect, explained_by=(cause.id,))
    made = msgspec.structs.replace(
        report(), checks=(checked("spn.unique", "t", linked), checked("ticket.service", "t", cause)),
        problems=((cause.id,),), causes=(cause.id,),
    )  # fmt: skip
    shown = text(made, "terminal")
    assert shown.startswith("1 problem · 1 waived · ")
    assert "WAIVED    spn.unique/duplicate" in shown
    assert LINE in shown
    assert LINE in text(made, "markdown")
    assert LINE in text(made, "html")
