"""The causes of a matrix that is not as expected: the findings that its cells follow from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from krbcheck.facts.observation import Facts
from krbcheck.judging.causes import explained
from krbcheck.judging.check import Check
from krbcheck.judging.judge import judge
from krbcheck.judging.rules import rules_of
from krbcheck.judging.verdict import Finding, Fine
from krbcheck.report.matrix import MatrixCause
from krbcheck.report.report import with_ids
from krbcheck.report.text import cut
from krbcheck.site.stated import Site

ACCESS = ("isolation.own", "isolation.others", "isolation.unstated")
"""The checks that judge the same sessions as the matrix."""
JUDGED = (
    "credentials.usable", "dns.port", "isolation.acl", "isolation.administrators", "isolation.backup", *ACCESS,
    "smb.session", "smb.share", "spn.exists", "spn.owner", "spn.unique", "ticket.groups", "ticket.service",
    "ticket.tgt", "trust.exists", "trust.ticket",
)  # fmt: skip


def causes_of(
    site: Site, facts: Mapping[type[Facts], Facts], checks: Iterable[Check[Any]], tenants: Collection[str]
) -> tuple[MatrixCause, ...]:
    """The causes of access that is not as expected or not determined, in the order in which to fix them.

    Only checks whose facts were collected are judged; access that is its own cause is in the cells.
    """
    able = [check for check in checks if check.id in JUDGED and all(family in facts for family in check.families)]
    done, problems = explained(with_ids(judge(site, facts, able, tenants=tenants)), rules_of(able))
    access = [verdict for report in done if report.id in ACCESS for verdict in report.verdicts]
    names = {name for verdict in access if not isinstance(verdict, Fine) for name in verdict.explained_by}
    findings = {each.id: each for report in done for each in report.verdicts if isinstance(each, Finding)}
    concerned = (findings[problem[0]] for problem in problems if names.intersection(problem))
    return tuple(MatrixCause(each.code, each.tenant, cut(each.says, 500), each.remedy) for each in concerned)
