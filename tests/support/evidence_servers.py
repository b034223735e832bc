"""The servers of a recording: facts in which one of them does not answer, or answers as in another recording."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from krbcheck.facts.directory import CATALOGUE, GroupMembers
from krbcheck.facts.kerberos import TicketPath, TrustTicket
from krbcheck.facts.names import Controllers, DnsAnswer
from krbcheck.facts.observation import Facts, Gap, Observation, Observed, Unobserved
from tests.support.evidence import observations, unanswered
from tests.support.said import AllFacts

SERVER_FIELDS = ("kdc", "server", "controller", "address", "host")
"""The fields of a record that name the server of its query; the first that a record has counts."""
Answering = Callable[[Observed[Any]], Observation[Any] | None]
"""What a server answers instead of an observation; None if that is the same."""


@dataclass(frozen=True)
class Part:
    """The observations of `server` in one list of a family, or all of them if `kind` is None."""

    server: str
    kind: type[Facts] | None = None
    field: str = ""

    def __str__(self) -> str:
        return f"{self.server} in {self.kind.__name__}.{self.field}" if self.kind else self.server

    def covers(self, kind: type[Facts], field: str) -> bool:
        return field != "extents" and self.kind in (None, kind) and self.field in ("", field)


class Servers:
    """The servers of a recording. A name and the addresses of a domain controller are one server."""

    def __init__(self, facts: AllFacts) -> None:
        known = facts.get(Controllers)
        self._names = (
            {entry.address: entry.host for entry in known.controllers} if isinstance(known, Controllers) else {}
        )

    def named(self, name: str) -> str:
        name = name.removesuffix(CATALOGUE)
        return self._names.get(name, name)

    def of(self, record: object) -> str:
        """The server of a record's query; empty if the record names none."""
        values = (getattr(record, field, None) for field in SERVER_FIELDS)
        return next((self.named(value) for value in values if isinstance(value, str) and value), "")

    def parts(self, facts: AllFacts) -> list[Part]:
        """Each server, and each list of a family in which it answered."""
        held: dict[Part, None] = {}
        for kind, family in facts.items():
            for field in family.__struct_fields__:
                for server in sorted(
                    {self.of(record) for record in getattr(family, field) if field != "extents"} - {""}
                ):
                    held[Part(server)] = held[Part(server, kind, field)] = None
        return list(held)

    def answering(self, facts: AllFacts, part: Part, answer: Answering) -> dict[type[Facts], Facts]:
        """The facts with what the server answers instead; equal to `facts` if that is the same."""
        return {kind: self._family(kind, family, part, answer) for kind, family in facts.items()}

    def _family(self, kind: type[Facts], family: Facts, part: Part, answer: Answering) -> Facts:
        changes = {}
        for field in family.__struct_fields__:
            held = getattr(family, field)
            if part.covers(kind, field) and (to := self._changed(held, "", part.server, answer)) is not held:
                changes[field] = to
        return msgspec.structs.replace(family, **changes) if changes else family

    def _changed(self, value: Any, server: str, wanted: str, answer: Answering) -> Any:
        """The value with other observations; the same object if nothing within it is the wanted server's."""
        if isinstance(value, Observed):
            return (answer(value) or value) if server == wanted else value
        if isinstance(value, tuple):
            entries = tuple(self._changed(entry, server, wanted, answer) for entry in value)
            return value if all(map(_same, entries, value)) else entries
        if not isinstance(value, msgspec.Struct) or isinstance(value, Unobserved):
            return value
        own = self.of(value) or server
        changes = {}
        for field in value.__struct_fields__:
            held, by = getattr(value, field), self._server_of(value, field, own)
            if (to := self._changed(held, by, wanted, answer)) is not held:
                changes[field] = to
        return _as_collected(msgspec.structs.replace(value, **changes)) if changes else value

    def _server_of(self, record: object, field: str, own: str) -> str:
        return self.named(record.far_kdc) if isinstance(record, TrustTicket) and field == "accepted" else own

    def spliced(self, facts: AllFacts, other: AllFacts, part: Part) -> dict[type[Facts], Facts]:
        """The facts with the records of a server from another recording; a family that holds the same stays."""
        changed = {}
        for kind, family in facts.items():
            changes = {}
            for field in family.__struct_fields__:
                if part.covers(kind, field) and kind in other:
                    here, there = (self._records(source[kind], field, part.server) for source in (facts, other))
                    if (here or there) and _content(here) != _content(there):
                        others = (each for each in getattr(family, field) if self.of(each) != part.server)
                        changes[field] = (*others, *there)
            if changes:
                changed[kind] = msgspec.structs.replace(family, **changes)
        return {**facts, **changed}

    def renamed(self, facts: AllFacts, names: Mapping[str, str]) -> AllFacts:
        """The facts with other texts in the records of servers, such as the SID of a domain."""
        if not names:
            return facts
        changed = {}
        for kind, family in facts.items():
            fields = (field for field in family.__struct_fields__ if field != "extents")
            changes = {
                field: tuple(renamed(record, names) if self.of(record) else record for record in getattr(family, field))
                for field in fields
            }
            changed[kind] = msgspec.structs.replace(family, **changes)
        return changed

    def _records(self, family: Facts, field: str, server: str) -> list[Any]:
        return [record for record in getattr(family, field) if self.of(record) == server]

    def with_second(
        self, facts: AllFacts, kinds: Collection[type[Facts]], first: str, second: Mapping[str, str]
    ) -> dict[type[Facts], Facts]:
        """The facts of a site in which another controller gives each answer of `first` in the families of `kinds`;
        `second` replaces the texts of those answers.
        """
        changed = {}
        for kind in facts.keys() & kinds:
            family = facts[kind]
            fields = (field for field in family.__struct_fields__ if field != "extents")
            changes = {field: tuple(self._twice(getattr(family, field), first, second)) for field in fields}
            changed[kind] = msgspec.structs.replace(family, **changes)
        return {**facts, **changed}

    def answering_in(self, facts: AllFacts, server: str) -> list[type[Facts]]:
        """The families in which a server was queried."""
        parts = self.parts(facts)
        return list(dict.fromkeys(part.kind for part in parts if part.kind and part.server == server))

    def _twice(self, records: tuple[Any, ...], first: str, second: Mapping[str, str]) -> Iterator[Any]:
        for record in records:
            yield record
            if self.of(record) == first or (isinstance(record, TrustTicket) and self.named(record.far_kdc) == first):
                yield renamed(record, second)


