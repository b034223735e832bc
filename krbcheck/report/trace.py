"""One service ticket, traced: the query to each KDC, its answer, and where it fails. Made of facts; sends nothing.

The exchanges are those that `ticket.service` judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

import msgspec

from krbcheck import __version__
from krbcheck.facts.directory import Directories
from krbcheck.facts.kerberos import (
    AsReply,
    Hop,
    KeyMismatch,
    KrbError,
    LibkrbTicket,
    LibkrbTickets,
    ServiceTickets,
    TicketFacts,
    TicketGrant,
    TicketGrants,
    TicketPath,
)
from krbcheck.facts.observation import Facts, Observation, Observed, Unobserved
from krbcheck.facts.reasons import ReasonKind
from krbcheck.facts.smb import SmbSessions
from krbcheck.judging.causes import explained
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.rules import Rules, rules_of
from krbcheck.judging.verdict import Finding, Fine, Unknown, Verdict
from krbcheck.report.report import with_ids
from krbcheck.report.text import cut
from krbcheck.site.stated import Site, realm_of
from krbcheck.views.ticket_keys import AccountKey, MadeTicket, ServiceKeys, StorageAnswer, etype_name
from krbcheck.views.view import Views
from krbcheck.windows.kerberos_errors import KRB_CODES
from krbcheck.windows.remedy import Remedy

TGT, SERVICE = "ticket.tgt", "ticket.service"
EXPLAINING = (
    "credentials.usable", "trust.exists", "trust.enctypes", "trust.ticket", "policy.client-search",
    "policy.kdc-search", "policy.controllers", "spn.exists", "spn.owner", "spn.unique",
)  # fmt: skip
"""The checks beside the two that a trace judges, because their findings can be the cause."""


class Asked(Protocol):
    """What was traced: a site of one principal and one service, and the search order that the site states."""

    @property
    def site(self) -> Site: ...
    @property
    def principal(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def order(self) -> tuple[str, ...]: ...


class Came(StrEnum):
    """The kind of the answer to one query."""

    TICKET = "ticket"
    REFERRAL = "referral"
    ERROR = "error"
    SILENCE = "silence"


class Outcome(StrEnum):
    """The outcome of the whole trace, as the checks ticket.tgt and ticket.service judge it."""

    TICKET = "ticket"  # from every KDC of the principal
    BY_LUCK = "by-luck"  # from some of them
    NO_TICKET = "no-ticket"
    UNKNOWN = "unknown"  # no KDC returned an error, and at least one did not answer


class Why(StrEnum):
    """Why a host uses a chain of exchanges."""

    OWN = "a KDC of the own realm, to which every host sends its first request"
    SEARCH = "the search order that the site states"
    UNSTATED = "no search order of the site lists it: hosts do not look here"


class Step(msgspec.Struct, frozen=True):
    """One exchange: the request for `asked` to `kdc` of `realm`; `because` is what leads to it. `code` is a
    KRB-ERROR's.
    """

    realm: str
    kdc: str
    asked: str
    because: str
    came: Came
    says: str
    seconds: float
    code: int | None = None
    ntstatus: int | None = None
    means: str = ""


class TracedAttempt(msgspec.Struct, frozen=True):
    """The exchanges from one of the principal's KDCs on. `forest` is the one that the search order
    selects, or empty.
    """

    why: Why
    forest: str
    found: bool
    loop: bool
    steps: tuple[Step, ...]


class TracedKdc(msgspec.Struct, frozen=True):
    """One of the principal's own KDCs: the exchange for the TGT, and then those for the service."""

    kdc: str
    address: str
    tgt: Step
    attempts: tuple[TracedAttempt, ...] = msgspec.field(default=(), name="ways")


class Library(msgspec.Struct, frozen=True):
    """The result of libkrb5 on this host for the same request."""

    ok: bool
    says: str
    seconds: float


class Keys(msgspec.Struct, frozen=True):
    """The accounts whose keys encrypt the tickets, as the directory states, and the storage's answers.

    `summary` holds the same as sentences.
    """

    accounts: tuple[AccountKey, ...] = ()
    tickets: tuple[MadeTicket, ...] = ()
    answers: tuple[StorageAnswer, ...] = ()
    summary: tuple[str, ...] = ()


class Policy(msgspec.Struct, frozen=True):
    """The settings of one side of the search order, and the policies that contain them.

    `about` is the side, and the account of the host or the controller to which they apply.
    """

    about: str
    says: str


