"""A run that starts from a symptom: its checks first, all others only if these find no problem."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.names import chosen_checks, families_of
from krbcheck.cli.symptom_scope import scoped
from krbcheck.facts.observation import Facts
from krbcheck.judging.check import Check
from krbcheck.judging.focusing import focused
from krbcheck.judging.judge import judge
from krbcheck.judging.verdict import Outcome
from krbcheck.site.stated import Site

GOOD = (Outcome.PASSED, Outcome.NOT_APPLICABLE)


class SymptomRun:
    """`site`, `wanted` and `tenants` are those of the scope; `checks` and `question` change if more checks are run."""

    def __init__(
        self,
        site: Site,
        known: Mapping[str, Check[Any]],
        only: Iterable[str] | None,
        tenants: Iterable[str] | None,
        symptom: str,
        host: str,
        path: str,
    ) -> None:
        """Raises Mistake."""
        if only and symptom:
            raise Mistake("--symptom chooses the checks: omit --only, or omit --symptom")
        if tenants:
            raise Mistake("--host and --path choose the tenant: omit --tenant")
        scope = scoped(site, known, symptom, host, path)
        self.site, self.wanted, self.tenants, self.question = scope.site, scope.wanted, scope.tenants, scope.question
        self.checks = chosen_checks(known, only) if only else list(scope.checks)
        self._others = [] if only else [check for check in known.values() if check not in self.checks]

    def further(self, facts: Mapping[type[Facts], Facts]) -> Collection[type[Facts]]:
        """The families of all other checks, if those of the symptom found neither a problem nor a gap."""
        if not self._others:
            return []
        judged = focused(judge(self.site, facts, self.checks, tenants=self.tenants), self.wanted)
        if any(report.outcome not in GOOD for report in judged) or self.question.refused:
            return []
        self.checks = [*self.checks, *self._others]
        self.question = msgspec.structs.replace(self.question, further=True)
        return families_of(self._others)
