"""What became of the causes of an earlier report, by what the same checks judge today.

A cause is fixed only if the check that found it now has a fine result about the same subject, or, where the subject
itself is gone, results without anything that is not determined.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from krbcheck.facts.reasons import Reason
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown, Verdict
from krbcheck.site.stated import Site

NO_LONGER = "the site file no longer states {}"
NO_RESULT = "{} has no result about it"
STATED = ("principal", "path", "share")
"""The labels that name what the site file states."""
NEVER_STATED = {"isolation.unstated": ("share",)}
"""By check: the labels of its findings that name what the site file does not state."""


class State(StrEnum):
    FIXED = "fixed"
    STAYS = "stays"
    UNKNOWN = "not-determined"


class Now(msgspec.Struct, frozen=True):
    """What became of a finding or of an undetermined result; `says` is the message of today, with its evidence."""

    state: State
    says: str = ""
    because: tuple[Reason, ...] = ()


def bare(name: str) -> str:
    """The name of a data path, without the backslashes of a UNC path."""
    return name.removeprefix("\\\\")


def now(old: Finding | Unknown, check: CheckReport | None, site: Site, missing: str) -> Now:
    """What became of a verdict. `check` is its check's report of today; `missing` is why there is none."""
    if check is None or check.crash:
        return Now(State.UNKNOWN, missing if check is None else f"{check.id} crashed")
    if lost := _no_longer_stated(old, check.id, site):
        return Now(State.UNKNOWN, NO_LONGER.format(lost))
    same = [each for each in check.verdicts if (each.tenant, each.subject) == (old.tenant, old.subject)]
    whole = [each for each in check.verdicts if isinstance(each, Unknown) and each.subject == check.id]
    return _worst(same or whole) or _without_subject(old, check)


def _worst(verdicts: Sequence[Verdict]) -> Now | None:
    """The worst of the verdicts about the subject; None if there is none. A note is fine."""
    wrong = [each for each in verdicts if isinstance(each, Finding) and each.severity is not Severity.NOTE]
    if wrong:
        return Now(State.STAYS, wrong[0].says, wrong[0].because)
    if open_ := [each for each in verdicts if isinstance(each, Unknown)]:
        return Now(State.UNKNOWN, open_[0].says, open_[0].because)
    if verdicts:
        return Now(State.FIXED, because=tuple(reason for each in verdicts for reason in each.because))
    return None


def _without_subject(old: Finding | Unknown, check: CheckReport) -> Now:
    """The check has no result about the subject: it is fixed if all that it could be in was seen and is fine."""
    if open_ := [each for each in check.verdicts if isinstance(each, Unknown) and _concerns(each, old)]:
        return Now(State.UNKNOWN, open_[0].says, open_[0].because)
    seen = [each for each in check.verdicts if isinstance(each, Fine) and _concerns(each, old)]
    if not seen:
        return Now(State.UNKNOWN, NO_RESULT.format(check.id))
    return Now(State.FIXED, because=tuple(reason for each in seen for reason in each.because))


def _concerns(verdict: Verdict, old: Finding | Unknown) -> bool:
    """Whether a verdict is about the tenant of the old one, and not about another storage."""
    if old.tenant and verdict.tenant not in ("", old.tenant):
        return False
    at = () if isinstance(verdict, Fine) else verdict.labels.get("storage", ())
    return not at or not (stated := old.labels.get("storage", ())) or not set(at).isdisjoint(stated)


def _no_longer_stated(old: Finding | Unknown, check: str, site: Site) -> str:
    """The first object of the verdict that the site file stated then and does not state now; empty if there is none.

    A `DOMAIN\\name` is a group or an account of a server's answer.
    """
    known = _stated(site)
    compared = [label for label in STATED if label not in NEVER_STATED.get(check, ())]
    names = ((label, bare(name)) for label in compared for name in old.labels.get(label, ()))
    return next((name for label, name in names if "\\" not in name and name not in known[label]), "")


def _stated(site: Site) -> Mapping[str, Collection[str]]:
    accounts = {account for backup in site.backups for account in backup.accounts}
    accounts |= {storage.account for storage in site.storages} | {domain.account for domain in site.domains}
    return {
        "principal": {entry.name for _, entry in site.principals()} | accounts,
        "path": {path.name for _, path in site.paths()},
        "share": {share.name for tenant in site.tenants for share in tenant.shares},
    }


def added(before: Collection[tuple[str, str, str]], checks: Iterable[CheckReport]) -> Iterator[Finding]:
    """The errors and warnings that were not there `before`: code, tenant and subject of each."""
    for check in checks:
        for each in check.verdicts:
            counts = isinstance(each, Finding) and each.severity is not Severity.NOTE
            if isinstance(each, Finding) and counts and (each.code, each.tenant, each.subject) not in before:
                yield each
