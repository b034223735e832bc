"""What of a recording counts: what is recent, and was observed by the recording's own vantage points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from krbcheck.facts.observation import NOT_SENT, Extent, Facts, Gap, Observed, Unobserved
from krbcheck.facts.older_answers import OlderAnswers
from krbcheck.facts.scopes import Scopes
from krbcheck.facts.vantages import Vantages
from krbcheck.recording.encoding import Recording
from krbcheck.recording.observations import Seen, observations, unmarked

MAX_AGE = timedelta(hours=24)
CLOCKS_DIFFER = timedelta(minutes=5)
"""A host's clock may be this much ahead: Kerberos allows no more (RFC 4120, 1.6)."""


@dataclass(frozen=True)
class Age:
    """`now` (UTC) is when the recordings are judged. Without `most` no recording is too old."""

    now: datetime
    most: timedelta | None = MAX_AGE

    def objection(self, began: datetime, ended: datetime) -> str:
        """Why what was recorded from `began` to `ended` does not count; empty if it does."""
        if began.tzinfo is None or ended.tzinfo is None:
            return "the recording has times without a time zone"
        if began > self.now + CLOCKS_DIFFER:
            return f"the recording is dated {duration(began - self.now)} in the future"
        if self.most is not None and ended < self.now - self.most:
            return f"the recording is {duration(self.now - ended)} old, more than --max-age {duration(self.most)}"
        return ""


@dataclass(frozen=True)
class Believed:
    """`facts` that count. `remarks` name, one clause each, what of the recording does not."""

    facts: dict[type[Facts], Facts]
    remarks: tuple[str, ...] = ()


def believed(head: Recording, facts: Mapping[type[Facts], Facts], age: Age) -> Believed:
    """The observations that do not count are Unobserved, and their families state what they lack.

    Records from vantage points that are not the recording's own are left out.
    """
    own, foreign = _without_foreign(head, facts)
    ended = head.started + timedelta(seconds=head.seconds) if head.started.tzinfo else head.started
    whole = age.objection(head.started, ended)
    kept: dict[type[Facts], Facts] = {}
    remarks: set[str] = {whole} - {""}
    for kind, family in own.items():
        kept[kind], objection = _current(family, age, whole)
        remarks |= {objection} - {""} if not whole else set()
    return Believed(kept, (*sorted(remarks), *([foreign] if foreign else [])))


def _current(family: Facts, age: Age, whole: str) -> tuple[Facts, str]:
    """The family with what is current, and why the rest is not; `whole` is why nothing of the recording is."""
    objections: set[str] = set()

    def change(seen: Seen) -> Seen:
        objection = whole or age.objection(seen.at, seen.at)
        if not objection:
            return seen
        objections.add(objection)
        return Unobserved(Gap.NOT_CURRENT, objection, seen.asked, seen.at, seen.vantage, seen.seconds, seen.of)

    kept: Facts = msgspec.structs.replace(
        family,
        **{name: tuple(unmarked(record, change) for record in getattr(family, name)) for name in _records(family)},
    )
    lacks = whole or min(objections, default="")
    if lacks and not isinstance(family, (Vantages, Scopes, OlderAnswers)):
        extents = tuple(msgspec.structs.replace(extent, lacks=lacks) for extent in family.extents)
        kept = msgspec.structs.replace(kept, extents=extents or (Extent("", (), lacks),))
    return kept, lacks


def _records(family: Facts) -> list[str]:
    return [name for name in family.__struct_fields__ if name != "extents"]


def _without_foreign(head: Recording, facts: Mapping[type[Facts], Facts]) -> tuple[dict[type[Facts], Facts], str]:
    tenants, hosts = own_vantages(head, facts)
    strangers: set[str] = set()
    count = 0
    kept: dict[type[Facts], Facts] = {}
    for kind, family in facts.items():
        changed: dict[str, Any] = {}
        for name in family.__struct_fields__:
            records = getattr(family, name)
            own = tuple(record for record in records if not (_strangers(record, tenants, hosts)))
            if len(own) < len(records):
                changed[name] = own
                count += len(records) - len(own)
                strangers |= {stranger for record in records for stranger in _strangers(record, tenants, hosts)}
        kept[kind] = msgspec.structs.replace(family, **changed) if changed else family
    if not count:
        return kept, ""
    named = ", ".join(sorted(strangers)[:3]) + (" …" if len(strangers) > 3 else "")
    records_ = "1 record" if count == 1 else f"{count} records"
    return kept, f"{records_} from {named} ignored: not a vantage point of this recording"


def own_vantages(head: Recording, facts: Mapping[type[Facts], Facts]) -> tuple[set[str], set[str]]:
    """The tenants from whose networks the recording was collected, and the hosts on which."""
    family = facts.get(Vantages)
    points = family.points if isinstance(family, Vantages) else ()
    extents = {extent for fact in facts.values() for extent in fact.extents}
    hosts = {"", *head.host.split(", "), *(point.host for point in points), *(extent.host for extent in extents)}
    return {point.tenant for point in points if point.source}, hosts


def _strangers(record: object, tenants: set[str], hosts: set[str]) -> set[str]:
    """The vantage points of a record's answers that are not the recording's own."""
    sent = [seen for seen in observations(record) if isinstance(seen, Observed) or seen.gap not in NOT_SENT]
    strangers = {seen.vantage for seen in sent} - tenants - hosts
    tenant = getattr(record, "tenant", "")
    claimed = any(seen.vantage in tenants and seen.vantage != tenant for seen in sent)
    return strangers | ({tenant} if claimed and tenant and tenant not in tenants else set())


def duration(length: timedelta) -> str:
    """In whole days, hours or minutes: `3 days`, `1 h`, `20 min`."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"
