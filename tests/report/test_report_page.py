"""What a person reads: the verdict first, one block a cause, nothing that steers the terminal."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from krbcheck.facts.endpoints import endpoint
from krbcheck.facts.names import DnsAnswer
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.facts.reasons import Reason, ReasonKind
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown, Verdict, unknown
from krbcheck.report.grouping import without_authentication
from krbcheck.report.report import Report
from krbcheck.report.report_page import render
from krbcheck.windows.remedy import looks
from tests.support.remedies import commands
from tests.support.reports import AT, checked, report

OPEN = ("NOT DETERMINED", "NOT DETERMINED")
GOLDEN = Path(__file__).parent / "golden"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(report: Report, *, width: int = 0, quiet: bool = False) -> str:
    pipe = io.StringIO()
    render(report, pipe, {}, width=width, quiet=quiet)
    return pipe.getvalue()


def on_screen(report: Report, environ: Mapping[str, str], width: int = 80) -> str:
    screen = Screen()
    render(report, screen, environ, width=width)
    return screen.getvalue()


@pytest.mark.parametrize(("name", "width"), [("good", 80), ("bad", 100)])
def test_the_report_looks_as_it_should(name: str, width: int, request: pytest.FixtureRequest) -> None:
    """With KRBCHECK_GOLDEN set the files are written anew."""
    said = shown(request.getfixturevalue(f"{name}_report"), width=width)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("KRBCHECK_GOLDEN"):
        path.write_text(said)
    assert said == path.read_text()


def test_the_verdict_stands_in_the_first_line(good_report: Report, bad_report: Report) -> None:
    assert shown(good_report).splitlines()[0] == "No problems found · 11 checks passed"
    first = "2 problems, 1 warning · 3 not determined · krbcheck crashed once · 1 note · 9 checks passed"
    assert shown(bad_report).splitlines()[0] == first


def test_quiet_is_the_verdict_and_silent_where_all_is_good(good_report: Report, bad_report: Report) -> None:
    assert shown(good_report, quiet=True) == ""
    assert len(shown(bad_report, quiet=True).splitlines()) == 1


def test_findings_with_one_code_and_remedy_are_one_block(bad_report: Report) -> None:
    said = shown(bad_report)
    assert said.count("ticket.service/needs-search-order") == 1
    assert said.count("alice-hv01$@VMLEVEL.COM gets no ticket") == 1
    assert said.count("alice-hv02$@VMLEVEL.COM gets no ticket") == 1
    assert said.count("System\\KDC for the controllers") == 1


def test_a_report_that_was_written_before_there_were_causes_shows_every_finding(bad_report: Report) -> None:
    said = shown(replace(bad_report, causes=(), problems=()))
    assert said.startswith("2 problems, 1 warning · ")
    for finding in bad_report.findings():
        assert finding.code in said


def test_a_sentence_of_several_findings_is_printed_once_with_their_subjects(bad_report: Report) -> None:
    """A sentence that does not name the principal is the same for every host of a tenant."""

    def renamed(check: CheckReport) -> CheckReport:
        verdicts = tuple(
            replace(verdict, says="the storage did not prove its key") if isinstance(verdict, Finding) else verdict
            for verdict in check.verdicts
        )
        return replace(check, verdicts=verdicts)

    checks = tuple(renamed(check) if check.id == "ticket.service" else check for check in bad_report.checks)
    shown_lines = shown(replace(bad_report, checks=checks), width=200)
    assert shown_lines.count("the storage did not prove its key") == 1
    (subjects,) = [line for line in shown_lines.splitlines() if line.strip().startswith("(alice-hv01$@VMLEVEL.COM")]
    assert "alice-hv02$@VMLEVEL.COM" in subjects


def test_errors_come_before_warnings_before_what_is_unknown_before_notes(bad_report: Report) -> None:
    labels = [line.split("  ")[0].split(":")[0] for line in shown(bad_report).splitlines() if line[:1].isupper()]
    heads = [
        "ERROR",
        "ERROR",
        "WARNING",
        "CRASHED",
        *["NOT DETERMINED"] * 2,
        "NOTE",
        "PASSED",
        "N/A",
        "Queries",
        "Details",
    ]
    assert labels == heads
    said = shown(bad_report)
    assert said.index("spn.unique/duplicate") < said.index("ticket.service/needs-search-order")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_command_is_one_line_and_nothing_else_is_too_wide(bad_report: Report, width: int) -> None:
    lines = shown(bad_report, width=width).splitlines()
    assert "       setspn -D cifs/vmstore-alice.tintri.com OLDNAS$" in lines
    reply = {command for finding in bad_report.findings() for command in commands(finding.remedy)}
    reply |= {f"{name}: {command}" for command in reply for name in ("undo", "verify")}
    assert all(len(line) <= width for line in lines if line.strip() not in reply)


def test_on_a_screen_prose_is_wrapped_and_commands_are_not(bad_report: Report) -> None:
    lines = on_screen(bad_report, {"NO_COLOR": "1"}).splitlines()
    assert any("Add-DnsServerResourceRecordPtr" in line and "-PtrDomainName" in line for line in lines)
    assert all(len(line) <= 80 for line in lines if "Administrative Templates" in line)


def test_colour_is_for_those_who_look(bad_report: Report) -> None:
    assert "\x1b[" in on_screen(bad_report, {"TERM": "xterm-256color"})
    assert "\x1b" not in on_screen(bad_report, {"TERM": "xterm-256color", "NO_COLOR": "1"})
    assert "\x1b" not in on_screen(bad_report, {"TERM": "dumb"})
    assert "\x1b" not in shown(bad_report)


def test_what_was_not_asked_is_told(good_report: Report) -> None:
    assert "not queried: this host has no address in 10.77.13.0/24" in shown(good_report)


def test_hostile_text_is_harmless_and_bounded(hostile_report: Report) -> None:
    for said in (shown(hostile_report), on_screen(hostile_report, {"NO_COLOR": "1"})):
        assert all(entry == "\n" or entry.isprintable() for entry in said)
        assert len(said) < 30_000
        assert "[red]x[/red]" in said
        assert "<script>alert(1)</script>" in said


def test_many_subjects_are_cut_and_counted(many_report: Report) -> None:
    said = shown(many_report)
    assert "… and 97 more, in the JSON report" in said
    assert "… and 28 more reasons, in the JSON report" in said
    assert len(said.splitlines()) < 100
    assert len(many_report.findings(Severity.ERROR)) == 100
    assert sum(isinstance(verdict, Unknown) for _, verdict in many_report.verdicts()) == 40
    assert all(isinstance(finding, Finding) for finding in many_report.findings())


def silence(server: str, port: int, gap: Gap = Gap.TIMED_OUT) -> Unobserved:
    return Unobserved(gap, f"{port} was asked in vain", f"asked at {port}", AT, "alice", of=endpoint(server, port))


def test_what_a_silent_server_leaves_undetermined_is_one_reason() -> None:
    silent = [
        checked("ticket.tgt", "Every host gets a TGT", unknown("alice-hv01$", silence("10.77.0.11", 88))),
        checked("spn.owner", "Every SPN has its owner", unknown("cifs/x", silence("10.77.0.11", 389), says="not read")),
        checked("dns.agree", "All agree", unknown("x", silence("10.77.0.10", 53))),
        checked("dns.alias", "No alias", unknown("x", silence("fd00::10", 53, Gap.REFUSED))),
    ]
    said = shown(report(silent))
    assert said.count("NOT DETERMINED") == 3
    assert "10.77.0.11 does not respond (timeout): port 88, 389\n" in said
    assert "10.77.0.10 does not respond (timeout): port 53\n" in said
    assert "fd00::10 refuses connections (RST): port 53\n" in said


def test_what_rests_on_an_answer_is_no_silence() -> None:
    """A server that is silent beside does not hide the reason that a check states."""
    seen = Observed(DnsAnswer("NOERROR"), "asked", AT, "alice")
    mixed = unknown("x", seen, silence("10.77.0.11", 53), says="the name servers return different addresses")
    said = shown(report([checked("dns.agree", "All agree", mixed)]))
    assert "NOT DETERMINED  the name servers return different addresses\n" in said


def test_subjects_with_one_reason_are_one_block() -> None:
    missing = [
        Unobserved(Gap.NO_CREDENTIALS, "the site names no secret", f"TGT of hv{number}", AT, "alice")
        for number in range(40)
    ]
    lost = [unknown(f"hv{number}", gap, tenant="alice") for number, gap in enumerate(missing)]
    assert shown(report([checked("ticket.tgt", "Every host gets a TGT", *lost)])).count("NOT DETERMINED") == 1


def test_notes_of_one_kind_are_told_together() -> None:
    notes = [
        Finding(
            "smb.dialect/old-too",
            Severity.NOTE,
            entry,
            f"{entry} speaks SMB 2.1",
            (looks(says="turn it off"),),
            "alice",
        )
        for entry in ("vmstore", "fabstore")
    ]
    said = shown(report([checked("smb.dialect", "No old dialect", *notes)]))
    assert said.count("smb.dialect/old-too · alice") == 1
    assert "- vmstore speaks SMB 2.1" in said
    assert "- fabstore speaks SMB 2.1" in said


def test_a_line_says_how_many_results_rest_on_answers_without_authentication() -> None:
    signed, forgeable, silence = (
        Reason(asked="A", kind=ReasonKind.OBSERVATION, authenticated=True),
        Reason(asked="B", kind=ReasonKind.OBSERVATION),
        Reason(asked="C", kind=ReasonKind.OBSERVATION, gap=Gap.TIMED_OUT),
    )
    verdicts: list[Verdict] = [
        Fine("both", "", (forgeable, signed)),
        Fine("only", "", (forgeable, silence)),
        Fine("stated", "", (Reason(answer="the site states no share"),)),
        Unknown("lost", "silence", "", (forgeable,)),
    ]
    entry = report([checked("a.b", "t", *verdicts)])
    assert without_authentication(entry) == (1, 2)
    assert "1 of 2 results rests only on answers that are not authenticated" in shown(entry).replace("\n", " ")
    assert "not authenticated" not in shown(report([checked("a.b", "t", verdicts[0])]))
