"""Findings and undetermined results grouped by what is behind them, so that one fault is read once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from krbcheck.facts.endpoints import endpoint, shown
from krbcheck.facts.observation import Gap
from krbcheck.facts.reasons import Reason, ReasonKind
from krbcheck.judging.causes import SEVERITIES, area_rank
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown, Waived
from krbcheck.report.consequences import Consequences
from krbcheck.report.next_steps import answered, next_step
from krbcheck.report.remedies import in_one_line, over_hosts
from krbcheck.report.report import Report
from krbcheck.windows.remedy import Remedy

SERVER_DOES: Mapping[Gap, str] = {
    Gap.TIMED_OUT: "does not respond (timeout)",
    Gap.OUT_OF_TIME: "does not respond (timeout)",
    Gap.REFUSED: "refuses connections (RST)",
    Gap.CLOSED: "closes the connection",
    Gap.UNREACHABLE: "is unreachable",
}
"""Gaps that are a server's: one reason for all questions to it."""
SERVERS_DO: Mapping[str, str] = {
    SERVER_DOES[Gap.TIMED_OUT]: "do not respond (timeout)",
    SERVER_DOES[Gap.REFUSED]: "refuse connections (RST)",
    SERVER_DOES[Gap.CLOSED]: "close the connection",
    SERVER_DOES[Gap.UNREACHABLE]: "are unreachable",
}
MOST_SERVERS = 4
MOST_REPLIES = 3

NAME = re.compile(r"[^\s,;:()']+")
"""A name of an account, a service or a path within a sentence, without an apostrophe after it."""


@dataclass
class Cause:
    """The findings of one problem, and what follows from them. Notes, which have no remedy, are grouped by code."""

    code: str
    severity: Severity
    remedy: Remedy
    findings: list[Finding] = field(default_factory=list)
    follows: Consequences = field(default_factory=Consequences)

    @property
    def waived(self) -> Waived | None:
        """The waiver of the findings, if the user accepts them; notes have none."""
        return None if self.severity is Severity.NOTE else self.findings[0].waived

    @property
    def remedies(self) -> int:
        """How many different remedies the findings have: names of services, shares or accounts differ."""
        each = [finding.remedy for finding in self.findings]
        return 1 if over_hosts(each) else len(set(each))

    @property
    def tenants(self) -> list[str]:
        return sorted({finding.tenant for finding in self.findings} - {""})


@dataclass
class Undetermined:
    """Subjects by check that are not determined for one reason, first of them `first`. If that is servers which do not
    answer, `servers` are these, and `ports` those at which they do not. `next` is what to do; empty if none is known.
    `replies` are those of a server whose replies are not valid.
    """

    reason: str
    because: tuple[Reason, ...]
    first: Unknown
    servers: list[str] = field(default_factory=list)
    next: str = ""
    ports: set[int] = field(default_factory=set)
    subjects: dict[str, list[str]] = field(default_factory=dict)
    tenants: set[str] = field(default_factory=set)
    follows: Consequences = field(default_factory=Consequences)
    replies: list[str] = field(default_factory=list)

    @property
    def says(self) -> str:
        if len(self.replies) > 1:
            return f"{self.reason} sends replies that are not valid: {'; '.join(self.replies[:MOST_REPLIES])}"
        if self.replies:
            return self.replies[0]
        who = ""
        if self.servers:
            more = len(self.servers) - MOST_SERVERS
            who = ", ".join(self.servers[:MOST_SERVERS]) + (f" and {more} more" if more > 0 else "") + " "
        does = SERVERS_DO[self.reason] if len(self.servers) > 1 else self.reason
        return f"{who}{does}" + (f": port {', '.join(map(str, sorted(self.ports)))}" if self.ports else "")

    def add(self, other: Undetermined) -> None:
        """Adds what is not determined because other servers do not answer either."""
        self.servers += other.servers
        self.tenants |= other.tenants
        for check, subjects in other.subjects.items():
            mine = self.subjects.setdefault(check, [])
            mine += [subject for subject in subjects if subject not in mine]


def causes(report: Report) -> list[Cause]:
    """The problems in the order in which to fix them, each with its consequences; then what else is waived, and the
    notes.
    """
    findings = {finding.id: finding for finding in report.findings()}
    found = [_cause([findings[name] for name in names]) for names in report.problems] or list(_without_links(report))
    of = {finding.id: cause for cause in found for finding in cause.findings}
    _add_consequences(report, {name: cause.follows for name, cause in of.items()})
    notes: dict[str, list[Finding]] = {}
    for finding in report.findings(Severity.NOTE):
        notes.setdefault(finding.code, []).append(finding)
    return [*found, *_waived_effects(report), *(_cause(notes[code]) for code in sorted(notes, key=area_rank))]


def _waived_effects(report: Report) -> Iterator[Cause]:
    """The waived findings that follow from others, so that each waiver is seen with its reason."""
    listed = {name for names in report.problems for name in names}
    found: dict[tuple[str, Waived], list[Finding]] = {}
    for finding in report.findings():
        if finding.waived is not None and finding.id not in listed and finding.severity is not Severity.NOTE:
            found.setdefault((finding.code, finding.waived), []).append(finding)
    yield from map(_cause, found.values())


def _cause(findings: list[Finding]) -> Cause:
    remedy = over_hosts([finding.remedy for finding in findings]) or findings[0].remedy
    return Cause(findings[0].code, findings[0].severity, remedy, findings)


