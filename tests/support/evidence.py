"""Evidence taken away from facts, one piece at a time: what may a check then still report?

A mutation removes one observation, one server, one field of a family, one family, or denies one status within a reply
or the first step of an RPC conversation.
What was found may become not determined; it never becomes fine, it never vanishes, and nothing new is found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from krbcheck.facts.observation import Facts, Gap, Observed, Unobserved
from krbcheck.facts.vmstore import RestRefusal, VmstoreAnswers
from krbcheck.facts.vmstore_inventory import VmstoreInventories
from krbcheck.judging.check import Check
from krbcheck.site.stated import Site
from krbcheck.windows.hresult import E_ACCESSDENIED
from krbcheck.windows.ntstatus import STATUS_ACCESS_DENIED
from tests.support.rejudging import Rejudged
from tests.support.said import AllFacts, Said, wrong

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Mutation:
    """`family` without one piece of evidence; `facts` are all facts then. `label` names what was taken away."""

    label: str
    family: type[Facts]
    facts: AllFacts


def mutations(facts: AllFacts, families: Collection[type[Facts]]) -> Iterator[Mutation]:
    """Every mutation of every one of `families`."""
    for kind, family in facts.items():
        if kind not in families:
            continue
        name = kind.__name__
        for path, seen in observations(family):
            if isinstance(seen, Observed):
                yield _mutation(facts, kind, f"{name}{shown(path)} unanswered: {seen.asked}", {path: unanswered(seen)})
                if shut := denied(seen.value):
                    yield _mutation(facts, kind, f"{name}{shown(path)} shut: {seen.asked}", {(*path, "value"): shut})
                for within, to, what in lessened(seen.value):
                    label = f"{name}{shown(path + within)} {what}: {seen.asked}"
                    yield _mutation(facts, kind, label, {(*path, "value", *within): to})
        for field in family.__struct_fields__:
            if field != "extents" and getattr(family, field):
                yield _mutation(facts, kind, f"{name}.{field} empty", {(field,): ()})
        yield Mutation(f"{name} missing", kind, {other: held for other, held in facts.items() if other is not kind})
    yield from _servers(facts, families)


def _servers(facts: AllFacts, families: Collection[type[Facts]]) -> Iterator[Mutation]:
    """Each server silent in one family: every observation that its record or question names."""
    for kind in families & facts.keys():
        by_server: dict[str, dict[Path, Any]] = {}
        for path, seen in observations(facts[kind]):
            record = at(facts[kind], path[:2])
            for server in servers_of(record):
                if isinstance(seen, Observed):
                    by_server.setdefault(server, {})[path] = unanswered(seen)
        for server, changes in by_server.items():
            yield _mutation(facts, kind, f"{kind.__name__}: {server} silent", changes)


SERVER_FIELDS = ("controller", "host", "server", "kdc", "far_kdc", "address")


def servers_of(record: object) -> set[str]:
    """The names and addresses of servers that a record has."""
    named = {str(getattr(record, field)) for field in SERVER_FIELDS if isinstance(getattr(record, field, None), str)}
    return named - {""}


def unanswered(seen: Observed[Any]) -> Unobserved:
    return Unobserved(Gap.TIMED_OUT, "no answer within 3 s", seen.asked, seen.at, seen.vantage, 3.0, seen.of)


def observations(value: Any, path: Path = ()) -> Iterator[tuple[Path, Observed[Any] | Unobserved]]:
    """Every observation within a value, with the way to it as field names and positions."""
    if isinstance(value, Observed | Unobserved):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from observations(getattr(value, field), (*path, field))
    elif isinstance(value, tuple):
        for position, entry in enumerate(value):
            yield from observations(entry, (*path, position))


NTSTATUS_FIELDS = frozenset({"status", "root", "listed", "aliases_status", "tree", "plain", "backup"})
"""The fields of replies with an NTSTATUS."""
REST = frozenset({VmstoreAnswers.__module__, VmstoreInventories.__module__})
FORBIDDEN = RestRefusal(403, "ERR-API-0105", "The user does not have the privilege")


def lessened(value: Any, path: Path = ()) -> Iterator[tuple[Path, object, str]]:
    """What within a reply can show less, with its path: a success becomes a denial, and a list is not whole."""
    if isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            inner = getattr(value, field)
            succeeded = inner == 0 and type(inner) is int
            if field in NTSTATUS_FIELDS and succeeded:
                yield (*path, field), STATUS_ACCESS_DENIED, "denied"
            if field == "error" and succeeded:
                yield (*path, field), E_ACCESSDENIED, "denied"
            if field == "whole" and inner is True:
                yield (*path, field), False, "cut"
            yield from lessened(inner, (*path, field))
    elif isinstance(value, tuple):
        for position, entry in enumerate(value):
            yield from lessened(entry, (*path, position))


def denied(value: Any) -> Any:
    """The reply of a server that denies the first step: of those that name the step, and of REST; else None."""
    if type(value).__module__ in REST:
        return None if isinstance(value, RestRefusal) else FORBIDDEN
    if "refused" not in getattr(value, "__struct_fields__", ()) or value.refused:
        return None
    return type(value)(refused="bind", status=STATUS_ACCESS_DENIED)


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = getattr(value, step) if isinstance(step, str) else value[step]
    return value


def changed(value: Any, path: Path, to: object) -> Any:
    """The value with what lies at the path replaced."""
    if not path:
        return to
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        return msgspec.structs.replace(value, **{step: changed(getattr(value, step), rest, to)})
    return (*value[:step], changed(value[step], rest, to), *value[step + 1 :])


def shown(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def _mutation(facts: AllFacts, kind: type[Facts], label: str, changes: Mapping[Path, object]) -> Mutation:
    family: Any = facts[kind]
    for path, to in changes.items():
        family = changed(family, path, to)
    return Mutation(label, kind, {**facts, kind: family})


def examine(
    site: Site, facts: AllFacts, checks: Collection[Check[Any]], keep: Callable[[Check[Any], Said], bool]
) -> Iterator[tuple[str, str, str]]:
    """For each mutation that a kept check rests on, what is wrong with it: label, check id, fault; empty if nothing."""
    scenario = Rejudged(site, facts, checks)
    kept = [check for check in checks if keep(check, scenario.whole[check.id])]
    families = {family for check in kept for family in check.families}
    for mutation in mutations(facts, families):
        resting = [check for check in kept if mutation.family in check.families]
        for check, part in scenario.again(mutation.facts, resting):
            for fault in wrong(scenario.whole[check], part) or ("",):
                yield mutation.label, check, fault
