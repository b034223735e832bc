"""Facts and checks in, check reports out. No network, no clock but to time the checks."""

from __future__ import annotations

import time
import traceback
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from krbcheck.facts.observation import Facts
from krbcheck.judging.check import Check
from krbcheck.judging.completeness import judged_in_part
from krbcheck.judging.labels import Labels, SiteLabels
from krbcheck.judging.older_answers import with_older_answers
from krbcheck.judging.scope import added_to, in_scope, not_collected, without
from krbcheck.judging.unstated import with_unstated
from krbcheck.judging.verdict import Finding, Fine, Outcome, Severity, Unknown, Verdict, unknown
from krbcheck.site.stated import Site
from krbcheck.views.platforms import Known, Platforms, SmbPlatforms
from krbcheck.views.view import View, Views, families_of
from krbcheck.windows.remedy import Remedy, selected, verified


class CheckReport(msgspec.Struct, frozen=True):
    """One check in one run. `crash` holds our own traceback where the check has a bug."""

    id: str
    title: str
    outcome: Outcome
    seconds: float
    verdicts: tuple[Verdict, ...]
    crash: str = ""


def judge(
    site: Site,
    facts: Mapping[type[Facts], Facts],
    checks: Iterable[Check[Any]],
    *,
    tenants: Collection[str] = (),
    missing: str = "not collected",
) -> list[CheckReport]:
    """Returns the report of each check. `missing` is why a family is not available; with `tenants`, only verdicts about
    those tenants or about none in particular are kept.
    """
    facts = with_unstated(site, facts)
    views = Views(site, facts)
    scope = scope_of(site, facts)
    remedies = _Remedies(site.name, _platforms(facts, views))
    complete = _Completion(SiteLabels(site), remedies)
    return [_judged(site, facts, views, check, tenants, missing, scope, complete) for check in checks]


def _platforms(facts: Mapping[type[Facts], Facts], views: Views) -> Mapping[str, Known]:
    """What the directory and the site file show about a storage counts more than its SMB server."""
    by_guid = views.get(SmbPlatforms).known if _has(facts, SmbPlatforms) else {}
    return {**by_guid, **(views.get(Platforms).known if _has(facts, Platforms) else {})}


def _has(facts: Mapping[type[Facts], Facts], view: type[View]) -> bool:
    return all(family in facts for family in families_of([view]))


@dataclass(frozen=True)
class _Remedies:
    """What the steps of a remedy are completed with: the name of the site file, and the platforms."""

    site: str
    known: Mapping[str, Known]

    def completed(self, remedy: Remedy, check_id: str) -> Remedy:
        """The steps for the platforms of the site. The last step that changes something is verified by the check."""
        return verified(selected(remedy, self.known), self.site, check_id)


@dataclass(frozen=True)
class Scope:
    """The site for which the facts were collected, its views, and the reason for the rest."""

    site: Site
    views: Views
    says: str


def scope_of(site: Site, facts: Mapping[type[Facts], Facts]) -> Scope | None:
    """What the facts were collected for; None if that is all that the site file states."""
    added = added_to(site, facts)
    if not added:
        return None
    narrowed = without(site, added)
    return Scope(narrowed, Views(narrowed, facts), not_collected(added))


def verdicts_of(
    check: Check[Any], facts: Mapping[type[Facts], Facts], views: Views, scope: Scope | None, missing: str
) -> list[Verdict]:
    """Returns what a check reports, before its verdicts are completed. Raises what the check raises."""
    lacking = [kind.__name__ for kind in check.families if kind not in facts]
    if lacking:
        return [unknown(check.id, *(f"{name}: {missing}" for name in lacking), says=missing)]
    families = [facts[kind] for kind in check.families]
    whole = judged_in_part(check.judge(**views.given(check.needs)), families, check.part_is_enough)
    if scope is None or not families:
        return whole
    narrowed = judged_in_part(check.judge(**scope.views.given(check.needs)), families, check.part_is_enough)
    return list(in_scope(whole, narrowed, scope.says))


def _judged(
    site: Site,
    facts: Mapping[type[Facts], Facts],
    views: Views,
    check: Check[Any],
    tenants: Collection[str],
    missing: str,
    scope: Scope | None,
    complete: _Completion,
) -> CheckReport:
    started = time.perf_counter()
    crash = ""
    verdicts: list[Verdict] = []
    try:
        verdicts = verdicts_of(check, facts, views, scope, missing)
    except Exception:  # noqa: BLE001 - a bug of a check, or of a view that it needs, is named and stops no other
        crash = traceback.format_exc(limit=-6)
    known = {site_tenant.name for site_tenant in site.tenants}
    kept = tuple(
        complete.verdict(verdict, check.id)
        for verdict in with_older_answers(verdicts, facts)
        if not tenants or verdict.tenant in tenants or verdict.tenant not in known
    )
    spent = time.perf_counter() - started
    return CheckReport(check.id, check.title, outcome(kept, crash), spent, kept, crash)


@dataclass(frozen=True)
class _Completion:
    """Completes the verdicts of a check with what follows from the site: labels, and the steps of the remedies."""

    names: SiteLabels
    remedies: _Remedies

    def verdict(self, verdict: Verdict, check_id: str) -> Verdict:
        """A finding's code is its check's id and its problem's slug; a note has no labels."""
        match verdict:
            case Finding():
                code, remedy = f"{check_id}/{verdict.code}", self.remedies.completed(verdict.remedy, check_id)
                labels = verdict.labels if verdict.severity is Severity.NOTE else self._labels(verdict)
                return msgspec.structs.replace(verdict, code=code, remedy=remedy, labels=labels)
            case Unknown():
                return msgspec.structs.replace(verdict, labels=self._labels(verdict))
            case _:
                return verdict

    def _labels(self, verdict: Finding | Unknown) -> Labels:
        determined = isinstance(verdict, Finding)
        return self.names.of(verdict.tenant, verdict.subject, verdict.labels, determined=determined)


def outcome(verdicts: Collection[Verdict], crash: str = "") -> Outcome:
    """The worst of the verdicts: crashed, failed, warned, unknown, waived, passed; notes count as passed."""
    if crash:
        return Outcome.CRASHED
    findings = [verdict for verdict in verdicts if isinstance(verdict, Finding)]
    severities = {finding.severity for finding in findings if finding.waived is None}
    if Severity.ERROR in severities:
        return Outcome.FAILED
    if Severity.WARNING in severities:
        return Outcome.WARNED
    if any(isinstance(verdict, Unknown) for verdict in verdicts):
        return Outcome.UNKNOWN
    if any(finding.waived and finding.severity is not Severity.NOTE for finding in findings):
        return Outcome.WAIVED
    if severities or any(isinstance(verdict, Fine) for verdict in verdicts):
        return Outcome.PASSED
    return Outcome.NOT_APPLICABLE
