"""Findings and undetermined results grouped by what is behind them, so that one fault is read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from krbcheck.facts.observation import Gap
from krbcheck.facts.reasons import Reason, ReasonKind
from krbcheck.judging.verdict import Finding, Severity, Unknown
from krbcheck.report.remedies import in_one_line
from krbcheck.report.report import Report
from krbcheck.windows.remedy import Remedy

AREAS = ("dns", "time", "trust", "policy", "spn", "ticket", "smb", "isolation", "backup")
"""From cause to effect: what stands first mostly explains what follows."""
SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
SERVER_DOES: Mapping[Gap, str] = {
    Gap.TIMED_OUT: "does not respond (timeout)",
    Gap.OUT_OF_TIME: "does not respond (timeout)",
    Gap.REFUSED: "refuses connections (RST)",
    Gap.CLOSED: "closes the connection",
    Gap.UNREACHABLE: "is unreachable",
}
"""Gaps that are a server's: one reason for all questions to it."""


@dataclass
class Cause:
    """Findings with the same code and the same remedy; for notes, which have no remedy, with the same code."""

    code: str
    severity: Severity
    remedy: Remedy
    findings: list[Finding] = field(default_factory=list)

    @property
    def tenants(self) -> list[str]:
        return sorted({finding.tenant for finding in self.findings} - {""})


@dataclass
class Undetermined:
    """Subjects by check that are not determined for one reason. `ports` are those at which a server does not answer."""

    reason: str
    because: tuple[Reason, ...]
    ports: set[int] = field(default_factory=set)
    subjects: dict[str, list[str]] = field(default_factory=dict)
    tenants: set[str] = field(default_factory=set)

    @property
    def says(self) -> str:
        if not self.ports:
            return self.reason
        return f"{self.reason}: port {', '.join(map(str, sorted(self.ports)))}"


def area_rank(check: str) -> tuple[int, str]:
    area = check.partition(".")[0]
    return AREAS.index(area) if area in AREAS else len(AREAS), check


def causes(report: Report) -> list[Cause]:
    """Errors first, then warnings, then notes; within these from cause to effect."""
    found: dict[tuple[str, str, Remedy], Cause] = {}
    for finding in report.findings():
        remedy = () if finding.severity is Severity.NOTE else finding.remedy
        key = (finding.code, finding.severity, remedy)
        found.setdefault(key, Cause(finding.code, finding.severity, finding.remedy)).findings.append(finding)
    return sorted(
        found.values(),
        key=lambda cause: (
            SEVERITIES.index(cause.severity),
            area_rank(cause.code),
            cause.tenants,
            in_one_line(cause.remedy),
        ),
    )


def undetermined(report: Report) -> list[Undetermined]:
    """Returns the reasons, the reason of the most subjects first."""
    found: dict[str, Undetermined] = {}
    for check, verdict in report.verdicts():
        if isinstance(verdict, Unknown):
            reason, port = reason_and_port(verdict)
            group = found.setdefault(reason, Undetermined(reason, verdict.because))
            group.ports |= {port} - {0}
            subjects = group.subjects.setdefault(check, [])
            if verdict.subject not in subjects:
                subjects.append(verdict.subject)
            group.tenants |= {verdict.tenant} - {""}
    return sorted(found.values(), key=lambda group: (-_size(group.subjects.values()), group.says))


def reason_and_port(verdict: Unknown) -> tuple[str, int]:
    """Returns the reason without its subject: the server that did not answer and its port, or the message and 0."""
    question = verdict.unanswered
    if question is None or not question.server or question.gap not in SERVER_DOES:
        return verdict.says, 0
    return f"{question.server} {SERVER_DOES[question.gap]}", question.port


def without_authentication(report: Report) -> tuple[int, int]:
    """Returns the number of findings and fine results with only unauthenticated answers, and of those with any answer.

    Replies of DNS, SMB NEGOTIATE and KRB-ERRORs are unauthenticated: any host on the network path can forge them.
    """
    rest = [
        [reason for reason in verdict.because if reason.kind is ReasonKind.OBSERVATION and reason.gap is None]
        for _, verdict in report.verdicts()
        if not isinstance(verdict, Unknown)
    ]
    answered = [reasons for reasons in rest if reasons]
    return sum(not any(reason.authenticated for reason in reasons) for reasons in answered), len(answered)


def _size(lists: Iterable[list[str]]) -> int:
    return sum(len(subjects) for subjects in lists)
