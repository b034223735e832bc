"""What changed between two reports; nothing is called fixed that was not tested."""

from __future__ import annotations

import json
from datetime import date
from functools import cache

import jsonschema
import msgspec
import pytest

from krbcheck.cli.schemas import schema
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown, Verdict, labelled
from krbcheck.report.difference import difference
from krbcheck.report.forms import Screen, rendered
from krbcheck.report.question import Question
from krbcheck.report.report import Report, assemble
from krbcheck.site.stated import DataPath, Principal, Site, Storage, Tenant
from krbcheck.site.waivers import Waiver
from tests.support.reports import AT, SITE, checked, facts

DAY = date(2026, 11, 26)
QUESTION = Question(typed="0x80070005")


def finding(subject: str = "s", severity: Severity = Severity.ERROR, tenant: str = "alice") -> Finding:
    return Finding("smb.one/enabled", severity, subject, f"{subject} supports SMB 1", (), tenant)


def about(**labels: str | tuple[str, ...]) -> Finding:
    return labelled(finding("s"), **labels)


def report(*verdicts: Verdict, more: tuple[CheckReport, ...] = (), waivers: tuple[Waiver, ...] = ()) -> Report:
    checks = [checked("smb.one", "SMB 1 is off", *verdicts), *more]
    return assemble(SITE, checks, facts(), started=AT, seconds=1.0, waivers=waivers, today=DAY)


def test_new_fixed_and_unchanged_by_the_id() -> None:
    made = difference(report(finding("a"), finding("b")), report(finding("b"), finding("c"), Fine("a", "alice")))
    assert [change.subject for change in made.new] == ["c"]
    assert [change.subject for change in made.fixed] == ["a"]
    assert [change.subject for change in made.unchanged] == ["b"]
    assert (made.newly_undetermined, made.not_tested, made.remarks) == ((), (), ())


def test_a_note_is_neither_new_nor_fixed() -> None:
    note = finding("a", Severity.NOTE)
    for made in (difference(report(note), report()), difference(report(), report(note))):
        assert (made.new, made.fixed, made.unchanged, made.not_tested) == ((), (), (), ())


@pytest.mark.parametrize(
    ("later", "why"),
    [
        ((Fine("a", "alice"),), ""),
        ((Fine("another subject", "alice"),), ""),
        ((Unknown("a", "no answer", "alice"),), "not determined: no answer"),
        ((Unknown("smb.one", "not collected"),), "not determined: not collected"),
        ((Fine("a", "alice"), Unknown("a", "no answer", "alice")), "not determined: no answer"),
        ((Fine("x", "alice"), Unknown("y", "no answer", "alice")), "not determined: y: no answer"),
        ((Fine("a", "alice"), Unknown("y", "no answer", "alice")), ""),
        ((Fine("x", "alice"), Unknown("y", "no answer", "bob")), ""),
        ((Fine("x", "bob"),), "alice was not checked"),
        ((), "alice was not checked"),
    ],
)
def test_fixed_only_if_the_check_was_completed(later: tuple[Verdict, ...], why: str) -> None:
    made = difference(report(finding("a")), report(*later))
    assert bool(made.fixed) is (not why)
    assert [change.why for change in made.not_tested] == ([why] if why else [])


def test_a_check_that_was_not_run_or_crashed_fixes_nothing() -> None:
    before = report(finding("a"))
    without = msgspec.structs.replace(report(), checks=())
    made = difference(before, without)
    assert [change.why for change in made.not_tested] == ["the check was not run"]
    assert made.remarks == ("Checks of the first report only: smb.one.",)
    crashed = msgspec.structs.replace(report(), checks=(checked("smb.one", "SMB 1 is off", crash="Traceback"),))
    assert [change.why for change in difference(before, crashed).not_tested] == ["the check crashed"]


def of_site(site: Site, *verdicts: Verdict) -> Report:
    return assemble(site, [checked("smb.one", "SMB 1 is off", *verdicts)], facts(), started=AT, seconds=1.0)


TENANT = Tenant(
    "alice",
    principals=(Principal("hv01$@VM.COM"), Principal("hv02$@VM.COM")),
    data_paths=(DataPath("vmstore.tintri.com", "vmstore", "10.0.0.1"),),
)
STATED = Site("cloud.yaml", (), (Storage("vmstore", "VMSTORE$@TINTRI.COM"),), (TENANT, Tenant("bob")))
HERE = Fine("another subject", "alice")


@pytest.mark.parametrize(
    ("gone", "later", "name"),
    [
        (finding("HV02$@vm.com"), HERE, "HV02$@vm.com"),
        (about(principal="hv02$@VM.COM"), HERE, "hv02$@VM.COM"),
        (about(principal=("hv01$@VM.COM", "hv02$@VM.COM")), HERE, ""),
        (about(principal="hv01$@VM.COM"), HERE, ""),
        (about(group=r"VM\Hyper-V Hosts"), HERE, ""),
        (finding("b", tenant="bob"), HERE, "bob"),
        (finding("hv02$@VM.COM"), Fine("hv02$@VM.COM", "alice"), ""),
    ],
)
def test_what_the_site_file_no_longer_states_is_not_fixed(gone: Finding, later: Verdict, name: str) -> None:
    hosts = msgspec.structs.replace(TENANT, principals=TENANT.principals[:1])
    made = difference(of_site(STATED, gone), of_site(msgspec.structs.replace(STATED, tenants=(hosts,)), later))
    whys = [f"the site file no longer states {name}"] if name else []
    assert [change.why for change in made.no_longer_stated] == whys
    assert len(made.fixed) == (0 if name else 1)
    assert made.not_tested == ()


