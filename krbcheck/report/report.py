"""The report as one value: the verdicts of the checks and the servers that were queried. Every format renders it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from krbcheck import __version__
from krbcheck.facts.observation import Facts, Gap, Observed, Unobserved, question
from krbcheck.facts.reasons import Reason
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.causes import explained
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.rules import Rules, rules_of
from krbcheck.judging.verdict import Finding, Fine, Outcome, Severity, Unanswered, Unknown, Verdict
from krbcheck.judging.waivers import WaiverUse, with_waivers
from krbcheck.report.access_grid import AccessGrid, grid_of_verdicts
from krbcheck.report.question import Question
from krbcheck.report.readiness import Readiness, readiness_of
from krbcheck.report.tenant_paths import TenantPath, tenant_paths
from krbcheck.report.text import cut
from krbcheck.report.unreached import never_asked, unreached
from krbcheck.site.stated import Site
from krbcheck.site.subjects import stated_names
from krbcheck.site.waivers import Waiver

SCHEMA: Literal[2] = 2
MAX_LIST = 200
UNDETERMINED = "undetermined"
"""The part of the id of an undetermined result that is the slug in the id of a finding."""


class Totals(msgspec.Struct, frozen=True):
    """The number of checks with each outcome."""

    passed: int = 0
    warned: int = 0
    failed: int = 0
    unknown: int = 0
    not_applicable: int = msgspec.field(default=0, name="not-applicable")
    crashed: int = 0
    waived: int = 0


class Asked(msgspec.Struct, frozen=True):
    """The number of queries from a vantage point: a tenant's source address, or a host if they concern no tenant in
    particular.

    `hosts` sent them, from the addresses `sources`. If nothing was queried, `why` states why.
    """

    vantage: str
    hosts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    questions: int = 0
    unanswered: int = 0
    why: str = ""


class Crash(msgspec.Struct, frozen=True):
    """A bug of krbcheck: in the collection of a fact family, or in one query."""

    where: str
    detail: str


class RecordingRead(msgspec.Struct, frozen=True):
    """A recording that was judged: where and when it was collected, and for which tenants.

    `signer` is the public key that it is signed with, empty if it is not signed; `trusted` if the user trusts that
    key. `remarks` name, one clause each, what of it does not count.
    """

    host: str
    started: datetime
    tenants: tuple[str, ...] = ()
    signer: str = ""
    trusted: bool = False
    remarks: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a run. `vantages` are the vantage points of its queries; `interrupted` if the collection was
    interrupted.

    `unreached` is one clause of what was not reached, if no query of the run was answered. `recordings` are what
    `krbcheck judge` read; a run has none. `causes` are the ids of the findings to fix, in their order; `problems` are
    the same ids and those of waived findings, those with one reason together. `readiness` has an entry for each
    account of each backup, if checks of backup were run. `paths` are the data paths with the state of each link,
    `access` who reaches which share; both are empty if no check of them was run. `question` is that of `krbcheck run
    --symptom`, with its answer. `waivers` are the user's, each with what became of it. `stated` are the names in the
    site file.
    """

    schema: Literal[2]
    krbcheck: str
    site: str
    vantages: tuple[str, ...]
    started: datetime
    seconds: float
    checks: tuple[CheckReport, ...]
    totals: Totals
    interrupted: bool = False
    asked: tuple[Asked, ...] = ()
    crashes: tuple[Crash, ...] = ()
    unreached: str = ""
    recordings: tuple[RecordingRead, ...] = ()
    causes: tuple[str, ...] = ()
    problems: tuple[tuple[str, ...], ...] = ()
    readiness: tuple[Readiness, ...] = ()
    paths: tuple[TenantPath, ...] = ()
    access: AccessGrid = AccessGrid()
    question: Question | None = None
    waivers: tuple[WaiverUse, ...] = ()
    stated: tuple[str, ...] = ()

    def verdicts(self) -> Iterator[tuple[str, Verdict]]:
        """Every verdict with its check's id."""
        return ((check.id, verdict) for check in self.checks for verdict in check.verdicts)

    def findings(self, severity: Severity | None = None) -> list[Finding]:
        return [
            verdict
            for _, verdict in self.verdicts()
            if isinstance(verdict, Finding) and severity in (None, verdict.severity)
        ]

    def open_findings(self, severity: Severity | None = None) -> list[Finding]:
        """Those that are not waived."""
        return [finding for finding in self.findings(severity) if finding.waived is None]

    @property
    def waiver_warnings(self) -> list[WaiverUse]:
        """The waivers that have expired or concern nothing."""
        return [waiver for waiver in self.waivers if waiver.is_warning]

    @property
    def unknown(self) -> int:
        """How many verdicts are Unknown; also of checks whose outcome something worse decides."""
        return sum(isinstance(verdict, Unknown) for _, verdict in self.verdicts())

    @property
    def crashed(self) -> bool:
        return bool(self.crashes or self.totals.crashed)


