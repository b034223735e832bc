"""Verdicts where no answer decides."""

from __future__ import annotations

from krbcheck.facts.observation import Unobserved, why
from krbcheck.judging.labels import About
from krbcheck.judging.verdict import Unknown, unknown


def in_the_dark(subject: str, seen: Unobserved | str, tenant: str, about: About | None = None) -> Unknown:
    """Returns an Unknown, for a missing answer or for the reason why nothing was queried."""
    return unknown(subject, seen, tenant=tenant, says=why(seen) if isinstance(seen, Unobserved) else seen, about=about)
