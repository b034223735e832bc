"""Each KDC of the hosts' domain issues a referral ticket for the storage's domain, and each KDC there accepts it.

Both directories can show a correct trust although its passwords differ. krbcheck therefore requests the referral
ticket (`krbtgt/<other realm>`) from every KDC of the hosts' domain and presents it to every KDC of the storage's
domain in a request for a service that does not exist. A KDC that can decrypt the ticket answers that the service is
unknown; a KDC that cannot decrypt it returns another error. A trust password that has replicated to some controllers
only fails at the others. Where the directories show the cause (no trust, the wrong direction, no common encryption
type), trust.exists and trust.enctypes report it, and this check is not determined.

Evidence: the answer of every KDC of both domains. If some reject the referral ticket and others do not respond, it is
not determined whether the trust works at some controllers or at none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from krbcheck.facts.kerberos import KrbError, Reply, TicketFacts, TrustTicket, TrustTickets
from krbcheck.facts.observation import Observation, Observed, Unobserved, why
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, labelled, unknown
from krbcheck.views.trust_enctypes import OPENED, common, refused
from krbcheck.views.trust_sides import DomainPair, TrustSides, why_none
from krbcheck.windows.common_steps import ROOT, controller, replicate
from krbcheck.windows.kerberos_errors import error_name
from krbcheck.windows.key_steps import reset_trust_password
from krbcheck.windows.remedy import looks, variants

REFUSALS = {6, 12, 14, 18, 20, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 50}
"""KRB-ERRORs about the ticket or the client, not about the service: the referral was not accepted (RFC 4120 7.5.9)."""
CANNOT_DECRYPT = {31, 41, 44}
"""KRB-ERRORs of a KDC that cannot decrypt a ticket. If it is the ticket-granting ticket of another KDC of its domain,
the trust was not tested there (RFC 4120 3.3.3.1).
"""
NO_REFERRAL = (
    explains("ticket.service/*", same="home storage_domain home=answered_by", where={"result": "refused"}),
    explains(
        "ticket.service/refused", "ticket.service/not-allowed", "ticket.service/no-common-enctype",
        same="home storage_domain storage_domain=answered_by", where={"result": "refused"},
    ),
)  # fmt: skip
NOT_ISSUED = Problem(
    "not-issued",
    Severity.ERROR,
    says="The KDCs of {hosts} issue no referral ticket for {storage}: {error}",
    remedy=(
        looks(
            "nltest /server:{kdc} /trusted_domains",
            says="{storage} must be listed",
            on=controller("{hosts}"),
        ),
        *reset_trust_password("{storage}", "{hosts}"),
    ),
    means="The KDC has no trust with the storage's domain, or no key for it.",
    explains=[*NO_REFERRAL, explains("trust.enctypes", same="home storage_domain")],
)
NOT_ACCEPTED = Problem(
    "not-accepted",
    Severity.ERROR,
    says="The KDCs of {storage} reject referral tickets from {hosts}: {error}",
    remedy=(
        *variants(
            "{storage}",
            samba=[
                looks(
                    "samba-tool domain trust show {hosts}",
                    says="Samba does not support selective authentication: if the attributes contain "
                    "CROSS_ORGANIZATION, "
                    "disable it instead of the next steps, which lets every account of {hosts} authenticate",
                    on=controller("{storage}"),
                    needs=ROOT,
                )
            ],
            windows=[
                looks(
                    "netdom trust {storage} /domain:{hosts} /verify",
                    on=controller("{storage}"),
                    needs="Domain Admins",
                )
            ],
        ),
        *reset_trust_password("{storage}", "{hosts}"),
    ),
    means="KRB_AP_ERR_BAD_INTEGRITY (31): the trust passwords of the two sides differ. KRB_AP_ERR_NOT_US "
    "(35): this side has no trustedDomain object, or it is a Samba controller, which does not support "
    "selective authentication.",
    explains=NO_REFERRAL,
)
DIFFER = Problem(
    "controllers-differ",
    Severity.ERROR,
    says="The trust between {storage} and {hosts} works at some controllers only; {kdc} returns {error}",
    remedy=replicate("{kdc}"),
    means="A trustedDomain object or trust password has not replicated. The result depends on the "
    "controller that a host uses.",
    explains=[explains("ticket.service/by-luck", same="home storage_domain error", where={"result": "refused"})],
)


@dataclass(frozen=True)
class Step:
    """One KDC's part in the proof; `error` where it refused, `vague` says why its answer shows neither."""

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
    for ticket in tried:
        if not isinstance(first.get(ticket.kdc), Observed):
            first[ticket.kdc] = ticket.seen
    return [_issued(kdc, seen) for kdc, seen in first.items()]