def assemble(
    site: Site,
    checks: Collection[CheckReport],
    facts: Mapping[type[Facts], Facts],
    *,
    started: datetime,
    seconds: float,
    crashes: Mapping[str, str] | None = None,
    interrupted: bool = False,
    recordings: Iterable[RecordingRead] = (),
    rules: Rules | None = None,
    waivers: Sequence[Waiver] = (),
    today: date | None = None,
    whole: bool = True,
) -> Report:
    """The same facts and verdicts give the same report, whatever order they came in. `rules` state what explains what;
    without them every finding is a cause. `today` is the day on which waivers must be valid, without it the day of the
    collection; `whole` if no result was left out: a waiver can concern what is missing.
    """
    seen = list(observations(facts))
    judged = with_ids(_sorted(check) for check in sorted(checks, key=lambda report: report.id))
    judged, used = with_waivers(judged, waivers, today or started.date(), whole=whole)
    judged, problems = explained(judged, rules or rules_of(()))
    asked = tuple(_asked(facts, seen))
    return Report(
        schema=SCHEMA,
        krbcheck=__version__,
        site=site.name,
        vantages=tuple(entry.vantage for entry in asked if entry.sources),
        started=started,
        seconds=round(seconds, 3),
        checks=judged,
        totals=_totals(judged),
        interrupted=interrupted,
        asked=asked,
        crashes=crashes_of(facts, crashes or {}),
        unreached="" if interrupted else unreached(facts, seen),
        recordings=tuple(_bounded_recording(recording) for recording in recordings),
        causes=_to_fix(judged, problems),
        problems=problems,
        readiness=readiness_of(site, judged, facts),
        paths=tenant_paths(site, judged),
        access=grid_of_verdicts(site, judged),
        waivers=used,
        stated=stated_names(site),
    )


def _bounded_recording(read: RecordingRead) -> RecordingRead:
    tenants, remarks = (tuple(map(cut, texts)) for texts in (read.tenants, read.remarks))
    return msgspec.structs.replace(read, host=cut(read.host), signer=cut(read.signer), tenants=tenants, remarks=remarks)


def crashes_of(facts: Mapping[type[Facts], Facts], crashes: Mapping[str, str]) -> tuple[Crash, ...]:
    """Bugs of collectors (`crashes`, by family) and of probes (within the facts)."""
    answers = [Crash(f"collecting {family}", cut(text)) for family, text in crashes.items()]
    answers += [
        Crash(cut(question(observation)), cut(observation.detail))
        for observation in observations(facts)
        if isinstance(observation, Unobserved) and observation.gap is Gap.CRASHED
    ]
    return tuple(sorted(answers, key=lambda crash: (crash.where, crash.detail)))


def observations(facts: Mapping[type[Facts], Facts]) -> Iterator[Observed[Any] | Unobserved]:
    """Every observation within the facts, each once although families share some."""
    known: set[tuple[str, str, str, datetime]] = set()
    waiting: list[Any] = list(facts.values())
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, (Observed, Unobserved)):
            key = (entry.asked, entry.of, entry.vantage, entry.at)
            if key not in known:
                known.add(key)
                yield entry
        elif isinstance(entry, tuple):
            waiting += entry
        elif isinstance(entry, msgspec.Struct):
            waiting += (getattr(entry, name) for name in entry.__struct_fields__)


def _asked(facts: Mapping[type[Facts], Facts], seen: Collection[Observed[Any] | Unobserved]) -> Iterator[Asked]:
    """Returns the vantage points: tenants first, then the hosts whose queries are not for one tenant."""
    questions = Counter(observation.vantage for observation in seen if not never_asked(observation))
    silent = Counter(gap.vantage for gap in seen if isinstance(gap, Unobserved) and not never_asked(gap))
    family = facts.get(Vantages)
    points = family.points if isinstance(family, Vantages) else ()
    tenants = sorted({point.tenant for point in points})
    for tenant in tenants:
        legs = [point for point in points if point.tenant == tenant and point.source]
        yield Asked(
            cut(tenant),
            tuple(sorted({cut(leg.host) for leg in legs})),
            tuple(sorted({cut(leg.source) for leg in legs})),
            questions[tenant],
            silent[tenant],
            "" if legs else cut(min(point.why for point in points if point.tenant == tenant)),
        )
    for host in sorted(set(questions) - set(tenants)):
        yield Asked(cut(host), (cut(host),), (), questions[host], silent[host])


