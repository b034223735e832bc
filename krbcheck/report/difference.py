"""The difference between two reports, as one value: what is new, fixed, unchanged, and newly not determined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from krbcheck import __version__
from krbcheck.judging.causes import SEVERITIES, area_rank
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.recheck import NO_LONGER
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown
from krbcheck.report.report import Report

Verdicts = Mapping[str, tuple[str, Finding | Unknown]]
"""The errors, the warnings and the undetermined results by id, each with the id of its check."""


class Side(msgspec.Struct, frozen=True):
    """One of the two reports."""

    site: str
    krbcheck: str
    started: datetime
    vantages: tuple[str, ...]
    checks: int


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A result of one of the reports. `code` is the id of its check if it is undetermined; `severity` is then null.

    `follows` if it follows from another result of its report; `why` states why it is not known whether it is fixed.
    """

    id: str
    code: str
    severity: Severity | None = None
    tenant: str
    subject: str
    says: str
    follows: bool = False
    waived: bool = False
    why: str = ""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """`new` and `unchanged` are results of the report `after`; `fixed`, `not_tested` and `no_longer_stated` are results
    of the report `before`. What concerns an object that the site file no longer states was not fixed.

    Notes are not compared. A finding whose waiver is no longer valid is new. `remarks` name, one sentence each, why the
    reports are comparable in part only.
    """

    schema: Literal[1] = 1
    krbcheck: str = __version__
    before: Side
    after: Side
    new: tuple[Change, ...] = ()
    fixed: tuple[Change, ...] = ()
    unchanged: tuple[Change, ...] = ()
    newly_undetermined: tuple[Change, ...] = ()
    not_tested: tuple[Change, ...] = ()
    no_longer_stated: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()


def difference(before: Report, after: Report) -> Difference:
    """Compares the results by their ids. A finding is fixed only if its check was completed in the later report."""
    old, new = _verdicts(before), _verdicts(after)
    gone = [(check, each) for name, (check, each) in old.items() if name not in new and isinstance(each, Finding)]
    later = {check.id: check for check in after.checks}
    lost = {each.id: name for check, each in gone if (name := _no_longer_stated(each, later.get(check), before, after))}
    left = [(check, each, _why_not_fixed(later.get(check), each)) for check, each in gone if each.id not in lost]
    counted = {name: _change(*new[name]) for name in new if isinstance(new[name][1], Finding)}
    added = {name for name in counted if name not in old or _counts_again(old[name][1], new[name][1])}
    return Difference(
        before=_side(before),
        after=_side(after),
        new=_ordered(counted[name] for name in added),
        fixed=_ordered(_change(check, each) for check, each, why in left if not why),
        unchanged=_ordered(change for name, change in counted.items() if name not in added),
        newly_undetermined=_ordered(
            _change(check, each) for name, (check, each) in new.items() if isinstance(each, Unknown) and name not in old
        ),
        not_tested=_ordered(_change(check, each, why) for check, each, why in left if why),
        no_longer_stated=_ordered(
            _change(check, each, NO_LONGER.format(lost[each.id])) for check, each in gone if each.id in lost
        ),
        remarks=tuple(_remarks(before, after)),
    )


def changes_of(report: Report) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """The errors and warnings of a report, and its undetermined results, both in the order in which to read them."""
    every = [_change(check, each) for check, each in _verdicts(report).values()]
    found, open_results = ([each for each in every if (each.severity is None) is unknown] for unknown in (False, True))
    return _ordered(found), _ordered(open_results)


def _verdicts(report: Report) -> Verdicts:
    return {
        each.id: (check, each)
        for check, each in report.verdicts()
        if not isinstance(each, Fine) and not (isinstance(each, Finding) and each.severity is Severity.NOTE)
    }


def _counts_again(old: Finding | Unknown, new: Finding | Unknown) -> bool:
    """Whether the finding was waived and is no longer."""
    was, now = (isinstance(each, Finding) and each.waived is not None for each in (old, new))
    return was and not now


