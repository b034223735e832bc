"""The record that is the evidence of a verdict if several answers exist, and the reason if none exists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from krbcheck.facts.directory import first_seen
from krbcheck.facts.observation import Observation
from krbcheck.facts.vantages import Vantages
from krbcheck.site.stated import DataPath, Tenant

T = TypeVar("T")


def seen_or_why(answers: Iterable[Observation[T]], vantages: Vantages, tenant: str) -> Observation[T] | str:
    """Returns the first answer, else the first observation without an answer, else the reason why nothing was queried
    for this tenant.
    """
    found = first_seen(answers)
    return vantages.why_not(tenant) if found is None else found


def why_no_speaker(tenant: Tenant, path: DataPath, vantages: Vantages) -> str:
    """Returns why no principal of the tenant opened a session at the data path."""
    if path.is_address:
        return f"{path.name} is an IP address, so no KDC issues a ticket for it (see backup.path)"
    if not vantages.asked(tenant.name):
        return vantages.why_not(tenant.name)
    return f"the site file contains no secret for any principal of {tenant.name}"
