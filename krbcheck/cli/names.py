"""Names that were typed, to what they name; what is not known is answered with the nearest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from krbcheck.cli.mistakes import Mistake
from krbcheck.facts.backup_sessions import BackupSessions
from krbcheck.facts.observation import Facts
from krbcheck.facts.share_access import ShareAccess
from krbcheck.facts.smb import AccountRights, SmbSessions
from krbcheck.judging.check import Check
from krbcheck.site.stated import Site
from krbcheck.site.suggest import nearest, quoted
from krbcheck.site.typed import matching
from krbcheck.views.platforms import SmbPlatforms
from krbcheck.views.view import families_of as families_of_views

MOST_NAMED = 12
BY_SMB = frozenset((AccountRights, BackupSessions, ShareAccess, SmbSessions))
"""The families whose queries connect to the storages by SMB."""


def split(typed: Iterable[str] | None) -> list[str]:
    """Names separated by commas or repeated, each once."""
    return list(dict.fromkeys(name.strip() for text in typed or () for name in text.split(",") if name.strip()))


def chosen_checks(checks: Mapping[str, Check[Any]], typed: Iterable[str] | None) -> list[Check[Any]]:
    """By id or area; all where nothing was typed."""
    names = split(typed)
    areas = list(dict.fromkeys(check.partition(".")[0] for check in checks))
    for name in names:
        if name not in checks and name not in areas:
            raise unknown("check or area", name, [*checks, *areas], f"areas: {', '.join(areas)}; see krbcheck list")
    return [check for check in checks.values() if not names or check.id in names or check.id.partition(".")[0] in names]


def chosen_tenants(site: Site, typed: Iterable[str] | None) -> list[str]:
    known = [tenant.name for tenant in site.tenants]
    names = split(typed)
    for name in names:
        if name not in known:
            raise unknown("tenant", name, known, f"the site file contains {', '.join(known)}")
    return names


def chosen_account(site: Site, typed: str, known: Collection[str], kind: str = "principal") -> str:
    """The account among `known` (`account@REALM`) that was typed in any form. Raises Mistake."""
    found = matching(typed, known, site)
    if len(found) > 1:
        raise Mistake(f"{kind} {quoted(typed)} is ambiguous; allowed: {', '.join(found[:MOST_NAMED])}")
    if not found:
        more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
        raise unknown(
            kind, typed, known, f"the site file contains {', '.join(list(known)[:MOST_NAMED]) or 'none'}{more}"
        )
    return found[0]


def unknown(kind: str, typed: str, known: Collection[str], allowed: str) -> Mistake:
    close = nearest(typed, known)
    meant = f"did you mean {quoted(close)}? " if close else ""
    return Mistake(f"{kind} {quoted(typed)} does not exist; {meant}{allowed}")


def families_of(checks: Iterable[Check[Any]]) -> list[type[Facts]]:
    """Every fact family that the checks need. Where they connect to the storages by SMB, and a remedy has variants for
    the platforms of a storage, also what shows the platform.
    """
    chosen = list(checks)
    wanted = [kind for check in chosen for kind in check.families]
    if not BY_SMB.isdisjoint(wanted) and any(map(_fixes_storage, chosen)):
        wanted += families_of_views([SmbPlatforms])
    return list(dict.fromkeys(wanted))


def _fixes_storage(check: Check[Any]) -> bool:
    """Whether a remedy of the check depends on the platform of a storage."""
    remedies = (remedy for problem in check.problems for remedy in (problem.remedy, *problem.alternatives))
    return any(step.platform is not None and step.of == "{storage}" for remedy in remedies for step in remedy)
