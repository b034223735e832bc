"""What a check reports, as far as missing evidence may change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from krbcheck.facts.observation import Facts
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown, Verdict

AllFacts = Mapping[type[Facts], Facts]
Subject = tuple[str, str]
"""Tenant and subject of a verdict."""


@dataclass(frozen=True)
class Said:
    """What a check reported: codes at warning and above by subject, subjects that are fine or not determined."""

    found: Mapping[Subject, frozenset[str]]
    fine: frozenset[Subject]
    unknown: frozenset[Subject]
    crashed: bool


def said(report: CheckReport) -> Said:
    return said_of(report.verdicts, crashed=bool(report.crash))


def said_of(verdicts: Iterable[Verdict], check_id: str = "", *, crashed: bool = False) -> Said:
    """What verdicts state. Where they are not completed yet, the codes of findings begin with `check_id`."""
    found: dict[Subject, set[str]] = {}
    fine, unknown = set(), set()
    for verdict in verdicts:
        subject = verdict.tenant, verdict.subject
        match verdict:
            case Finding() if verdict.severity is not Severity.NOTE:
                found.setdefault(subject, set()).add(f"{check_id}/{verdict.code}" if check_id else verdict.code)
            case Fine():
                fine.add(subject)
            case Unknown():
                unknown.add(subject)
    codes = {subject: frozenset(codes) for subject, codes in found.items()}
    return Said(codes, frozenset(fine), frozenset(unknown), crashed)


def wrong(whole: Said, part: Said) -> list[str]:
    """What must not happen when evidence is taken away; empty if nothing of it did. A finding may go where its subject
    is not determined, or where something is not determined that was.
    """
    faults = ["crash"] if part.crashed else []
    for subject, codes in whole.found.items():
        if subject in part.fine:
            faults.append(f"fine: {subject}, was {', '.join(sorted(codes))}")
        elif subject not in part.found and subject not in part.unknown and not part.unknown - whole.unknown:
            faults.append(f"vanished: {subject}, was {', '.join(sorted(codes))}")
    for subject, codes in part.found.items():
        for code in codes - whole.found.get(subject, frozenset()):
            faults.append(f"new: {code} of {subject}")
    return faults
