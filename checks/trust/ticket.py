"""A trust works when each KDC of the hosts' domain issues `krbtgt/<other realm>` and each of the storage's takes it.

Both directories can agree about a trust whose secret is out of step. So the referral ticket is asked of every KDC of
the hosts' domain and shown to every KDC of the storage's domain, with a service that does not exist: a KDC that opens
the ticket says that it knows no such service, one that cannot says so. A secret that has reached one controller only
fails at the others. Where the directories show why it cannot work (no trust, the wrong direction, no encryption type
that both sides take), trust.exists and trust.enctypes tell the cause, and nothing is proved here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from krbcheck.facts.directory import Directories
from krbcheck.facts.kerberos import KrbError, Reply, TicketFacts, TrustTicket, TrustTickets
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site
from krbcheck.windows.kerberos_errors import error_name

from ._enctypes import OPENED, common, refused
from ._pairs import Pair, pairs, sides, why_none

REFUSALS = {6, 12, 14, 18, 20, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 50}
"""KRB-ERRORs about the ticket or the client, not about the service: the referral was not accepted (RFC 4120 7.5.9)."""
RESET = (
    "netdom trust {storage} /domain:{hosts} /resetOneSide /passwordT:* /usero:ADMIN /passwordo:* on both sides with "
    "the same password (Samba: samba-tool domain trust delete, then create)"
)
NOT_ISSUED = Problem(
    "not-issued",
    Severity.ERROR,
    says="{kdcs} issues no referral to {storage} ({found})",
    remedy="nltest /server:{kdc} /sc_verify:{storage}; " + RESET,
    means="The KDC has no key for the trust, or no trust at all.",
)
NOT_ACCEPTED = Problem(
    "not-accepted",
    Severity.ERROR,
    says="{kdcs} does not accept referral tickets of {hosts} ({found})",
    remedy=RESET + ". Where the trust authenticates selectively and {kdc} is Samba, which does not know that: "
    "netdom trust {storage} /domain:{hosts} /SelectiveAUTH:no",
    means="KRB_AP_ERR_BAD_INTEGRITY (31): the trust passwords are out of step. KRB_AP_ERR_NOT_US (35): this side has "
    "no trust object, or it is a Samba controller, which serves no trust with selective authentication.",
)
DIFFER = Problem(
    "controllers-differ",
    Severity.WARNING,
    says="The trust between {storage} and {hosts} works at some controllers only: {found}",
    remedy="repadmin /syncall {kdc} /A /e; then nltest /server:{kdc} /sc_verify:{storage}",
    means="A trust object or secret that has not replicated. What works depends on who answers first.",
)


@dataclass(frozen=True)
class Step:
    """One KDC's part in the proof; `error` where it refused, `vague` where its answer tells neither."""

    who: str
    kdc: str
    seen: Observation[Reply]
    error: KrbError | None
    vague: str = ""

    @property
    def works(self) -> bool:
        return isinstance(self.seen, Observed) and self.error is None and not self.vague


def _error(seen: Observation[Reply]) -> KrbError | None:
    return seen.value if isinstance(seen, Observed) and isinstance(seen.value, KrbError) else None


def _issuing(tried: Iterable[TrustTicket]) -> list[Step]:
    """Each KDC of the hosts' domain once, an answer before a silence."""
    first: dict[str, Observation[Reply]] = {}
    for one in tried:
        if not isinstance(first.get(one.kdc), Observed):
            first[one.kdc] = one.seen
    return [Step(kdc, kdc, seen, _error(seen)) for kdc, seen in first.items()]


def _taking(tried: Iterable[TrustTicket]) -> list[Step]:
    """Each KDC's referral at each KDC of the storage's domain, once; only what speaks of the ticket is a refusal."""
    first: dict[tuple[str, str], Observation[Reply]] = {}
    for one in tried:
        key = (one.kdc, one.far_kdc)
        if one.accepted is not None and not isinstance(first.get(key), Observed):
            first[key] = one.accepted
    steps = []
    for (kdc, far), seen in first.items():
        error = _error(seen)
        refusal = error if error is not None and error.code in REFUSALS else None
        told = error is None or error.code in REFUSALS | OPENED
        vague = "" if error is None or told else f"{error_name(error.code)} ({error.code}) of {far}"
        steps.append(Step(f"{far} (referral of {kdc})", far, seen, refusal, vague))
    return steps


