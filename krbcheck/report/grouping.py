"""Findings and unknowns grouped by what is behind them, so that one fault is read once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from krbcheck.judging.verdict import Finding, Severity, Unknown
from krbcheck.report.report import Report

AREAS = ("dns", "time", "trust", "policy", "spn", "ticket", "smb", "isolation", "backup")
"""From cause to effect: what stands first mostly explains what follows."""
SILENCE = re.compile(r"(?:^|: )no answer from (?P<server>\S+) port (?P<port>\d+) within [\d.]+ s$")
SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass
class Cause:
    """Findings with one code and one remedy; notes, which mend nothing, with one code."""

    code: str
    severity: Severity
    remedy: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def tenants(self) -> list[str]:
        return sorted({one.tenant for one in self.findings} - {""})


@dataclass
class Gap:
    """What stayed unknown for one reason: subjects by check. `ports` are those at which a server was silent."""

    reason: str
    because: tuple[str, ...]
    ports: set[int] = field(default_factory=set)
    subjects: dict[str, list[str]] = field(default_factory=dict)
    tenants: set[str] = field(default_factory=set)

    @property
    def says(self) -> str:
        return f"{self.reason} port {', '.join(map(str, sorted(self.ports)))}" if self.ports else self.reason


def area_rank(check: str) -> tuple[int, str]:
    area = check.partition(".")[0]
    return AREAS.index(area) if area in AREAS else len(AREAS), check


def causes(report: Report) -> list[Cause]:
    """Errors first, then warnings, then notes; within these from cause to effect."""
    found: dict[tuple[str, str, str], Cause] = {}
    for one in report.findings():
        key = (one.code, one.severity, "" if one.severity is Severity.NOTE else one.remedy)
        found.setdefault(key, Cause(one.code, one.severity, one.remedy)).findings.append(one)
    return sorted(
        found.values(),
        key=lambda one: (SEVERITIES.index(one.severity), area_rank(one.code), one.tenants, one.remedy),
    )


def gaps(report: Report) -> list[Gap]:
    """The reason that most rests on first. A server that is silent is one reason, whatever it was asked."""
    found: dict[str, Gap] = {}
    for check, verdict in report.verdicts():
        if isinstance(verdict, Unknown):
            silence = SILENCE.search(verdict.says)
            reason = f"no answer from {silence['server']}" if silence else verdict.says
            gap = found.setdefault(reason, Gap(reason, verdict.because))
            gap.ports |= {int(silence["port"])} if silence else set()
            subjects = gap.subjects.setdefault(check, [])
            if verdict.subject not in subjects:
                subjects.append(verdict.subject)
            gap.tenants |= {verdict.tenant} - {""}
    return sorted(found.values(), key=lambda one: (-_size(one.subjects.values()), one.says))


def _size(lists: Iterable[list[str]]) -> int:
    return sum(len(one) for one in lists)
