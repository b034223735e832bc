"""Findings and unknowns grouped by what is behind them, so that one fault is read once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from krbcheck.model import Finding, Severity, Unknown
from krbcheck.report.report import Report

AREAS = ("dns", "time", "trust", "policy", "spn", "ticket", "smb", "isolation", "backup")
"""From cause to effect: what stands first mostly explains what follows."""
SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass
class Cause:
    """Findings with one code and one remedy."""

    code: str
    severity: Severity
    remedy: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def tenants(self) -> list[str]:
        return sorted({one.tenant for one in self.findings} - {""})


@dataclass
class Gap:
    """What stayed unknown for one reason: subjects by check."""

    says: str
    because: tuple[str, ...]
    subjects: dict[str, list[str]] = field(default_factory=dict)
    tenants: set[str] = field(default_factory=set)


def area_rank(check: str) -> tuple[int, str]:
    area = check.partition(".")[0]
    return AREAS.index(area) if area in AREAS else len(AREAS), check


def causes(report: Report) -> list[Cause]:
    """Errors first, then warnings, then notes; within these from cause to effect."""
    found: dict[tuple[str, str, str], Cause] = {}
    for one in report.findings():
        key = (one.code, one.severity, one.remedy)
        found.setdefault(key, Cause(one.code, one.severity, one.remedy)).findings.append(one)
    return sorted(
        found.values(),
        key=lambda one: (SEVERITIES.index(one.severity), area_rank(one.code), one.tenants, one.remedy),
    )


def gaps(report: Report) -> list[Gap]:
    """The reason that most rests on first."""
    found: dict[str, Gap] = {}
    for check, verdict in report.verdicts():
        if isinstance(verdict, Unknown):
            gap = found.setdefault(verdict.says, Gap(verdict.says, verdict.because))
            gap.subjects.setdefault(check, []).append(verdict.subject)
            gap.tenants |= {verdict.tenant} - {""}
    return sorted(found.values(), key=lambda one: (-_size(one.subjects.values()), one.says))


def _size(lists: Iterable[list[str]]) -> int:
    return sum(len(one) for one in lists)
