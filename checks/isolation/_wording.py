"""Words that several isolation checks share: who is concerned, in as many names as a sentence holds."""

from __future__ import annotations

from collections.abc import Sequence

from krbcheck.judging.verdict import Unknown, unknown
from krbcheck.site.stated import Principal, Tenant
from krbcheck.views.tried_access import TriedShare

MOST_IN_SENTENCE = 5
MOST_IN_REMEDY = 4
"""Accounts that a remedy names; more are a group's matter."""


def shortened(names: Sequence[str]) -> list[str]:
    """As many as a sentence holds."""
    more = len(names) - MOST_IN_SENTENCE
    return [*names[:MOST_IN_SENTENCE], f"{more} more"] if more > 0 else list(names)


def accounts_of(tenant: Tenant, principals: Sequence[Principal]) -> list[str]:
    """As access lists take them: the same words for all who share a fault, so that a report folds it."""
    if len(principals) > MOST_IN_REMEDY:
        return [f"GROUP-OF-{tenant.name.upper()}-HOSTS"]
    return [f"{principal.realm}\\{principal.account}" for principal in principals]


def not_determined(tried: TriedShare, tenant: Tenant) -> Unknown:
    grounds = () if tried.seen is None else (tried.seen,)
    about = {"principal": tried.principal.name, "path": tried.path, "share": tried.share}
    return unknown(tried.subject, *grounds, tenant=tenant.name, says=tried.judged.says, about=about)
