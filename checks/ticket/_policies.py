"""Applies the policies that are in effect on host and KDC to the result of a forest search."""

from __future__ import annotations

from dataclasses import replace

from krbcheck.site.stated import realm_of
from krbcheck.views.search_order.halves import Half, Halves

from ._ways import End, Found, Resting


def rested(halves: Halves, principal: str, ends: list[Found]) -> list[Found]:
    """Where a policy is known to lack the forest, the host gets no ticket by it. A policy that is not known changes
    nothing.
    """
    return [_rested(halves, principal, one) for one in ends]


def _rested(halves: Halves, principal: str, one: Found) -> Found:
    if one.end not in (End.SEARCHED, End.UNSTATED):
        return one
    forest = one.way.forest
    client, kdc = halves.client(principal), halves.kdc(realm_of(principal).lower(), one.kdc)
    told = (client.reason(), kdc.reason())
    if one.end is End.UNSTATED:
        return replace(one, policy=Resting(told))
    lacking = [half for half, forests in ((client, client.forests), (kdc, kdc.own)) if _lacks(forests, forest)]
    if lacking:
        return replace(one, end=End.LACKING, policy=Resting(told, _words(client, kdc, lacking)))
    better, worse = client.with_and_without(forest)
    if better and worse:
        return replace(one, end=End.DEPENDS, policy=Resting(told, client.told(), better[0], worse[0]))
    return replace(one, policy=Resting(told))


def _lacks(forests: tuple[str, ...] | None, forest: str) -> bool:
    return forests is not None and forest not in forests


def _words(client: Half, kdc: Half, lacking: list[Half]) -> str:
    """Describes the policies that lack the forest, and what the other policy still does."""
    said = "; ".join(half.told() for half in lacking)
    if lacking == [client]:
        return f"{said}; the {kdc.told()}" if kdc.own else said
    if lacking == [kdc]:
        return f"{said}; the {client.told()}, so hosts search the forest themselves" if client.forests else said
    return said
