"""The vantage points of a collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec

from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Facts


class VantagePoint(msgspec.Struct, frozen=True):
    """One tenant as seen from one host.

    `source` is the source address of the queries; if it is empty nothing was queried for this tenant, and `why` states
    why not.
    """

    tenant: str
    host: str
    source: str
    why: str = ""


class Vantages(Facts, frozen=True, dict=True):
    points: tuple[VantagePoint, ...] = ()

    def why_not(self, tenant: str) -> str:
        """Returns why nothing is known from this tenant's source address, as the reason of an Unknown."""
        for point in self._points.get(tenant, ()):
            if not point.source:
                return point.why
        return f"nothing was queried from a host of {tenant}"

    def asked(self, tenant: str) -> bool:
        return any(point.source for point in self._points.get(tenant, ()))

    @cached_property
    def _points(self) -> Mapping[str, Sequence[VantagePoint]]:
        return grouped(self.points, lambda point: point.tenant)
