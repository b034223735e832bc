"""The verdict of a check about a subject: a finding, fine, or not determined, and the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

import msgspec

from krbcheck.facts.endpoints import server_and_port
from krbcheck.facts.observation import Gap, Unobserved, why
from krbcheck.facts.reasons import Ground, Reason, reason_of
from krbcheck.judging import refusals
from krbcheck.judging.labels import About, Labels, labels, of_silence
from krbcheck.windows.remedy import Remedy


class Severity(StrEnum):
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class Waived(msgspec.Struct, frozen=True):
    """The user accepts the finding: why, who, and until which day."""

    reason: str
    owner: str
    until: date

    @property
    def line(self) -> str:
        """One clause for people."""
        return f"waived until {self.until} by {self.owner}: {self.reason}"


class Finding(msgspec.Struct, frozen=True, tag="finding", tag_field="verdict"):
    """Something is wrong (or worth a note): the message, the expected and the found values, and the remedy.

    `code` is `area.name/slug`. `tenant` is empty if the finding concerns no one tenant. `id` is the same in every run
    that finds the same code, subject and tenant; a report sets it. `labels` are the objects of the site that it
    concerns. `explains` are the ids of everything that follows from it, if it is a cause; `explained_by` those of the
    causes that it follows from. `waived` if the user accepts it.
    """

    code: str
    severity: Severity
    subject: str
    says: str
    remedy: Remedy
    tenant: str = ""
    values: Mapping[str, str | tuple[str, ...]] = {}
    because: tuple[Reason, ...] = ()
    id: str = ""
    labels: Labels = {}
    explains: tuple[str, ...] = ()
    explained_by: tuple[str, ...] = ()
    waived: Waived | None = None


class Fine(msgspec.Struct, frozen=True, tag="fine", tag_field="verdict"):
    """The subject was tested and is in the expected state."""

    subject: str
    tenant: str = ""
    because: tuple[Reason, ...] = ()


class Unanswered(msgspec.Struct, frozen=True, kw_only=True):
    """The query whose missing answer causes a verdict.

    `server` and `port` (0 for none) did not answer; both are empty if there was no server, or it is not known which.
    `vantage` (`from` in JSON) is the tenant or host that sent the query.
    """

    gap: Gap
    asked: str
    server: str = ""
    port: int = 0
    vantage: str = msgspec.field(default="", name="from")


class Unknown(msgspec.Struct, frozen=True, tag="unknown", tag_field="verdict"):
    """The state of the subject could not be determined. `says` is why, without the subject. It never counts as good.

    `unanswered` is the query whose missing answer causes it, if that is the reason. `next` is what to do, where it does
    not follow from that query. `id`, `labels`, `explains` and `explained_by` are those of a finding.
    """

    subject: str
    says: str
    tenant: str = ""
    because: tuple[Reason, ...] = ()
    unanswered: Unanswered | None = None
    next: str = ""
    id: str = ""
    labels: Labels = {}
    explains: tuple[str, ...] = ()
    explained_by: tuple[str, ...] = ()


Verdict = Finding | Fine | Unknown


def grounds(because: Iterable[Ground]) -> tuple[Reason, ...]:
    """The reasons of `because`, each once."""
    because = tuple(because)
    if len(because) == 1:
        return (reason_of(because[0]),)
    reasons: dict[str, Reason] = {}
    for ground in because:
        record = reason_of(ground)
        reasons.setdefault(record.line, record)
    return tuple(reasons.values())


def fine(subject: str, *because: Ground, tenant: str = "") -> Fine:
    return Fine(subject, tenant, grounds(because))


def unknown(
    subject: str,
    *because: Ground,
    tenant: str = "",
    says: str = "",
    about: About | None = None,
    missing: Iterable[Unobserved] = (),
    next_step: str = "",
) -> Unknown:
    """Without `says` the first question without an answer is the reason.

    With `says` that question is named only if nothing in `because` was answered, or `says` is its own detail. `about`
    are the labels that do not follow from the subject. `missing` are the answers whose absence is the reason, where
    that is not seen from `because`. Without `next_step` it follows from an error in `because`, unless a missing
    answer is the reason.
    """
    gaps = [ground for ground in because if isinstance(ground, Unobserved)]
    same = [gap for gap in gaps if says in ("", why(gap))]
    only_gaps = all(isinstance(ground, Unobserved) for ground in because)
    first = next(iter(same or (gaps if only_gaps else ())), None)
    if not says:
        says = why(first) if first else reason_of(next(iter(because), "nothing was queried")).line
    silent = of_silence((gap.gap, gap.of) for gap in (*(gaps if first else ()), *missing))
    return Unknown(
        subject,
        says,
        tenant,
        grounds(because),
        unanswered(first) if first else None,
        next_step or ("" if first else refusals.next_of(because)),
        labels={**labels(about or {}), **silent},
    )


def labelled(finding: Finding, **about: str | Iterable[str]) -> Finding:
    """The finding with these labels instead of those that its values give."""
    return msgspec.structs.replace(finding, labels=labels(about))


def unanswered(gap: Unobserved) -> Unanswered:
    server, port = server_and_port(gap.of)
    return Unanswered(gap=gap.gap, asked=gap.asked, server=server, port=port, vantage=gap.vantage)


class Outcome(StrEnum):
    """The outcome of one check in one run, derived from its verdicts; the worst counts."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"
    CRASHED = "crashed"
    WAIVED = "waived"  # its findings are waived, and nothing else is wrong or unknown