def _issued(kdc: str, seen: Observation[Reply]) -> Step:
    error = _error(seen)
    if error is None or error.code not in CANNOT_DECRYPT:
        return Step(kdc, kdc, seen, error)
    says = f"{kdc} rejects the ticket-granting ticket of another controller: {error_name(error.code)} ({error.code})"
    return Step(kdc, kdc, seen, None, says)


def _taking(tried: Iterable[TrustTicket]) -> list[Step]:
    """Each KDC's referral at each KDC of the storage's domain, once; only what speaks of the ticket is a refusal."""
    first: dict[tuple[str, str], Observation[Reply]] = {}
    for ticket in tried:
        key = (ticket.kdc, ticket.far_kdc)
        if ticket.accepted is not None and not isinstance(first.get(key), Observed):
            first[key] = ticket.accepted
    steps = []
    for (kdc, far), seen in first.items():
        error = _error(seen)
        refusal = error if error is not None and error.code in REFUSALS else None
        answered = error is None or error.code in REFUSALS | OPENED
        vague = "" if error is None or answered else _vague(error, far, kdc)
        steps.append(Step(f"{far} (referral of {kdc})", far, seen, refusal, vague))
    return steps


def _vague(error: KrbError, far: str, kdc: str) -> str:
    code = f"{error_name(error.code)} ({error.code})"
    return f"{code} from {far} does not show whether it accepted the referral ticket of {kdc}"


def _unshown(tried: Iterable[TrustTicket], taking: list[Step]) -> list[str]:
    """The KDCs whose ticket leads elsewhere, or nowhere, where the referrals of others could be shown."""
    shown = {ticket.kdc for ticket in tried if ticket.accepted is not None}
    got = {
        ticket.kdc
        for ticket in tried
        if isinstance(ticket.seen, Observed) and isinstance(ticket.seen.value, TicketFacts)
    }
    return sorted(got - shown) if taking else []


def _findings(pair: DomainPair, problem: Problem, steps: list[Step]) -> Iterator[Finding]:
    """One stage over all KDCs that answered: all fail, or some do."""
    bad = [step for step in steps if step.error is not None]
    good = [step.who for step in steps if step.works]
    if not bad:
        return
    errors = dict.fromkeys(f"{error_name(step.error.code)} ({step.error.code})" for step in bad if step.error)
    names = {"hosts": pair.hosts, "storage": pair.storage, "kdc": bad[0].kdc, "error": ", ".join(errors)}
    answers = [f"{error_name(step.error.code)} ({step.error.code}) from {step.who}" for step in bad if step.error]
    found, grounds = "; ".join(answers), [step.seen for step in bad]
    if good:
        found += f"; it works at {', '.join(good)}"
        finding = DIFFER(str(pair), *grounds, expected="the same at every controller", found=found, **names)
    else:
        kdcs = list(dict.fromkeys(step.kdc for step in bad))
        finding = problem(
            str(pair),
            *grounds,
            expected="a referral ticket that is issued and accepted",
            found=found,
            kdcs=kdcs,
            **names,
        )
    yield labelled(
        finding,
        home=pair.hosts,
        storage_domain=pair.storage,
        controller=[step.kdc for step in bad],
        error=[str(step.error.code) for step in bad if step.error],
    )


def _refused_in_part(refusals: list[Step], silent: Unobserved) -> str:
    """Why it is not determined: who rejected, and who did not respond."""
    return f"{_errors(refusals)}; another controller did not respond: {why(silent)}"


def _known_elsewhere(pair: DomainPair, trusts: TrustSides, tried: list[TrustTicket]) -> str:
    """Which check tells why the proof fails, and what it saw."""
    hosts, storage = trusts.of(pair)
    if none := why_none(hosts, storage):
        return f"the trust cannot be tested: {none} (see trust.exists)"
    if refused(tried, storage) or not common(hosts, storage):
        return "the trust has no common encryption type (see trust.enctypes)"
    return ""


