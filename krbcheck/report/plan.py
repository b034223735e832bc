"""The plan of `krbcheck fix --plan`: the steps of the causes as scripts to read and to run by hand, host by host."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from krbcheck.judging.verdict import Finding, Severity
from krbcheck.report.remedies import evidence
from krbcheck.report.report import Report
from krbcheck.report.text import plain
from krbcheck.windows.remedy import RISKS, Platform, RemedyStep, StepClass

STATION = "the host of krbcheck"
ANYWHERE = "any host"
OURS = "krbcheck "


class NoSuchCause(Exception):
    """No finding has the id; the message names those that have one."""


def to_fix(report: Report, cause: str = "") -> list[Finding]:
    """The findings whose remedies the plan has: the causes in their order without those that are waived, or
    the one with the id `cause`.

    A report without causes, of an older version, gives its errors, then its warnings. Raises NoSuchCause.
    """
    findings = {finding.id: finding for finding in report.findings()}
    wrong = [finding for finding in report.open_findings() if finding.severity is not Severity.NOTE]
    ordered = [findings[name] for name in report.causes if name in findings]
    ordered = [finding for finding in ordered if finding.severity is not Severity.NOTE] or sorted(
        wrong, key=lambda finding: finding.severity is not Severity.ERROR
    )
    if not cause:
        return ordered
    if cause not in findings:
        raise NoSuchCause(f"no finding has the id {plain(cause, 80)}; ids: {', '.join(entry.id for entry in ordered)}")
    return [findings[cause]]


def plan(report: Report, cause: str = "") -> str:
    """The plan as text: comments, and commands that are not run by krbcheck. Raises NoSuchCause."""
    findings = to_fix(report, cause)
    lines = [
        f"# Plan for {plain(report.site)}, from the report of {report.started:%Y-%m-%d %H:%M:%S} UTC.",
        "# Read it first. krbcheck runs nothing of it. What interrupts service is commented out.",
        "# Replace names in capital letters, such as PATH or GROUP, by your own values.",
    ]
    if not findings:
        lines.append("# There is nothing to fix.")
    for number, finding in enumerate(findings, 1):
        lines += ["", *_cause(number, finding)]
    return "\n".join(lines) + "\n"


def _cause(number: int, finding: Finding) -> Iterator[str]:
    yield f"# ===== {number}. {finding.code} ({finding.id})"
    yield f"# {plain(finding.says)}"
    yield from (f"# {plain(line)}" for line in evidence(finding.remedy))
    for host, steps in groupby(finding.remedy, key=lambda step: (step.host, _shell(step))):
        yield ""
        yield f"# --- On {plain(host[0] or ANYWHERE)} ({host[1]})"
        for step in steps:
            yield from _step(step)
    yield from _afterwards(finding.remedy)


def _shell(step: RemedyStep) -> str:
    return (
        "bash" if step.platform is Platform.SAMBA or step.command.startswith(("kvno", "KRB5", OURS)) else "PowerShell"
    )


def _step(step: RemedyStep) -> Iterator[str]:
    if step.says:
        yield f"# {plain(step.says)}"
    for label, text in (("needs", step.needs), ("risk", step.caution)):
        if text:
            yield f"#   {label}: {plain(text)}"
    if step.command:
        interrupts = step.step_class is StepClass.INTERRUPTS
        yield f"#   {RISKS[step.step_class]}{'; remove the # to run it' if interrupts else ''}"
        yield f"{'# ' if interrupts else ''}{plain(step.command)}"
    if step.shows and not step.verify:
        yield f"#   expect: {plain(step.shows)}"
    for text in (step.undo, step.undo_says):
        if text:
            yield f"#   undo: {plain(text)}"
    if step.verify and not step.verify.startswith(OURS):
        yield f"#   verify{f', expect: {plain(step.shows)}' if step.shows else ''}"
        yield plain(step.verify)


def _afterwards(remedy: Sequence[RemedyStep]) -> Iterator[str]:
    """What krbcheck itself verifies, once, after all steps of the cause."""
    checks = list(dict.fromkeys(step.verify for step in remedy if step.verify.startswith(OURS)))
    if checks:
        yield ""
        yield f"# --- On {STATION} (bash), to verify"
        yield from (plain(line) for line in checks)