def renamed(record: Any, names: Mapping[str, str]) -> Any:
    """The record with other texts in it, such as the name of a server."""
    text = msgspec.json.encode(record).decode()
    for old, new in names.items():
        text = text.replace(old, new)
    return msgspec.json.decode(text, type=type(record))


def _same(entry: object, other: object) -> bool:
    return entry is other


def _as_collected(record: Any) -> Any:
    """A path ends with the first exchange without an answer, and no ticket is presented that was not issued."""
    if isinstance(record, TicketPath):
        ends = [number for number, hop in enumerate(record.hops, 1) if isinstance(hop.seen, Unobserved)]
        return msgspec.structs.replace(record, hops=record.hops[: ends[0]]) if ends else record
    if isinstance(record, TrustTicket) and isinstance(record.seen, Unobserved):
        return msgspec.structs.replace(record, accepted=None)
    return record


def _content(records: list[Any]) -> list[object]:
    """What the records hold, without the times of their queries."""
    return [
        (type(seen), seen.asked, getattr(seen, "value", None) or getattr(seen, "gap", None))
        for record in records
        for _, seen in observations(record)
    ]


def silent(seen: Observed[Any]) -> Observation[Any]:
    return unanswered(seen)


def denied(seen: Observed[Any]) -> Observation[Any]:
    """REFUSED of a name server, which is an answer; else no answer, because the reader has no access."""
    if isinstance(seen.value, DnsAnswer):
        return msgspec.structs.replace(seen, value=DnsAnswer("REFUSED"))
    why = "STATUS_ACCESS_DENIED (0xC0000022)"
    return Unobserved(Gap.NOT_ALLOWED, why, seen.asked, seen.at, seen.vantage, seen.seconds, seen.of)


def empty(seen: Observed[Any]) -> Observation[Any] | None:
    """A search without results, as a directory answers it to a reader who cannot see the entries."""
    value = seen.value
    if isinstance(value, GroupMembers):
        return msgspec.structs.replace(seen, value=GroupMembers(""))
    if getattr(value, "found", None):
        return msgspec.structs.replace(seen, value=msgspec.structs.replace(value, found=()))
    return None


ANSWERS: Mapping[str, Answering] = {"silent": silent, "denied": denied, "empty": empty}
