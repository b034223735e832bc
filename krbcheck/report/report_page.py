"""The report for a person at a terminal: the verdict first, then what is wrong and the fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from krbcheck.judging.causes import area_rank
from krbcheck.judging.verdict import Finding, Fine, Outcome, Severity, Unknown
from krbcheck.report.cause_page import (
    COLUMN,
    DIM,
    FEW,
    MANY,
    MAX_LINE,
    MAX_SUBJECT,
    MOST_SUBJECTS,
    STYLES,
    WAIVED,
    put_cause,
    put_consequences,
)
from krbcheck.report.grouping import Cause, Undetermined, causes, folded, undetermined, without_authentication
from krbcheck.report.page import Page, Span
from krbcheck.report.question import put_question
from krbcheck.report.readiness_page import put_readiness
from krbcheck.report.report import Asked, RecordingRead, Report
from krbcheck.report.text import counted, cut

GOOD, OPEN, CRASH = "bold green", "bold magenta", "bold red"
OPEN_COLUMN = 16
MOST_CAUSES = 40
MOST_GAPS = 12
ALIKE = 3
"""Reasons of one kind from which on they are one, also where there are few reasons."""


def render(
    report: Report,
    stream: TextIO,
    environ: Mapping[str, str],
    *,
    quiet: bool = False,
    width: int = 0,
    unfold: bool = False,
) -> None:
    """`quiet` leaves the verdict line, and nothing where all is good; `unfold` lists what follows from each cause."""
    page = Page(stream, environ, width)
    found, pending = causes(report), undetermined(report)
    if quiet:
        if not is_good(report):
            page.put(*_verdict(report, found))
        return
    page.put(*_verdict(report, found))
    started = report.started.strftime("%Y-%m-%d %H:%M:%S UTC")
    page.put((f"{report.site} · {started} · {report.seconds:.1f} s · krbcheck {report.krbcheck}", DIM))
    if report.question is not None:
        put_question(page, report.question)
    if all(check.id.startswith("backup.") for check in report.checks):
        put_readiness(page, report.readiness)
    wrong = [entry for entry in found[:MOST_CAUSES] if entry.severity is not Severity.NOTE]
    for cause in wrong:
        if not cause.waived:
            put_cause(page, cause, unfold=unfold)
    _crashes(page, report)
    _undetermined(page, pending, unfold=unfold)
    for cause in wrong:
        if cause.waived:
            put_cause(page, cause, unfold=unfold)
    _waivers(page, report)
    for cause in found[len(wrong) : MOST_CAUSES]:
        put_cause(page, cause)
    if len(found) > MOST_CAUSES:
        page.gap()
        page.put((f"… and {counted(len(found) - MOST_CAUSES, 'more cause')}, in the JSON report", DIM))
    _passed(page, report)
    _asked(page, report.asked)
    _recordings(page, report.recordings)
    _authentication(page, report)
    _hints(page, found, unfold=unfold)


def _hints(page: Page, found: list[Cause], *, unfold: bool) -> None:
    if not found:
        return
    page.gap()
    page.put((f"Details: krbcheck explain {found[0].code}", DIM))
    if not unfold and any(cause.follows for cause in found):
        page.put(("What follows from each cause: --all", DIM))


def is_good(report: Report) -> bool:
    totals = report.totals
    pending = report.unknown or report.unreached
    wrong = totals.failed or totals.warned or report.waiver_warnings
    return not (wrong or pending or report.crashed or report.interrupted)


def _verdict(report: Report, found: list[Cause]) -> list[Span]:
    """The causes and what follows from them, what is not determined for another reason, and what is good."""
    crashes = len(report.crashes) + report.totals.crashed
    numbers = Counter(cause.severity for cause in found if not cause.waived)
    worst: list[Span] = [
        (counted(numbers[severity], word), STYLES[severity])
        for severity, word in ((Severity.ERROR, "problem"), (Severity.WARNING, "warning"))
        if numbers[severity]
    ]
    parts: list[list[Span]] = [[*_joined(worst, ", "), *_following(report, found)]] if worst else []
    if report.interrupted:
        parts.insert(0, [("interrupted", CRASH)])
    if pending := sum(not each.explained_by for _, each in report.verdicts() if isinstance(each, Unknown)):
        parts.append([(f"{pending} not determined", OPEN), *_following_unknown(report)])
    if report.unreached:
        parts.append([(report.unreached, OPEN)])
    if crashes:
        parts.append([("krbcheck crashed once" if crashes == 1 else f"krbcheck crashed {crashes} times", CRASH)])
    if warnings := report.waiver_warnings:
        states = Counter(str(waiver.state) for waiver in warnings)
        words = [f"{counted(number, 'waiver')} {state}" for state, number in sorted(states.items())]
        parts.append([(", ".join(words), STYLES[Severity.WARNING])])
    if not parts:
        parts.append([("No problems found", GOOD) if report.totals.passed else ("nothing was checked", OPEN)])
    if waived := sum(finding.waived is not None for finding in report.findings()):
        parts.append([(f"{waived} waived", WAIVED)])
    if notes := len(report.findings(Severity.NOTE)):
        parts.append([(counted(notes, "note"), STYLES[Severity.NOTE])])
    parts.append([(f"{counted(report.totals.passed, 'check')} passed", GOOD if report.totals.passed else DIM)])
    return [span for number, part in enumerate(parts) for span in ([" · "] if number else []) + part]


def verdict_line(report: Report) -> str:
    """The verdict in one line, for formats without styles."""
    return "".join(span if isinstance(span, str) else span[0] for span in _verdict(report, causes(report)))


def _following(report: Report, found: list[Cause]) -> list[Span]:
    """How many findings and undetermined results follow from the causes."""
    found = [cause for cause in found if not cause.waived]
    names = {finding.id for cause in found for finding in cause.findings}
    following = [
        each for _, each in report.verdicts() if not isinstance(each, Fine) and names.intersection(each.explained_by)
    ]
    following = [each for each in following if not (isinstance(each, Finding) and each.waived)]
    findings = sum(isinstance(each, Finding) for each in following)
    words = [counted(findings, "finding")] if findings else []
    words += [counted(len(following) - findings, "undetermined result")] if len(following) > findings else []
    several = sum(cause.severity is not Severity.NOTE for cause in found) > 1
    verb = "follows" if len(following) == 1 else "follow"
    return [(f" ({' and '.join(words)} {verb} from {'them' if several else 'it'})", DIM)] if words else []


def _following_unknown(report: Report) -> list[Span]:
    """How many undetermined results follow from others that follow from nothing."""
    roots = {each.id for _, each in report.verdicts() if isinstance(each, Unknown) and not each.explained_by}
    number = sum(
        roots.issuperset(each.explained_by) and bool(each.explained_by)
        for _, each in report.verdicts()
        if isinstance(each, Unknown)
    )
    return [(f" ({number} more {'follows' if number == 1 else 'follow'} from them)", DIM)] if number else []


def _joined(spans: Iterable[Span], between: str) -> list[Span]:
    return [each for span in spans for each in (between, span)][1:]


def _undetermined(page: Page, found: list[Undetermined], *, unfold: bool) -> None:
    """What is not determined, by reason; several reasons that differ in names only are one."""
    groups = folded(found, 2 if len(found) > MOST_GAPS else ALIKE)
    for gap, reasons, results in groups[:MOST_GAPS]:
        page.gap()
        page.put(cut(gap.says, MAX_LINE), label=("NOT DETERMINED", OPEN), column=OPEN_COLUMN)
        if reasons > 1:
            alike = counted(reasons - 1, "more reason")
            page.put((f"({alike} of this kind: {results} results in all)", DIM), indent=OPEN_COLUMN)
        _subjects(page, gap)
        if gap.next:
            page.put(f"next: {cut(gap.next, MAX_LINE)}", indent=COLUMN)
        put_consequences(page, gap.follows, indent=COLUMN, unfold=unfold)
    if len(groups) > MOST_GAPS:
        page.put((f"… and {counted(len(groups) - MOST_GAPS, 'more reason')}, in the JSON report", DIM), indent=COLUMN)


def _subjects(page: Page, gap: Undetermined) -> None:
    """The checks with their subjects, those without a subject of their own in one line."""
    whole = [check for check, subjects in gap.subjects.items() if subjects == [check]]
    if whole:
        page.put(", ".join(whole), indent=COLUMN)
    for check, subjects in gap.subjects.items():
        if check not in whole:
            most = MOST_SUBJECTS if len(subjects) <= MANY else FEW
            shown = ", ".join(cut(subject, MAX_SUBJECT) for subject in subjects[:most])
            more = f" … and {len(subjects) - most} more" if len(subjects) > most else ""
            page.put(check, (f": {shown}{more}", DIM), indent=COLUMN)


def _waivers(page: Page, report: Report) -> None:
    """The waivers that have expired or concern nothing."""
    for waiver in report.waiver_warnings[:MOST_CAUSES]:
        page.gap()
        page.put(cut(waiver.says, MAX_LINE), label=("WARNING", STYLES[Severity.WARNING]), column=COLUMN)


def _passed(page: Page, report: Report) -> None:
    """A line an area; and those that had nothing to look at."""
    areas: dict[str, list[str]] = {}
    for check in sorted(report.checks, key=lambda entry: area_rank(entry.id)):
        area, _, name = check.id.partition(".")
        if check.outcome is Outcome.PASSED:
            areas.setdefault(area, []).append(name)
    idle = [check.id for check in report.checks if check.outcome is Outcome.NOT_APPLICABLE]
    rows = [(area, ", ".join(names)) for area, names in areas.items()]
    if rows:
        page.gap()
        page.table(rows, heading=("PASSED", GOOD), column=COLUMN, style="")
    if idle:
        page.gap()
        page.put((", ".join(idle), DIM), label=("N/A", DIM), column=COLUMN)


def _asked(page: Page, asked: tuple[Asked, ...]) -> None:
    """From where queries were sent, and how many; in a large site the tenants' are added up."""
    tenants = [entry for entry in asked if entry.sources]
    silent = [entry for entry in asked if entry.why and not entry.sources]
    rest = [entry for entry in asked if entry not in tenants and entry not in silent]
    rows = [_sent(entry) for entry in tenants] if len(tenants) <= MANY else [_added_up(tenants)]
    rows += [(cut(entry.vantage, 30), f"not queried: {entry.why}") for entry in silent[:MOST_SUBJECTS]]
    if len(silent) > MOST_SUBJECTS:
        rows.append((f"{len(silent) - MOST_SUBJECTS} more", "not queried, in the JSON report"))
    rows += [_sent(entry) for entry in rest[:MANY]]
    if rows:
        page.gap()
        page.table(rows, heading=("Queries:", "bold"), column=COLUMN, style=DIM)