def _without_links(report: Report) -> Iterator[Cause]:
    """Those of a report that was written before there were causes: findings with one code and one remedy."""
    found: dict[tuple[str, str, Remedy], list[Finding]] = {}
    for finding in report.findings():
        if finding.severity is not Severity.NOTE:
            found.setdefault((finding.code, finding.severity, finding.remedy), []).append(finding)
    yield from sorted(
        map(_cause, found.values()),
        key=lambda cause: (
            SEVERITIES.index(cause.severity), area_rank(cause.code), cause.tenants, in_one_line(cause.remedy)
        ),
    )  # fmt: skip


def _add_consequences(report: Report, of: Mapping[str, Consequences]) -> None:
    """Adds each verdict to what follows from each of its causes, once for causes of one problem."""
    for check, verdict in report.verdicts():
        if isinstance(verdict, Fine):
            continue
        those = {id(of[name]): of[name] for name in verdict.explained_by if name in of}
        for consequences in those.values():
            if isinstance(verdict, Finding):
                consequences.findings.append(verdict)
            else:
                consequences.undetermined.append((check, verdict))


def undetermined(report: Report) -> list[Undetermined]:
    """Returns the reasons of the results that follow from nothing else, the reason of the most subjects first."""
    found: dict[tuple[str, str], Undetermined] = {}
    names: dict[tuple[str, str], list[str]] = {}
    for check, verdict in report.verdicts():
        if isinstance(verdict, Unknown) and not verdict.explained_by:
            server, reason, port = _reason(verdict)
            group = found.setdefault((server, reason), Undetermined(reason, verdict.because, verdict))
            if reply := _reply(verdict):
                group.replies += [reply] if reply not in group.replies else []
            else:
                group.servers = [server] if server else []
                group.ports |= {port} - {0}
            subjects = group.subjects.setdefault(check, [])
            if verdict.subject not in subjects:
                subjects.append(verdict.subject)
            group.tenants |= {verdict.tenant} - {""}
            names.setdefault((server, reason), []).append(verdict.id)
    merged = _merged(found)
    _add_consequences(report, {name: merged[key].follows for key, those in names.items() for name in those})
    groups = list({id(group): group for group in merged.values()}.values())
    answering = answered(verdict for _, verdict in report.verdicts())
    for group in groups:
        group.next = next_step(group.first, group.servers, group.ports, answering)
    return sorted(groups, key=lambda group: (-_size(group.subjects.values()), group.says))


def folded(groups: Iterable[Undetermined], least: int = 2) -> list[tuple[Undetermined, int, int]]:
    """Returns one group for those whose reasons differ only in names of their subjects, if these are at least `least`:
    the first, with the subjects of all, the number of reasons, and that of subjects.
    """
    found: dict[str, list[Undetermined]] = {}
    for group in groups:
        found.setdefault(_without_names(group), []).append(group)
    kinds = [those if len(those) >= least else [each] for those in found.values() for each in those]
    firsts = {id(those[0]): those for those in kinds}
    return [(_together(those), len(those), sum(map(_results, those))) for those in firsts.values()]


def _together(groups: list[Undetermined]) -> Undetermined:
    """The first group with the subjects of all, and with what follows from all."""
    first, *others = groups
    if not others:
        return first
    subjects = {check: list(those) for check, those in first.subjects.items()}
    findings = {each.id: each for group in groups for each in group.follows.findings}
    undetermined = {entry[1].id: entry for group in groups for entry in group.follows.undetermined}
    for group in others:
        for check, those in group.subjects.items():
            mine = subjects.setdefault(check, [])
            mine += [subject for subject in those if subject not in mine]
    follows = Consequences(list(findings.values()), list(undetermined.values()))
    return replace(first, subjects=subjects, follows=follows)


def _results(group: Undetermined) -> int:
    return _size(group.subjects.values())


def _without_names(group: Undetermined) -> str:
    """The reason, without what its subjects contain too."""
    names = {name for subjects in group.subjects.values() for subject in subjects for name in NAME.findall(subject)}
    names |= group.tenants
    return NAME.sub(lambda found: "…" if found[0] in names and not found[0].isalpha() else found[0], group.says)


def _merged(found: Mapping[tuple[str, str], Undetermined]) -> dict[tuple[str, str], Undetermined]:
    """The groups by their keys; servers with the same gap at the same ports are one group."""
    same: dict[tuple[str, frozenset[int]], Undetermined] = {}
    merged: dict[tuple[str, str], Undetermined] = {}
    for key, group in found.items():
        first = same.setdefault((group.reason, frozenset(group.ports)), group) if group.servers else group
        if first is not group:
            first.add(group)
        merged[key] = first
    return merged


def _reason(verdict: Unknown) -> tuple[str, str, int]:
    """Returns the server that did not answer, what it does, and its port; or no server, the message, and 0.

    The reason of replies that are not valid is their server and port: it is one server, whatever it sends.
    """
    question = verdict.unanswered
    if question is not None and question.gap is Gap.MALFORMED:
        of = endpoint(question.server, question.port) if question.server else ""
        return of, shown(of) if of else _reply(verdict), 0
    if question is None or not question.server or question.gap not in SERVER_DOES:
        return "", verdict.says, 0
    return question.server, SERVER_DOES[question.gap], question.port


def _reply(verdict: Unknown) -> str:
    """A reply that is not valid, as the verdict describes it; empty if that is not its reason."""
    if verdict.unanswered is None or verdict.unanswered.gap is not Gap.MALFORMED:
        return ""
    answer = next((reason.answer for reason in verdict.because if reason.gap is Gap.MALFORMED), "")
    return answer if answer and verdict.says.endswith(answer) else verdict.says


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