def _to_fix(checks: Iterable[CheckReport], problems: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The ids of the problems without those that are waived."""
    waived = {each.id for check in checks for each in check.verdicts if isinstance(each, Finding) and each.waived}
    return tuple(name for problem in problems for name in problem if name not in waived)


def _totals(checks: Collection[CheckReport]) -> Totals:
    counts = Counter(check.outcome for check in checks)
    return Totals(*(counts[outcome] for outcome in _ORDER))


_ORDER = (
    Outcome.PASSED,
    Outcome.WARNED,
    Outcome.FAILED,
    Outcome.UNKNOWN,
    Outcome.NOT_APPLICABLE,
    Outcome.CRASHED,
    Outcome.WAIVED,
)
_SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def _sorted(report: CheckReport) -> CheckReport:
    """Findings first, the worst of them first, then what is unknown, then what is fine."""
    return msgspec.structs.replace(
        report, verdicts=tuple(sorted((_bounded(each) for each in report.verdicts), key=_rank))
    )


def _rank(verdict: Verdict) -> tuple[int, str, str, str, str]:
    match verdict:
        case Finding():
            kind = _SEVERITIES.index(verdict.severity)
            return kind, verdict.tenant, verdict.code, verdict.subject, verdict.says
        case Unknown():
            return 3, verdict.tenant, "", verdict.subject, verdict.says
        case Fine():
            return 4, verdict.tenant, "", verdict.subject, ""


def _bounded(verdict: Verdict) -> Verdict:
    """No text of a server makes the report large."""
    subject = cut(verdict.subject)
    because = _reasons(verdict.because)
    match verdict:
        case Finding():
            labels = {name: _list(values) for name, values in verdict.labels.items()}
            values = {
                name: cut(entry) if isinstance(entry, str) else _list(entry) for name, entry in verdict.values.items()
            }
            return msgspec.structs.replace(verdict, subject=subject, because=because, values=values, labels=labels)
        case Unknown():
            return msgspec.structs.replace(
                verdict,
                subject=subject,
                because=because,
                says=cut(verdict.says),
                labels={name: _list(values) for name, values in verdict.labels.items()},
                unanswered=_unanswered(verdict.unanswered),
            )
        case Fine():
            return msgspec.structs.replace(verdict, subject=subject, because=because)


def _list(texts: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(cut(text) for text in texts[:MAX_LIST])
    return kept if len(texts) <= MAX_LIST else (*kept, f"… and {len(texts) - MAX_LIST} more")


def _unanswered(question: Unanswered | None) -> Unanswered | None:
    if question is None:
        return None
    return msgspec.structs.replace(
        question, asked=cut(question.asked), server=cut(question.server), vantage=cut(question.vantage)
    )


def _reasons(because: tuple[Reason, ...]) -> tuple[Reason, ...]:
    kept = tuple(
        msgspec.structs.replace(
            reason, asked=cut(reason.asked), of=cut(reason.of), vantage=cut(reason.vantage), answer=cut(reason.answer)
        )
        for reason in because[:MAX_LIST]
    )
    return kept if len(because) <= MAX_LIST else (*kept, Reason(answer=f"… and {len(because) - MAX_LIST} more"))


def with_ids(checks: Iterable[CheckReport]) -> tuple[CheckReport, ...]:
    """The checks in their order; each finding gets an id made of its code, subject and tenant, each undetermined result
    of its check, subject and tenant.

    Where several findings have the same of all three, the second and later ids end with their number.
    """
    given: Counter[str] = Counter()
    return tuple(
        msgspec.structs.replace(
            check, verdicts=tuple(_identified(verdict, check.id, given) for verdict in check.verdicts)
        )
        for check in checks
    )


def _identified(verdict: Verdict, check: str, given: Counter[str]) -> Verdict:
    if isinstance(verdict, Fine):
        return verdict
    code = verdict.code if isinstance(verdict, Finding) else f"{check}/{UNDETERMINED}"
    made = finding_id(code, verdict.subject, verdict.tenant)
    given[made] += 1
    return msgspec.structs.replace(verdict, id=made if given[made] == 1 else f"{made}-{given[made]}")


def finding_id(code: str, subject: str, tenant: str) -> str:
    """Such as `duplicate-6f1d2c3b4a`: the code's slug and the start of a SHA-256, short enough to type."""
    digest = hashlib.sha256("\0".join((code, subject, tenant)).encode(errors="surrogatepass")).hexdigest()
    return f"{code.rpartition('/')[2]}-{digest[:10]}"
