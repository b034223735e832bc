"""The source addresses of a recording: a query from outside a tenant's networks shows nothing about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

import msgspec

from krbcheck.facts.observation import Facts, Gap, Unobserved
from krbcheck.facts.older_answers import OlderAnswers
from krbcheck.facts.scopes import Scopes
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.recording.observations import Seen, unmarked

Networks = Mapping[str, Collection[str]]
"""By tenant: its networks as the site file states them now; none if it states none."""
Outside = Mapping[str, str]
"""By tenant: why the source address of its queries does not count."""


@dataclass(frozen=True)
class FromInside:
    """`facts` that were collected from the tenants' networks. `remarks` name, one clause each, what was not."""

    facts: dict[type[Facts], Facts]
    remarks: tuple[str, ...] = ()


def from_inside(facts: Mapping[type[Facts], Facts], networks: Networks) -> FromInside:
    """Returns the facts without the answers to a tenant's queries if their source address is in none of its networks.

    A recording of several hosts does not state which of them sent a query: one source address outside is enough.
    """
    family = facts.get(Vantages)
    points = family.points if isinstance(family, Vantages) else ()
    outside = {
        point.tenant: why for point in points if (why := _objection(point, tuple(networks.get(point.tenant, ()))))
    }
    if not outside:
        return FromInside(dict(facts))
    remarks = tuple(f"nothing counts that was queried for {tenant}: {why}" for tenant, why in sorted(outside.items()))
    return FromInside({kind: _without(family, outside) for kind, family in facts.items()}, remarks)


def _objection(point: VantagePoint, networks: tuple[str, ...]) -> str:
    """Why a vantage point does not count as within these networks; empty if it does, or if none is stated."""
    if not point.source or not networks:
        return ""
    try:
        source = ip_address(point.source)
    except ValueError:
        return f"the source of the queries is not an address ({point.source[:60]!r})"
    if any(source in ip_network(network) for network in networks):
        return ""
    return f"the source address {source} is not in a network of {point.tenant} ({', '.join(networks)})"


def _without(family: Facts, outside: Outside) -> Facts:
    """The family without the answers to queries for the tenants in `outside`, as of a host that cannot send them."""

    def change(seen: Seen) -> Seen:
        if seen.vantage not in outside:
            return seen
        why = outside[seen.vantage]
        return Unobserved(Gap.NOT_HERE, why, seen.asked, seen.at, seen.vantage, seen.seconds, seen.of)

    kept = _of_others(family, outside)
    changed: dict[str, Any] = {
        name: tuple(unmarked(record, change) for record in getattr(kept, name))
        for name in kept.__struct_fields__
        if name != "extents"
    }
    changed["extents"] = tuple(
        msgspec.structs.replace(extent, tenants=_inside(extent.tenants, outside)) for extent in kept.extents
    )
    return msgspec.structs.replace(kept, **changed)


def _of_others(family: Facts, outside: Outside) -> Facts:
    """The family without the vantage points, scopes and older answers of these tenants."""
    match family:
        case Vantages():
            points = (
                msgspec.structs.replace(point, source="", why=outside[point.tenant])
                if point.tenant in outside
                else point
                for point in family.points
            )
            return msgspec.structs.replace(family, points=tuple(points))
        case Scopes():
            scopes = (
                msgspec.structs.replace(scope, tenants=_inside(scope.tenants, outside)) for scope in family.scopes
            )
            return msgspec.structs.replace(family, scopes=tuple(scopes))
        case OlderAnswers():
            answers = tuple(answer for answer in family.answers if answer.vantage not in outside)
            return msgspec.structs.replace(family, answers=answers)
    return family


def _inside(tenants: Collection[str], outside: Outside) -> tuple[str, ...]:
    return tuple(name for name in tenants if name not in outside)
