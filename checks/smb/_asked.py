"""Which record of several answers a verdict rests on, and why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from krbcheck.facts.directory import first_seen
from krbcheck.facts.observation import Observation, Unobserved, why
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.verdict import Unknown, unknown
from krbcheck.site.stated import DataPath, Tenant

T = TypeVar("T")


def seen_or_why(answers: Iterable[Observation[T]], vantages: Vantages, tenant: str) -> Observation[T] | str:
    """The first answer, else the first silence, else why nothing was asked for this tenant."""
    found = first_seen(answers)
    return vantages.why_not(tenant) if found is None else found


def why_no_speaker(tenant: Tenant, path: DataPath, vantages: Vantages) -> str:
    """Why none of the tenant's principals was asked for a session at a data path."""
    if path.is_address:
        return f"{path.name} is an address: there is no Kerberos ticket for it (see backup.path)"
    if not vantages.asked(tenant.name):
        return vantages.why_not(tenant.name)
    return f"the site names no secret of any principal of {tenant.name}"


def in_the_dark(subject: str, seen: Unobserved | str, tenant: str) -> Unknown:
    """Unknown, for a silence or for the reason why nothing was asked."""
    return unknown(subject, seen, tenant=tenant, says=why(seen) if isinstance(seen, Unobserved) else seen)
