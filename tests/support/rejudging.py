"""A scenario judged again with other facts: a view is built again only if a family below it is another one.

What a check then reports is what `judge` reports, without the labels and the remedies that complete a verdict.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, TypeVar

from krbcheck.facts.observation import Facts
from krbcheck.facts.scopes import Scopes
from krbcheck.judging.check import Check
from krbcheck.judging.judge import Scope, scope_of, verdicts_of
from krbcheck.judging.unstated import with_unstated
from krbcheck.site.stated import Site
from krbcheck.views.view import View, Views, families_of
from tests.support.said import AllFacts, Said, said_of

V = TypeVar("V", bound=View)


class KeptViews(Views):
    """Views of changed facts; a view whose families are the same objects as before is the view of `before`."""

    _families: ClassVar[dict[type[View], frozenset[type[Facts]]]] = {}

    def __init__(self, site: Site, facts: AllFacts, before: Views, changed: Collection[type[Facts]]) -> None:
        super().__init__(site, facts)
        self._before, self._changed = before, changed

    def get(self, kind: type[V]) -> V:
        if kind not in self._families:
            self._families[kind] = frozenset(families_of([kind]))
        return self._before.get(kind) if self._families[kind].isdisjoint(self._changed) else super().get(kind)


class Rejudged:
    """A scenario, as checks judge it (`whole`, by the check's id), and as they judge it with changed facts."""

    def __init__(self, site: Site, facts: AllFacts, checks: Collection[Check[Any]]) -> None:
        self._site, self.facts = site, with_unstated(site, facts)
        self._views, self._scope = Views(site, self.facts), scope_of(site, self.facts)
        judged = ((check.id, _judged(check, self.facts, self._views, self._scope)) for check in checks)
        self.whole: Mapping[str, Said] = dict(judged)

    def again(self, facts: AllFacts, checks: Collection[Check[Any]]) -> Iterator[tuple[str, Said]]:
        """Yields the id of each check and what it reports of the changed facts."""
        facts = with_unstated(self._site, facts)
        changed = {kind for kind in self.facts.keys() | facts.keys() if facts.get(kind) is not self.facts.get(kind)}
        views = KeptViews(self._site, facts, self._views, changed)
        scope = self._scoped(facts, changed)
        for check in checks:
            yield check.id, _judged(check, facts, views, scope)

    def _scoped(self, facts: AllFacts, changed: Collection[type[Facts]]) -> Scope | None:
        if Scopes in changed:
            return scope_of(self._site, facts)
        if (scope := self._scope) is None:
            return None
        return Scope(scope.site, KeptViews(scope.site, facts, scope.views, changed), scope.says)


def _judged(check: Check[Any], facts: AllFacts, views: Views, scope: Scope | None) -> Said:
    return said_of(verdicts_of(check, facts, views, scope, "not collected"), check.id)