class FurtherCause(msgspec.Struct, frozen=True):
    """Another finding that has to be fixed too."""

    code: str
    says: str
    remedy: Remedy = ()


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a trace. `vantage` is the tenant from whose source address the queries were sent, or the host.
    `breaks` is the cause if it fails, `code` that of its finding, `remedy` its fix; `also` are further causes, and
    `symptom` is the failing hop, if that is not the cause. `policy` are the effective policies for the search order.
    """

    schema: Literal[2] = 2
    krbcheck: str = __version__
    site: str
    principal: str
    service: str
    vantage: str
    source: str
    started: datetime
    seconds: float
    search_order: tuple[str, ...] = ()
    outcome: Outcome
    code: str = ""
    breaks: str = ""
    symptom: str = ""
    also: tuple[FurtherCause, ...] = ()
    remedy: Remedy = msgspec.field(default=(), name="mend")
    policy: tuple[Policy, ...] = ()
    kdcs: tuple[TracedKdc, ...] = ()
    library: Library | None = None
    keys: Keys = Keys()


def ticket_summary(ticket: TicketFacts, asked: str) -> str:
    kind = f"referral to {ticket.referral_to}" if ticket.referral_to else f"ticket of {ticket.realm}"
    if not ticket.referral_to and ticket.service.lower() != asked.lower():
        kind += f" for {ticket.service}"
    version = "" if ticket.kvno is None else f", key version {ticket.kvno}"
    session = "" if ticket.session_etype == ticket.etype else f", session key {etype_name(ticket.session_etype)}"
    return cut(f"{kind}, {etype_name(ticket.etype)}{session}{version}", 300)


def _step(realm: str, kdc: str, asked: str, because: str, seen: Observation[AsReply]) -> Step:
    if isinstance(seen, Unobserved):
        return Step(realm, kdc, asked, because, Came.SILENCE, cut(seen.detail, 300), seen.seconds)
    value = seen.value
    if isinstance(value, KeyMismatch):
        known = KRB_CODES.get(value.code)
        return Step(
            realm, kdc, asked, because, Came.ERROR, value.summary(), seen.seconds, means=known.means if known else ""
        )
    if isinstance(value, KrbError):
        known = KRB_CODES.get(value.code)
        means = known.means if known else ""
        text = f": {cut(value.text, 200)}" if value.text else ""
        says = f"{value.summary()}{text}"
        return Step(
            realm, kdc, asked, because, Came.ERROR, says, seen.seconds, value.code, value.ntstatus, means
        )  # fmt: skip
    came = Came.REFERRAL if value.referral_to else Came.TICKET
    return Step(realm, kdc, asked, because, came, ticket_summary(value, asked), seen.seconds)


def _steps(path: TicketPath) -> Iterable[Step]:
    """What led to each hop but the first: the referral before, or a silent KDC before."""
    before: Hop | None = None
    for hop in path.hops:
        if before is None:
            because = ""
        elif isinstance(before.seen, Unobserved):
            because = f"{before.host or before.realm} was silent"
        else:
            because = f"referred by {before.host}, over the trust"
        yield _step(hop.realm, hop.host, hop.service, because, hop.seen)
        before = hop


def traced_attempt(path: TicketPath, order: tuple[str, ...]) -> TracedAttempt:
    why = Why.OWN if not path.forest else Why.SEARCH if path.forest in order else Why.UNSTATED
    return TracedAttempt(why, path.forest, path.ticket is not None, path.loop, tuple(_steps(path)))


def _kdc(grant: TicketGrant, tickets: ServiceTickets, order: tuple[str, ...]) -> TracedKdc:
    realm = realm_of(grant.principal)
    tgt = _step(realm, grant.host, f"krbtgt/{realm}", "", grant.seen)
    attempts = (traced_attempt(path, order) for path in tickets.paths if path.kdc == grant.host)
    return TracedKdc(grant.host or f"a KDC of {realm}", grant.address, tgt, tuple(attempts))


def judged(checks: Iterable[CheckReport], *, issued: bool) -> tuple[Outcome, Verdict | None]:
    """Returns the outcome and its verdict: a problem with the service ticket comes first, then one with the TGT.

    `issued` is whether a KDC issued the service ticket. If another KDC issued no TGT, the outcome depends on the KDC.
    """
    verdicts = {check.id: check.verdicts for check in checks}
    of_service, of_tgt = verdicts.get(SERVICE, ()), verdicts.get(TGT, ())
    served = next((fine for fine in of_service if isinstance(fine, Fine)), None)
    for report in of_service:
        if isinstance(report, Finding):
            return (Outcome.BY_LUCK if report.code.endswith("/by-luck") else Outcome.NO_TICKET), report
    for report in of_tgt:
        if isinstance(report, Finding):
            return (Outcome.BY_LUCK if issued else Outcome.NO_TICKET), report
    for report in (*of_service, *of_tgt):
        if isinstance(report, Unknown):
            return Outcome.UNKNOWN, report
    return (Outcome.TICKET if served else Outcome.UNKNOWN), served


def library_of(tickets: LibkrbTickets) -> Library | None:
    for attempt in tickets.attempts:
        if isinstance(attempt.seen, Observed):
            value: LibkrbTicket = attempt.seen.value
            return Library(value.ok, cut(value.summary(), 300), attempt.seen.seconds)
        return Library(False, cut(attempt.seen.detail, 300), attempt.seen.seconds)
    return None


def assemble(
    asked: Asked,
    checks: Sequence[CheckReport],
    facts: Mapping[type[Facts], Facts],
    *,
    vantage: str,
    source: str,
    started: datetime,
    seconds: float,
    rules: Rules | None = None,
) -> Trace:
    """Returns the trace. `checks` are the reports of ticket.tgt and ticket.service, and of the checks that `rules` need
    to state their cause; `source` sent the queries.
    """
    grants, tickets, library = (facts.get(kind) for kind in (TicketGrants, ServiceTickets, LibkrbTickets))
    paths = tickets if isinstance(tickets, ServiceTickets) else ServiceTickets()
    linked, _ = explained(with_ids(checks), rules or rules_of(()))
    outcome, verdict = judged(linked, issued=any(path.ticket is not None for path in paths.paths))
    causes = _causes(verdict, linked)
    return Trace(
        site=asked.site.name,
        principal=asked.principal,
        service=asked.service,
        vantage=vantage,
        source=source,
        started=started,
        seconds=round(seconds, 3),
        search_order=asked.order,
        outcome=outcome,
        code=causes[0].code if causes else "",
        breaks=(causes[0] if causes else verdict).says if isinstance(verdict, Finding | Unknown) else "",
        remedy=causes[0].remedy if causes else (),
        symptom=verdict.says if isinstance(verdict, Finding | Unknown) and verdict.explained_by and causes else "",
        also=tuple(FurtherCause(cause.code, cause.says, cause.remedy) for cause in causes[1:]),
        policy=_policy(verdict),
        kdcs=tuple(
            _kdc(grant, paths, asked.order) for grant in (grants.grants if isinstance(grants, TicketGrants) else ())
        ),
        library=library_of(library) if isinstance(library, LibkrbTickets) else None,
        keys=_keys(asked, facts, paths),
    )


def _causes(verdict: Verdict | None, checks: Iterable[CheckReport]) -> list[Finding]:
    """Returns the findings that the verdict follows from, or the finding itself."""
    findings = [each for check in checks for each in check.verdicts if isinstance(each, Finding)]
    if isinstance(verdict, Finding) and not verdict.explained_by:
        return [verdict]
    names = verdict.explained_by if isinstance(verdict, Finding | Unknown) else ()
    return [finding for finding in findings if finding.id in names]


def _keys(asked: Asked, facts: Mapping[type[Facts], Facts], paths: ServiceTickets) -> Keys:
    read, sessions = facts.get(Directories), facts.get(SmbSessions)
    path = next((path for _, path in asked.site.paths()), None)
    if not isinstance(read, Directories) or path is None:
        return Keys()
    answers = sessions.sessions if isinstance(sessions, SmbSessions) else ()
    account = asked.site.storage(path.storage).account
    views = Views(asked.site, {**facts, ServiceTickets: paths})
    found = views.get(ServiceKeys).of(path.spn, account, answers, asked.principal)
    return Keys(found.accounts, found.tickets, found.answers, tuple(cut(name, 500) for name in found.summary()))


def _policy(verdict: Verdict | None) -> tuple[Policy, ...]:
    """Returns the policies among the evidence of the verdict; the tree contains the exchanges."""
    reasons = verdict.because if isinstance(verdict, Finding | Fine) else ()
    policies = (reason for reason in reasons if reason.kind is ReasonKind.POLICY)
    return tuple(Policy(cut(reason.asked, 500), cut(reason.answer, 500)) for reason in policies)
