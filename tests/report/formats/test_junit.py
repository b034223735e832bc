"""JUnit XML is valid, and has a test case for each check and tenant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import xmlschema

from krbcheck.judging.verdict import Outcome
from krbcheck.report.formats import junit
from krbcheck.report.forms import Screen
from krbcheck.report.report import Report
from krbcheck.report.trace import Outcome as TraceOutcome
from krbcheck.site.stated import Site
from tests.support import matrix_report
from tests.support.matrix_report import facts, made, nasty, said, seen
from tests.support.traces import REFUSED, trace

site = matrix_report.site
SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "junit.xsd")


def read(pieces: Iterable[bytes]) -> ElementTree.Element:
    """The document, which is valid, and whose counts are those of its cases."""
    root = ElementTree.fromstring(b"".join(pieces))
    SCHEMA.validate(root)
    for suite in root:
        kinds = Counter(result.tag for case in suite.iter("testcase") for result in case)
        assert [int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")] == [
            len(suite.findall("testcase")), kinds["failure"], kinds["error"], kinds["skipped"],
        ]  # fmt: skip
    return root


def cases(root: ElementTree.Element) -> dict[tuple[str, str], str]:
    """The result of each test case; empty if it passed."""
    return {
        (case.attrib["classname"], case.attrib["name"]): "".join(result.tag for result in case)
        for case in root.iter("testcase")
    }


def test_a_test_case_for_each_check_and_tenant(bad_report: Report) -> None:
    root = read(junit.report(bad_report, Screen()))
    found = cases(root)
    assert found["ticket.service", "alice"] == "failure"
    assert found["ticket.service", "carol"] == "skipped"
    assert found["spn.unique", "alice"] == "failure"
    assert found["spn.unique", "bob"] == ""
    assert found["dns.reverse", "bob"] == "", "a warning fails no pipeline by default"
    assert found["smb.one", "site"] == "error"
    assert found["backup.path", "site"] == "skipped"
    assert {check for check, _ in found} == {check.id for check in bad_report.checks}
    failed = {check for (check, _), result in found.items() if result == "failure"}
    assert failed == {check.id for check in bad_report.checks if check.outcome is Outcome.FAILED}


def test_a_failure_has_its_evidence_and_fix_and_a_warning_is_in_the_output(bad_report: Report) -> None:
    root = read(junit.report(bad_report, Screen()))
    failure = next(case for case in root.iter("failure") if case.attrib["type"] == "spn.unique/duplicate")
    assert failure.attrib["message"].startswith("cifs/vmstore-alice.tintri.com is registered more than once")
    assert failure.text is not None
    assert "because SPN search in tintri.com by tidc, from station: 2 accounts" in failure.text
    assert "fix: setspn -D cifs/vmstore-alice.tintri.com OLDNAS$" in failure.text
    skipped = next(case for case in root.iter("skipped") if case.attrib["type"] == "not-determined")
    assert skipped.attrib["message"] != ""
    output = "".join(out.text or "" for out in root.iter("system-out"))
    assert output.count("warning ") == 1
    assert "warning dns.reverse/reverse-differs: 10.77.12.30 is called nas7" in output


def test_a_row_of_a_matrix_is_a_test_case(site: Site) -> None:
    found = cases(read(junit.matrix(made(site, facts(seen(said("aliceVMs", "bobVMs", breach=True)))), Screen())))
    assert found["alice", "a1@VM.COM at v-alice.t.com"] == "failure"
    assert found["alice", "a2@VM.COM at v-alice.t.com"] == ""
    assert found["bob", "b1@VM.COM at v-bob.t.com"] == "skipped"


def test_a_trace_is_a_test_case() -> None:
    (failure,) = read(junit.trace(trace(), Screen())).iter("failure")
    assert failure.attrib == {"message": "the SPN is missing", "type": "spn.exists/missing"}
    assert f"dc1.vm.com: cifs/v.t.com: {REFUSED}" in (failure.text or "")
    assert list(cases(read(junit.trace(trace(outcome=TraceOutcome.TICKET), Screen()))).values()) == [""]
    assert list(cases(read(junit.trace(trace(outcome=TraceOutcome.UNKNOWN), Screen()))).values()) == ["skipped"]


def test_text_of_servers_does_no_harm(hostile_report: Report, site: Site) -> None:
    root = read(junit.report(hostile_report, Screen()))
    assert {element.tag for element in root.iter()} == {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "system-out", "system-err",
    }  # fmt: skip
    assert all(text.replace("\n", "").isprintable() for text in root.itertext())
    read(junit.matrix(nasty(site), Screen()))
    read(junit.trace(trace(matrix_report.NASTY, matrix_report.NASTY), Screen()))
