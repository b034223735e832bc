"""How much a recording queried, where it does not state it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from krbcheck.facts.observation import Extent, Facts
from krbcheck.facts.older_answers import OlderAnswers
from krbcheck.facts.scopes import Scopes
from krbcheck.facts.vantages import Vantages

SCHEMA_1 = frozenset(
    {
        "AccountRights", "Admissions", "CachedSessions", "ClearSessions", "ControllerPorts", "Controllers",
        "CredentialCaches", "Directories", "GroupChanges", "KdcReplies", "LibkrbTickets", "LocatorAnswers",
        "Memberships", "NameAnswers", "NetworkInterfaces", "OwnGroups", "Policies", "PortAnswers", "ReaderTickets",
        "ServiceTickets", "ShareAccess", "SmbDialects", "SmbSessions", "SmbSpeeches", "SpnCensuses", "SpnHosts",
        "TicketGrants", "TrustTickets", "Vantages",
    }
)  # fmt: skip
"""The families that `run` and `collect` saved in schema 1; `matrix` and `trace` saved some."""


def with_extents(facts: Mapping[type[Facts], Facts], host: str, *, stated: bool) -> dict[type[Facts], Facts]:
    """The families with an extent each: where a recording does not state it, it may be of `matrix` or `trace`.

    `stated` is False for recordings of schema 1. Those of `run` and `collect` hold every family.
    """
    whole = not stated and {kind.__name__ for kind in facts} >= SCHEMA_1
    unstated = (Extent(host, _tenants(facts), "" if whole else "the recording does not state how much was queried"),)
    return {
        kind: family
        if family.extents or kind in (Vantages, Scopes, OlderAnswers)
        else msgspec.structs.replace(family, extents=unstated)
        for kind, family in facts.items()
    }


def _tenants(facts: Mapping[type[Facts], Facts]) -> tuple[str, ...]:
    vantages = facts.get(Vantages)
    points = vantages.points if isinstance(vantages, Vantages) else ()
    return tuple(point.tenant for point in points if point.source)
