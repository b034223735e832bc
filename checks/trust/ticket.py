"""A trust works when each KDC of the hosts' domain issues `krbtgt/<other realm>` and each of the storage's takes it.

Both directories can agree about a trust whose secret is out of step. So the referral ticket is asked of every KDC of
the hosts' domain and shown to every KDC of the storage's domain, with a service that does not exist: a KDC that opens
the ticket says that it knows no such service, one that cannot says so. A secret that has reached one controller only
fails at the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.kerberos import KrbError, TicketFacts, TrustTicket, TrustTickets
from krbcheck.krb_codes import error_name
from krbcheck.model import Observation, Observed, Problem, Severity, Unobserved, Verdict, check, fine, unknown
from krbcheck.site import Site

from ._pairs import Pair, pairs

REFUSALS = {12, 14, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 44, 45}
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
    remedy=RESET,
    means="KRB_AP_ERR_BAD_INTEGRITY (31): the trust passwords are out of step. KRB_AP_ERR_NOT_US (35): this side has "
    "no trust object.",
)
DIFFER = Problem(
    "controllers-differ",
    Severity.WARNING,
    says="The trust between {storage} and {hosts} works at some controllers only: {found}",
    remedy="repadmin /syncall {kdc} /A /e; then nltest /server:{kdc} /sc_verify:{storage}",
    means="A trust object or secret that has not replicated. What works depends on who answers first.",
)


def _bad(seen: Observation[object]) -> KrbError | None:
    """The refusal, if it is one: of the request for a referral any error."""
    return seen.value if isinstance(seen, Observed) and isinstance(seen.value, KrbError) else None


def _refused(seen: Observation[object]) -> KrbError | None:
    error = _bad(seen)
    return error if error is not None and error.code in REFUSALS else None


def _told(error: KrbError, kdc: str) -> str:
    return f"{error_name(error.code)} ({error.code}) from {kdc}"


def _judged(
    pair: Pair, problem: Problem, seen: Sequence[tuple[str, Observation[object], KrbError | None]]
) -> Iterator[Verdict]:
    """One stage of the proof over all KDCs that answered: all fail, or some do."""
    bad = [(kdc, one, error) for kdc, one, error in seen if error is not None]
    good = [kdc for kdc, one, error in seen if error is None and isinstance(one, Observed)]
    if not bad:
        return
    names = {"hosts": pair.hosts, "storage": pair.storage, "kdc": bad[0][0]}
    found = "; ".join(dict.fromkeys(_told(error, kdc) for kdc, _, error in bad))
    grounds = [one for _, one, _ in bad]
    if good:
        found += f"; {', '.join(dict.fromkeys(good))} works"
        yield DIFFER(str(pair), *grounds, expected="the same at every controller", found=found, **names)
    else:
        kdcs = list(dict.fromkeys(kdc for kdc, _, _ in bad))
        yield problem(str(pair), *grounds, expected="a referral that is taken", found=found, kdcs=kdcs, **names)


def _issued(one: TrustTicket) -> bool:
    return isinstance(one.seen, Observed) and isinstance(one.seen.value, TicketFacts)


def _verdicts(pair: Pair, tried: list[TrustTicket]) -> Iterator[Verdict]:
    issuing = {one.kdc: (one.kdc, one.seen, _bad(one.seen)) for one in tried}
    taking = [(one.far_kdc, one.accepted, _refused(one.accepted)) for one in tried if one.accepted is not None]
    findings = [*_judged(pair, NOT_ISSUED, list(issuing.values())), *_judged(pair, NOT_ACCEPTED, taking)]
    yield from findings
    silent = [one.seen for one in tried if isinstance(one.seen, Unobserved)]
    silent += [one.accepted for one in tried if isinstance(one.accepted, Unobserved)]
    for gap in {one.asked: one for one in silent}.values():
        yield unknown(str(pair), gap)
    if not findings and any(_issued(one) and isinstance(one.accepted, Observed) for one in tried):
        yield fine(str(pair), *(one.seen for one in tried), *(seen for _, seen, _ in taking))


@check(
    id="trust.ticket",
    title="Every controller issues and accepts the referrals of the trust",
    tells="Whether the trust's secret is the same at every controller of both domains.",
    problems=[NOT_ISSUED, NOT_ACCEPTED, DIFFER],
    refs=["RFC 4120 1.2 (cross-realm)", "MS-KILE 3.3.5.7.3"],
)
def trust_ticket(site: Site, tickets: TrustTickets) -> Iterator[Verdict]:
    for pair in pairs(site):
        tried = [one for one in tickets.tickets if (one.home, one.partner) == (pair.hosts, pair.storage)]
        if tried:
            yield from _verdicts(pair, tried)
        else:
            yield unknown(str(pair), says=f"no TGT of {pair.hosts} to ask for a referral with (see its account)")
