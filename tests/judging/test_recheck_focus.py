"""A recheck of a cause queries a part of the site, and judges the cause and its consequences as a whole run does."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
import pytest

from fixtures import scenarios
from fixtures.scenarios import SCENARIOS
from krbcheck.facts.kerberos import TicketGrants
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Facts
from krbcheck.facts.policy import Policies
from krbcheck.judging import judge, registry
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.recheck import Now, now
from krbcheck.judging.recheck_focus import PRINCIPAL, focus_of, has_records_with
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown
from krbcheck.report.recheck import Target, roots, targets
from krbcheck.report.report import Report
from krbcheck.site.narrowing import WHOLE, Focus, narrowed
from krbcheck.site.stated import Site

CHECKS = registry.load()
EVERYTHING = "its consequences concern every principal and every data path"
NEEDS_ALL: Mapping[str, str] = {}
"""By scenario: why its causes need all principals and all data paths. A recheck of any other cause needs a part."""

Families = Mapping[type[Facts], Facts]


@cache
def report(scenario: str) -> Report:
    return scenarios.report_of(scenarios.facts_of(scenario), scenarios.site_of(scenario))


@cache
def judged(scenario: str, site: str) -> Mapping[str, CheckReport]:
    """What a whole run judges of the facts of a scenario, with the site file of another."""
    made = scenarios.report_of(scenarios.facts_of(scenario), scenarios.site_of(site))
    return {check.id: check for check in made.checks}


def asked(facts: Families, site: Site, focus: Focus) -> Families:
    """The records that a collection for this part of the site has."""
    kept = _Kept(site, focus)
    return {kind: _of_family(family, kept) for kind, family in facts.items()}


class _Kept:
    """What is left out: principals and data paths of the site file that are not in the focus."""

    def __init__(self, site: Site, focus: Focus) -> None:
        principals = {(tenant.name, each.name) for tenant, each in site.principals()}
        self.principals = principals - focus.principals if focus.principals is not None else frozenset()
        paths = [(tenant, path) for tenant, path in site.paths()]
        out = [
            path for tenant, path in paths if focus.paths is not None and (tenant.name, path.name) not in focus.paths
        ]
        self.names = {name for path in out for name in (path.name, path.spn)}
        self.storages = {path.storage for path in out} - {path.storage for _, path in paths if path not in out}

    def has(self, record: Any) -> bool:
        def of(field: str) -> Any:
            return getattr(record, field, "")

        if (of("tenant"), of("principal")) in self.principals:
            return False
        if of("storage") and not of("tenant"):
            return of("storage") not in self.storages or not of("path")
        return self.names.isdisjoint((of("path"), of("name"), of("service"), of("spn")))


def _of_family(family: Facts, kept: _Kept) -> Facts:
    fields = {name: getattr(family, name) for name in family.__struct_fields__ if name != "extents"}
    lists = {name: tuple(filter(kept.has, records)) for name, records in fields.items() if isinstance(records, tuple)}
    return msgspec.structs.replace(family, **lists)


def about(check: CheckReport, verdict: Finding | Unknown) -> list[str]:
    """The outcomes of the subject of a verdict, without notes."""
    same = [each for each in check.verdicts if (each.tenant, each.subject) == (verdict.tenant, verdict.subject)]
    return sorted(
        each.code if isinstance(each, Finding) else type(each).__name__
        for each in same
        if not (isinstance(each, Finding) and each.severity is Severity.NOTE) and not isinstance(each, Fine)
    )


def became(site: Site, facts: Families, wanted: list[Target]) -> dict[str, tuple[str, list[str]]]:
    names = dict.fromkeys(check for check, _ in wanted)
    made = {each.id: each for each in judge.judge(site, facts, [CHECKS[name] for name in names])}
    return states(made, wanted, site)


def states(made: Mapping[str, CheckReport], wanted: list[Target], site: Site) -> dict[str, tuple[str, list[str]]]:
    found: dict[str, Now] = {each.id: now(each, made.get(name), site, "") for name, each in wanted}
    return {each.id: (found[each.id].state, about(made[name], each)) for name, each in wanted}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_part_of_the_site_answers_like_all_of_it(scenario: str) -> None:
    """Of each cause with what follows from it, while the fault is there, and where the lab is healthy again."""
    site, made = scenarios.site_of(scenario), report(scenario)
    for cause in roots(made):
        wanted = targets(made, [cause])
        focus = focus_of(wanted, site, CHECKS)
        part = narrowed(site, focus)
        for other in dict.fromkeys((scenario, scenarios.HEALTHY)):
            facts = asked(scenarios.facts_of(other), site, focus)
            assert became(part, facts, wanted) == states(judged(other, scenario), wanted, site), (cause[1].id, other)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_recheck_needs_a_part_of_the_site(scenario: str) -> None:
    site, made = scenarios.site_of(scenario), report(scenario)
    whole = [cause.id for _, cause in roots(made) if focus_of(targets(made, [(_, cause)]), site, CHECKS) == WHOLE]
    assert not whole or scenario in NEEDS_ALL, whole


def test_the_families_that_need_a_secret_are_known_by_their_records() -> None:
    assert has_records_with(TicketGrants, PRINCIPAL)
    assert not has_records_with(NameAnswers, PRINCIPAL)
    assert not has_records_with(Policies, PRINCIPAL)
