"""What a check is: a pure judgement over facts, and the kinds of finding that it may report."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Generic, ParamSpec, get_type_hints

from krbcheck.facts.observation import MAX_TEXT, Facts
from krbcheck.facts.reasons import Ground
from krbcheck.judging.explains import Explains
from krbcheck.judging.labels import of_values
from krbcheck.judging.verdict import Finding, Severity, Verdict, grounds
from krbcheck.site.stated import Site
from krbcheck.views.view import families_of, sources_of
from krbcheck.windows.quoting import Filled
from krbcheck.windows.remedy import Remedy, fill

P = ParamSpec("P")


@dataclass(frozen=True)
class Problem:
    """One kind of finding.

    `says` is one sentence of what *is*; it and the texts of `remedy` are `str.format` templates over the values that
    the check passes, in commands made harmless (`quoting.filled`). Where the remedy depends on the facts, the
    check makes steps of the templates in `alternatives` (`with_steps`); they come before those of `remedy`.
    `means` is for `krbcheck explain`: why it matters, plain text. `explains` is what follows from it. Findings with the
    same values of the labels `together` are one problem, without them those with the same value `found`.
    """

    slug: str
    severity: Severity
    says: str
    remedy: Remedy
    means: str = ""
    alternatives: tuple[Remedy, ...] = ()
    made: Remedy = ()
    explains: Sequence[Explains] = ()
    together: Sequence[str] = ()

    def __call__(
        self,
        subject: str,
        *because: Ground,
        expected: str,
        found: str,
        tenant: str = "",
        **values: str | Sequence[str],
    ) -> Finding:
        kept: dict[str, str | tuple[str, ...]] = {"expected": expected, "found": found}
        kept |= {name: str(entry) if isinstance(entry, str) else tuple(entry) for name, entry in values.items()}
        said = {name: text if isinstance(text, str) else ", ".join(text) for name, text in kept.items()}
        said = {"subject": subject, "tenant": tenant} | said
        parts = {name: part for name, part in values.items() if isinstance(part, Filled)}
        return Finding(
            code=self.slug,
            severity=self.severity,
            subject=subject,
            says=self.says.format_map(said)[:MAX_TEXT],
            remedy=self.made + fill(self.remedy, said | parts),
            tenant=tenant,
            values=kept,
            because=grounds(because),
            labels=of_values(kept),
        )

    def with_steps(self, steps: Remedy) -> Problem:
        """The same problem, whose findings begin with these steps, which are filled already."""
        return replace(self, made=steps)


@dataclass(frozen=True)
class Check(Generic[P]):
    """A pure judgement over facts. `needs` maps its parameters to Site, fact families and views."""

    id: str
    title: str
    tells: str
    problems: tuple[Problem, ...]
    refs: tuple[str, ...]
    judge: Callable[P, Iterable[Verdict]]
    about: str
    needs: Mapping[str, type] = field(default_factory=dict)
    part_is_enough: frozenset[type[Facts]] = frozenset()
    undetermined_explains: tuple[Explains, ...] = ()

    @cached_property
    def sources(self) -> tuple[type[Facts] | type[Site], ...]:
        """What it is judged from, those of its views included: Site, then fact families by name."""
        return tuple(sorted(sources_of(self.needs.values()), key=lambda kind: (kind is not Site, kind.__name__)))

    @cached_property
    def families(self) -> tuple[type[Facts], ...]:
        """The fact families that it is judged from, those of its views included."""
        return families_of(self.needs.values())


def check(
    *,
    id: str,
    title: str,
    tells: str,
    problems: Sequence[Problem] = (),
    refs: Sequence[str] = (),
    part_is_enough: Sequence[type[Facts]] = (),
    undetermined_explains: Sequence[Explains] = (),
) -> Callable[[Callable[P, Iterable[Verdict]]], Check[P]]:
    """Makes a Check of a judge function. The module's docstring is its documentation.

    `title`: the good state as a sentence. `tells`: what the reader learns. `refs`: the paragraphs of the
    specifications. `part_is_enough`: families of which the check reads nothing that a partial collection leaves out
    (`Extent.lacks`). `undetermined_explains`: the undetermined results of other checks that follow from one of this.
    """

    def make(judge: Callable[P, Iterable[Verdict]]) -> Check[P]:
        hints = {name: kind for name, kind in get_type_hints(judge).items() if name != "return"}
        about = inspect.getdoc(inspect.getmodule(judge)) or ""
        enough = frozenset(part_is_enough)
        leads = tuple(undetermined_explains)
        return Check(id, title, tells, tuple(problems), tuple(refs), judge, about, hints, enough, leads)

    return make