def test_a_data_path_is_named_in_messages_as_unc_path_too() -> None:
    moved = msgspec.structs.replace(TENANT, data_paths=())
    gone = about(path=r"\\vmstore.tintri.com")
    made = difference(of_site(STATED, gone), of_site(msgspec.structs.replace(STATED, tenants=(moved,)), HERE))
    assert [change.subject for change in made.no_longer_stated] == ["s"]


def test_a_report_without_the_stated_names_or_with_a_question_shows_nothing_about_the_site_file() -> None:
    before, after = (
        of_site(STATED, finding("hv02$@VM.COM")),
        of_site(Site("cloud.yaml", (), (), (Tenant("bob"),)), HERE),
    )
    older, asked = (msgspec.structs.replace(after, **each) for each in ({"stated": ()}, {"question": QUESTION}))
    for later in (older, asked):
        assert [change.subject for change in difference(before, later).fixed] == ["hv02$@VM.COM"]
    assert difference(before, after).fixed == ()


def test_newly_not_determined() -> None:
    both, only = Unknown("a", "no answer", "alice"), Unknown("b", "no answer", "alice")
    made = difference(report(both), report(both, only))
    assert [change.subject for change in made.newly_undetermined] == ["b"]
    assert [(change.code, change.severity) for change in made.newly_undetermined] == [("smb.one", None)]


def test_a_finding_whose_waiver_is_no_longer_valid_is_new() -> None:
    waiver = Waiver("smb.one/enabled", "*", "later", "storage team", DAY)
    accepted, counts = report(finding("a"), waivers=(waiver,)), report(finding("a"))
    assert [change.subject for change in difference(accepted, counts).new] == ["a"]
    again = difference(counts, accepted)
    assert again.new == ()
    assert [change.waived for change in again.unchanged] == [True]


def test_remarks_say_why_the_reports_are_comparable_in_part() -> None:
    later = msgspec.structs.replace(report(), site="other.yaml", vantages=("bob",), krbcheck="9", interrupted=True)
    assert difference(report(), later).remarks == (
        "The reports are of different sites: cloud.yaml and other.yaml.",
        f"The reports were written by krbcheck {report().krbcheck} and 9, whose checks can differ.",
        "Vantage points of the first report only: alice.",
        "The collection of the second report was interrupted.",
    )


@cache
def made_of_both() -> tuple[Report, Report]:
    before = report(finding("gone"), finding("stays"))
    return before, report(
        finding("stays"), finding("added"), Fine("gone", "alice"), Unknown("lost", "no answer", "alice")
    )


def shown(form: str, *, quiet: bool = False) -> str:
    return b"".join(rendered(difference(*made_of_both()), form, Screen(quiet=quiet))).decode()


def test_the_terminal_lists_what_is_new_first() -> None:
    lines = shown("terminal").splitlines()
    assert lines[0] == "1 new · 1 newly not determined · 1 fixed · 1 unchanged"
    labels = [line.split()[0] for line in lines[2:] if line and not line.startswith(" ")]
    assert labels == ["NEW", "UNKNOWN", "FIXED", "UNCHANGED"]
    assert "  added supports SMB 1" in lines
    assert "  lost: no answer" in lines
    assert "stays supports SMB 1" not in shown("terminal")
    assert shown("terminal", quiet=True) == f"{lines[0]}\n"


def test_quiet_is_silent_if_nothing_is_new() -> None:
    before, _ = made_of_both()
    same = b"".join(rendered(difference(before, before), "terminal", Screen(quiet=True)))
    assert same == b""


def test_json_has_a_schema_and_markdown_the_same_lists() -> None:
    said = json.loads(shown("json"))
    jsonschema.validate(said, schema("diff"))
    assert [change["subject"] for change in said["new"]] == ["added"]
    assert said["new"][0]["id"].startswith("enabled-")
    headings = [line for line in shown("markdown").splitlines() if line.startswith("### ")]
    assert headings == ["### New", "### Newly not determined", "### Fixed", "### Unchanged"]


def test_text_of_servers_stays_text(hostile_report: Report, good_report: Report) -> None:
    made = difference(good_report, hostile_report)
    assert made.new
    text = b"".join(rendered(made, "terminal", Screen())).decode()
    assert all(name.isprintable() or name == "\n" for name in text)
    markdown = b"".join(rendered(made, "markdown", Screen())).decode()
    assert "<script>" not in markdown


def test_reports_that_are_read_back_give_the_same() -> None:
    """A report that is read back has the ids that it was written with."""
    from krbcheck.report.formats.json import encode
    from krbcheck.report.reading import read_report

    before, after = made_of_both()
    again = [read_report(encode(each), "r.json") for each in (before, after)]
    assert difference(*again) == difference(before, after)
