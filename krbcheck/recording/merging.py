"""The facts of several recordings as one collection: the newest answer to a question from a vantage point counts.

A question that was sent again and not answered has no answer now, so what needs it is not determined; the older answer
is kept beside it, and the report shows both.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from krbcheck.facts.observation import NOT_SENT, Facts, Observed, Summarized
from krbcheck.facts.older_answers import OlderAnswer, OlderAnswers
from krbcheck.recording.observations import observations

WITHIN = timedelta(hours=1)
"""Two answers that differ are both shown if one came at most this long before the other."""
RESULTS = frozenset({"address", "realm", "forest", "far_kdc"})
"""Fields of records that depend on earlier answers: they do not name the question."""
NEVER = datetime.min.replace(tzinfo=UTC)
Records = Sequence[object]


def merge(collections: Iterable[Mapping[type[Facts], Facts]]) -> dict[type[Facts], Facts]:
    """The facts of several collections as one.

    Of the records with the same subject and vantage point those of the collection with the last query are kept.
    """
    waiting: dict[type[Facts], list[Facts]] = {}
    for facts in collections:
        for kind, family in facts.items():
            waiting.setdefault(kind, []).append(family)
    older: list[OlderAnswer] = []
    whole = {kind: _merged(families, older) for kind, families in waiting.items()}
    if older:
        known = whole.get(OlderAnswers, OlderAnswers())
        assert isinstance(known, OlderAnswers)
        whole[OlderAnswers] = OlderAnswers(answers=tuple(dict.fromkeys((*known.answers, *older))))
    return whole


def _merged(families: Sequence[Facts], older: list[OlderAnswer]) -> Facts:
    """Adds to `older` the answers that a newer one contradicts."""
    if len(families) == 1:
        return families[0]
    fields = [field.name for field in msgspec.structs.fields(type(families[0]))]
    merged: dict[str, Any] = {}
    for name in fields:
        merged[name] = tuple(_newest([getattr(family, name) for family in families], older))
    return type(families[0])(**merged)


def _newest(collections: Sequence[Records], older: list[OlderAnswer]) -> Iterator[object]:
    """Records without an observation add up, each once, and so do those of one moment."""
    groups: dict[Hashable, list[list[object]]] = {}
    for records in collections:
        for key, group in _grouped(records).items():
            groups.setdefault(key, []).append(group)
    for candidates in groups.values():
        last = max(map(_date, candidates))
        newest = [record for group in candidates if _date(group) == last for record in group]
        yield from newest
        for group in candidates:
            if _date(group) != last:
                older += _contradicted(group, newest)


def _grouped(records: Records) -> dict[Hashable, list[object]]:
    groups: dict[Hashable, list[object]] = {}
    for record in records:
        groups.setdefault(_key(record), []).append(record)
    return groups


def _key(record: object) -> Hashable:
    seen = list(observations(record))
    if not seen or not isinstance(record, msgspec.Struct):
        return record
    named = ((name, getattr(record, name)) for name in record.__struct_fields__ if name not in RESULTS)
    return (
        seen[0].vantage,
        *((name, value) for name, value in named if isinstance(value, (str, int)) and not isinstance(value, bool)),
    )


def _date(group: Collection[object]) -> datetime:
    """When the last of a group's questions was sent."""
    sent = (
        seen.at
        for record in group
        for seen in observations(record)
        if isinstance(seen, Observed) or seen.gap not in NOT_SENT
    )
    return max((at for at in sent if at.tzinfo), default=NEVER)


def _contradicted(group: Collection[object], newest: Collection[object]) -> Iterator[OlderAnswer]:
    """The answers of `group` that a newer record replaces although they differ: an answer to the same question within
    an hour, or no answer, which contradicts nothing however old the answer is.
    """
    newer = {(seen.asked, seen.vantage): seen for seen in observations(tuple(newest))}
    for seen in observations(tuple(group)):
        after = newer.get((seen.asked, seen.vantage))
        if after is None or not isinstance(seen, Observed) or not isinstance(seen.value, Summarized):
            continue
        answer = seen.value.summary()
        if isinstance(after, Observed):
            same = not isinstance(after.value, Summarized) or answer == after.value.summary()
            if same or after.at - seen.at > WITHIN:
                continue
        yield OlderAnswer(seen.asked, seen.of, seen.vantage, seen.at, answer, seen.authenticated)