def _unshown(tried: Iterable[TrustTicket], taking: list[Step]) -> list[str]:
    """The KDCs whose ticket leads elsewhere, or nowhere, where the referrals of others could be shown."""
    shown = {one.kdc for one in tried if one.accepted is not None}
    got = {one.kdc for one in tried if isinstance(one.seen, Observed) and isinstance(one.seen.value, TicketFacts)}
    return sorted(got - shown) if taking else []


def _findings(pair: Pair, problem: Problem, steps: list[Step]) -> Iterator[Finding]:
    """One stage over all KDCs that answered: all fail, or some do."""
    bad = [one for one in steps if one.error is not None]
    good = [one.who for one in steps if one.works]
    if not bad:
        return
    names = {"hosts": pair.hosts, "storage": pair.storage, "kdc": bad[0].kdc}
    told = [f"{error_name(one.error.code)} ({one.error.code}) from {one.who}" for one in bad if one.error]
    found, grounds = "; ".join(told), [one.seen for one in bad]
    if good:
        found += f"; it works at {', '.join(good)}"
        yield DIFFER(str(pair), *grounds, expected="the same at every controller", found=found, **names)
    else:
        kdcs = list(dict.fromkeys(one.kdc for one in bad))
        yield problem(str(pair), *grounds, expected="a referral that is taken", found=found, kdcs=kdcs, **names)


def _told_elsewhere(pair: Pair, directories: Directories, tried: list[TrustTicket]) -> str:
    """Which check tells why the proof fails, and what it saw."""
    hosts, storage = sides(directories, pair)
    if none := why_none(hosts, storage):
        return f"there is no trust to prove: {none} (see trust.exists)"
    if refused(tried, storage) or not common(hosts, storage):
        return "the sides take no common encryption type (see trust.enctypes)"
    return ""


def _verdicts(pair: Pair, directories: Directories, tried: list[TrustTicket]) -> Iterator[Verdict]:
    issuing, taking = _issuing(tried), _taking(tried)
    unshown = _unshown(tried, taking)
    findings = [*_findings(pair, NOT_ISSUED, issuing), *_findings(pair, NOT_ACCEPTED, taking)]
    silent = [one.seen for one in (*issuing, *taking) if isinstance(one.seen, Unobserved)]
    vague = [one for one in taking if one.vague]
    taken = any(one.works for one in taking)
    if findings and (why := _told_elsewhere(pair, directories, tried)):
        yield unknown(str(pair), *(ground for one in findings for ground in one.because), says=why)
        return
    yield from findings
    for gap in silent:
        yield unknown(str(pair), gap)
    for one in vague:
        yield unknown(
            str(pair), one.seen, says=f"{one.vague} does not tell whether it opened the referral of {pair.hosts}"
        )
    for kdc in unshown:
        yield unknown(str(pair), says=f"{kdc} issues no referral that could be shown to a controller of {pair.storage}")
    if taken and not findings:
        yield fine(str(pair), *(one.seen for one in (*issuing, *taking)))
    elif not (findings or silent or vague or unshown):
        seen = [one.seen for one in issuing]
        yield unknown(str(pair), *seen, says=f"no referral to {pair.storage} could be shown to a controller of it")


@check(
    id="trust.ticket",
    title="Every controller issues and accepts the referrals of the trust",
    tells="Whether the trust's secret is the same at every controller of both domains.",
    problems=[NOT_ISSUED, NOT_ACCEPTED, DIFFER],
    refs=["RFC 4120 1.2 (cross-realm)", "MS-KILE 3.3.5.7.3"],
)
def trust_ticket(site: Site, directories: Directories, tickets: TrustTickets) -> Iterator[Verdict]:
    for pair in pairs(site):
        tried = [one for one in tickets.tickets if (one.home, one.partner) == (pair.hosts, pair.storage)]
        if tried:
            yield from _verdicts(pair, directories, tried)
        else:
            yield unknown(str(pair), says=f"no TGT of {pair.hosts} to ask for a referral with (see its account)")
