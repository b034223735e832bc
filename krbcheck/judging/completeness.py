"""No check reports "fine" on the grounds of facts that were queried in part only.

A finding has its evidence and stays. A note that states the good case is kept: it reports what was seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from krbcheck.facts.observation import Facts
from krbcheck.judging.verdict import Fine, Unknown, Verdict


def judged_in_part(
    verdicts: Iterable[Verdict], families: Collection[Facts], part_is_enough: Collection[type[Facts]]
) -> list[Verdict]:
    """Returns the verdicts, where each Fine is Unknown if a family lacks something for its tenant.

    `families` are all that the check needs; of those in `part_is_enough` the check reads nothing that a partial
    collection leaves out.
    """
    needed = [family for family in families if type(family) not in part_is_enough]
    lacks_of: dict[str, str] = {}
    return [_held(verdict, needed, lacks_of) for verdict in verdicts]


def _held(verdict: Verdict, families: Collection[Facts], lacks_of: dict[str, str]) -> Verdict:
    """Returns the verdict, or Unknown instead of Fine. `lacks_of` keeps what the families lack for each tenant."""
    if not isinstance(verdict, Fine):
        return verdict
    lacks = lacks_of.get(verdict.tenant)
    if lacks is None:
        lacks = next((lacks for family in families if (lacks := family.lacks(verdict.tenant))), "")
        lacks_of[verdict.tenant] = lacks
    return Unknown(verdict.subject, lacks, verdict.tenant, verdict.because) if lacks else verdict