def _no_longer_stated(finding: Finding, check: CheckReport | None, before: Report, after: Report) -> str:
    """The object of the finding that only the earlier site file states; empty if there is none, or if the later report
    has a result about the subject.

    Where a label has several objects, all of them must be gone. Reports of earlier versions do not have the names, and
    a report with a question only those that the question concerns.
    """
    if after.question is not None or (check is not None and any(_same(each, finding) for each in check.verdicts)):
        return ""
    had, has = frozenset(before.stated), frozenset(after.stated)
    for names in ((finding.tenant,), (finding.subject,), *finding.labels.values()):
        known = [name for name in names if _bare(name) in had]
        if has and known and not any(_bare(name) in has for name in known):
            return known[0]
    return ""


def _bare(name: str) -> str:
    """The name of a data path without the backslashes of a UNC path; in lowercase."""
    return name.removeprefix("\\\\").casefold()


def _why_not_fixed(check: CheckReport | None, finding: Finding) -> str:
    """Why it is not known whether the finding is fixed, by its check in the later report; empty if it is fixed."""
    if check is None:
        return "the check was not run"
    if check.crash:
        return "the check crashed"
    for each in check.verdicts:
        if isinstance(each, Unknown) and (each.subject == check.id or _same(each, finding)):
            return f"not determined: {each.says}"
    if any(_same(each, finding) for each in check.verdicts):
        return ""
    pending = [each for each in check.verdicts if isinstance(each, Unknown) and each.tenant in ("", finding.tenant)]
    if pending:
        return f"not determined: {pending[0].subject}: {pending[0].says}"
    concerned = any(each.tenant == finding.tenant for each in check.verdicts)
    return "" if concerned or not finding.tenant else f"{finding.tenant} was not checked"


def _same(verdict: Finding | Fine | Unknown, finding: Finding) -> bool:
    return (verdict.tenant, verdict.subject) == (finding.tenant, finding.subject)


def _change(check: str, verdict: Finding | Unknown, why: str = "") -> Change:
    found = verdict if isinstance(verdict, Finding) else None
    return Change(
        id=verdict.id,
        code=found.code if found else check,
        severity=found.severity if found else None,
        tenant=verdict.tenant,
        subject=verdict.subject,
        says=verdict.says,
        follows=bool(verdict.explained_by),
        waived=found is not None and found.waived is not None,
        why=why,
    )


def _ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Causes first, errors before warnings, then from cause to effect."""
    return tuple(sorted(changes, key=_rank))


def _rank(change: Change) -> tuple[object, ...]:
    kind = SEVERITIES.index(change.severity) if change.severity else len(SEVERITIES)
    return change.waived, change.follows, kind, area_rank(change.code), change.tenant, change.subject


def _side(report: Report) -> Side:
    return Side(report.site, report.krbcheck, report.started, report.vantages, len(report.checks))


def _remarks(before: Report, after: Report) -> Iterator[str]:
    if before.site != after.site:
        yield f"The reports are of different sites: {before.site} and {after.site}."
    if after.started < before.started:
        yield "The first report is newer than the second."
    if before.krbcheck != after.krbcheck:
        yield f"The reports were written by krbcheck {before.krbcheck} and {after.krbcheck}, whose checks can differ."
    for kind, old, new in (
        ("Checks", [check.id for check in before.checks], [check.id for check in after.checks]),
        ("Vantage points", before.vantages, after.vantages),
    ):
        for which, names in (("first", sorted(set(old) - set(new))), ("second", sorted(set(new) - set(old)))):
            if names:
                more = f" and {len(names) - 8} more" if len(names) > 8 else ""
                yield f"{kind} of the {which} report only: {', '.join(names[:8])}{more}."
    for which, report in (("first", before), ("second", after)):
        if report.interrupted:
            yield f"The collection of the {which} report was interrupted."
