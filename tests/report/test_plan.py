"""The plan is a script that runs nothing by surprise."""

from __future__ import annotations

import subprocess

import msgspec
import pytest

from krbcheck.judging.verdict import Severity
from krbcheck.report.plan import NoSuchCause, plan, to_fix
from krbcheck.report.report import Report

DELETE = "setspn -D cifs/vmstore-alice.tintri.com OLDNAS$"


def test_the_plan_has_the_causes_in_their_order_and_no_note(bad_report: Report) -> None:
    findings = to_fix(bad_report)
    assert all(finding.severity is not Severity.NOTE for finding in findings)
    ordered = [name for name in bad_report.causes if name in {finding.id for finding in findings}]
    assert [finding.id for finding in findings] == ordered
    assert plan(bad_report).count("# =====") == len(findings)


def test_one_cause_is_chosen_by_its_id(bad_report: Report) -> None:
    (duplicate,) = (finding for finding in bad_report.findings() if finding.code == "spn.unique/duplicate")
    text = plan(bad_report, duplicate.id)
    assert text.count("# =====") == 1
    assert duplicate.id in text
    with pytest.raises(NoSuchCause, match="no finding has the id nothing-1"):
        plan(bad_report, "nothing-1")


def test_a_report_without_causes_gives_its_errors_first(bad_report: Report) -> None:
    older = to_fix(msgspec.structs.replace(bad_report, causes=()))
    assert [entry.severity for entry in older] == sorted((entry.severity for entry in older), reverse=False)
    assert older[0].severity is Severity.ERROR


def test_commands_stand_alone_below_their_host_and_what_interrupts_is_commented_out(bad_report: Report) -> None:
    lines = plan(bad_report).splitlines()
    assert lines[lines.index(DELETE) - 3] == "# --- On a domain controller of tintri.com (PowerShell)"
    assert "#   undo: setspn -S cifs/vmstore-alice.tintri.com OLDNAS$" in lines
    assert "setspn -X -F" in lines
    assert "# klist -li 0x3e7 purge" in lines
    assert "klist -li 0x3e7 purge" not in lines


def test_nothing_to_fix_is_said(good_report: Report) -> None:
    assert plan(good_report).endswith("# There is nothing to fix.\n")


def test_text_of_servers_stays_on_its_line(hostile_report: Report) -> None:
    text = plan(hostile_report)
    assert all(entry == "\n" or entry.isprintable() for entry in text)
    done = subprocess.run(
        ["bash", "-n"],
        input="\n".join(line for line in text.splitlines() if line.startswith("#")),
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