def _cause_unread(pair: DomainPair, trusts: TrustSides, steps: list[Step]) -> str:
    """Why the cause of the errors is not known: a directory that did not return its trusts can show another one than
    the trust password. A KDC that cannot decrypt the referral ticket has another key, whatever the directories contain.
    """
    if all(step.error.code in CANNOT_DECRYPT for step in steps if step.error):
        return ""
    unread = [side.domain for side in trusts.of(pair) if side.unread]
    return f"{_errors(steps)}; the trusts of {' and '.join(unread)} were not read" if unread else ""


def _errors(steps: Iterable[Step]) -> str:
    said = (f"{error_name(step.error.code)} ({step.error.code}) from {step.who}" for step in steps if step.error)
    return "; ".join(dict.fromkeys(said))


def _verdicts(pair: DomainPair, trusts: TrustSides, tried: list[TrustTicket]) -> Iterator[Verdict]:
    issuing, taking = _issuing(tried), _taking(tried)
    unshown = _unshown(tried, taking)
    findings = [*_findings(pair, NOT_ISSUED, issuing), *_findings(pair, NOT_ACCEPTED, taking)]
    silent = [step.seen for step in (*issuing, *taking) if isinstance(step.seen, Unobserved)]
    vague = [step for step in (*issuing, *taking) if step.vague]
    taken = any(step.works for step in taking)
    if findings and (elsewhere := _known_elsewhere(pair, trusts, tried)):
        yield unknown(str(pair), *(ground for finding in findings for ground in finding.because), says=elsewhere)
        return
    if findings and (says := _cause_unread(pair, trusts, [*issuing, *taking])):
        unread = [side.seen for side in trusts.of(pair) if side.unread and side.seen is not None]
        yield unknown(str(pair), *unread, *(ground for finding in findings for ground in finding.because), says=says)
        findings = [finding for finding in findings if finding.code == DIFFER.slug]
        if not (findings or silent):
            return
    if silent:
        findings = [finding for finding in findings if finding.code == DIFFER.slug]
        refusals = [step for step in (*issuing, *taking) if step.error is not None]
        says = _refused_in_part(refusals, silent[0]) if refusals and not findings else ""
        yield from findings
        yield unknown(str(pair), *silent, *(refusal.seen for refusal in refusals), says=says)
    else:
        yield from findings
    for step in vague:
        about = {"home": pair.hosts, "storage_domain": pair.storage, "controller": step.kdc}
        yield unknown(str(pair), step.seen, says=step.vague, about=about)
    for kdc in unshown:
        yield unknown(
            str(pair), says=f"the ticket that {kdc} issues could not be presented to a controller of {pair.storage}"
        )
    if taken and not (findings or silent or vague or unshown):
        yield fine(str(pair), *(step.seen for step in (*issuing, *taking)))
    elif not (findings or silent or vague or unshown):
        seen = [step.seen for step in issuing]
        yield unknown(str(pair), *seen, says=f"no referral ticket could be presented to a controller of {pair.storage}")


@check(
    id="trust.ticket",
    title="Every controller issues and accepts the referral tickets of the trust",
    tells="Whether the trust password is the same at every controller of both domains.",
    problems=[NOT_ISSUED, NOT_ACCEPTED, DIFFER],
    refs=["RFC 4120 1.2 (cross-realm)", "MS-KILE 3.3.5.7.3"],
)
def trust_ticket(trusts: TrustSides, tickets: TrustTickets) -> Iterator[Verdict]:
    for pair in trusts.pairs:
        tried = [ticket for ticket in tickets.tickets if (ticket.home, ticket.partner) == (pair.hosts, pair.storage)]
        if (roots := trusts.crossed(pair)) != pair:
            yield unknown(
                str(pair),
                says=f"tickets cross the trust between {roots.storage} and {roots.hosts}, and a referral ticket is "
                "requested only between domains that trust each other themselves",
            )
        elif tried:
            yield from _verdicts(pair, trusts, tried)
        else:
            yield unknown(
                str(pair),
                says=f"there is no TGT of {pair.hosts} to request a referral ticket with",
            )