def _sent(entry: Asked) -> tuple[str, str]:
    where = f" from {', '.join(entry.sources)} ({', '.join(entry.hosts)})" if entry.sources else ""
    silent = f", {entry.unanswered} without answer" if entry.unanswered else ""
    return cut(entry.vantage, 30), f"{entry.questions}{where}{silent}"


def _added_up(tenants: Sequence[Asked]) -> tuple[str, str]:
    """All tenants in one line, and those with the most missing answers."""
    hosts = sorted({host for entry in tenants for host in entry.hosts})
    shown = f"{', '.join(hosts[:3])}{f' and {len(hosts) - 3} more' if len(hosts) > 3 else ''}"
    silent = sorted((entry for entry in tenants if entry.unanswered), key=lambda entry: -entry.unanswered)
    names = ", ".join(f"{cut(entry.vantage, 30)} {entry.unanswered}" for entry in silent[:MOST_SUBJECTS])
    more = f" and {len(silent) - MOST_SUBJECTS} more" if len(silent) > MOST_SUBJECTS else ""
    without = f"; without answer: {names}{more}" if silent else ""
    questions = sum(entry.questions for entry in tenants)
    return counted(len(tenants), "tenant"), f"{questions} from {shown}, each tenant from its own address{without}"


def _recordings(page: Page, recordings: tuple[RecordingRead, ...]) -> None:
    """From which host and time each recording is, and what of it does not count."""
    rows: list[tuple[str, str]] = []
    for read in recordings:
        tenants = f"for {', '.join(read.tenants)}" if read.tenants else "for no tenant"
        parts = [f"{read.started:%Y-%m-%d %H:%M:%S} UTC {tenants}", _signed(read), *read.remarks]
        rows.append((cut(read.host, 30), cut("; ".join(parts), MAX_LINE)))
    if rows:
        page.gap()
        page.table(rows, heading=("Recordings:", "bold"), column=OPEN_COLUMN, style=DIM)


def _authentication(page: Page, report: Report) -> None:
    """Prints one line: how many results have only unauthenticated answers as evidence."""
    without, answered = without_authentication(report)
    if without:
        page.gap()
        verb = "rests" if without == 1 else "rest"
        words = f"{without} of {counted(answered, 'result')} {verb} only on answers that are not authenticated"
        page.put((f"{words} (DNS, SMB NEGOTIATE, KRB-ERROR); the JSON report shows which", DIM))


def _signed(read: RecordingRead) -> str:
    if not read.signer:
        return "not signed"
    return f"signed with {read.signer}" + ("" if read.trusted else ", not compared with trusted keys")


def _crashes(page: Page, report: Report) -> None:
    crashes = [(crash.where, crash.detail) for crash in report.crashes]
    crashes += [(f"check {check.id}", check.crash) for check in report.checks if check.crash]
    for where, detail in crashes[:MOST_SUBJECTS]:
        page.gap()
        page.put(cut(where, MAX_LINE), label=("CRASHED", CRASH), column=COLUMN)
        for line in detail.strip().splitlines()[-4:]:
            page.put((cut(line, MAX_LINE), DIM), indent=2)
    if crashes:
        page.put("This is a bug of krbcheck: please report it, with the JSON report.", indent=2)
