"""Both sides of a trust support a common encryption type for its key, and this is AES rather than RC4 or DES.

The referral ticket shows the encryption type that the KDCs use. msDS-SupportedEncryptionTypes of the two
trustedDomain objects defines the types that they may use. Where the attribute is absent, controllers use AES since
the updates of November 2022. The updates of April 2026 remove RC4 from the defaults (CVE-2026-20833), and the
rollback ends in July 2026.

Evidence: the trustedDomain object of each side, the referral ticket of every KDC of the hosts' domain and the answer to
it of every KDC of the storage's domain. Without the object of a side, a referral ticket that its KDCs accept or issue
is the proof. An RC4 ticket is reported only if it was accepted, or if everything was seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.kerberos import TicketFacts, TrustTicket, TrustTickets
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.views.trust_enctypes import AES_BITS, DEFAULT, allowed, common, refused, taken
from krbcheck.views.trust_sides import DomainPair, TrustSide, TrustSides, grounds_of
from krbcheck.windows.common_steps import controller
from krbcheck.windows.key_steps import ksetup_types, reset_trust_password
from krbcheck.windows.remedy import Remedy, changes, fill, looks, variants

AES_ETYPES, DES_ETYPES = {17, 18, 19, 20}, {1, 2, 3}
WEAK = {1: "DES", 2: "DES", 3: "DES", 23: "RC4", 24: "RC4 with 56 bits"}
NO_REFERRAL = (
    explains("ticket.service/*", same="home storage_domain home=answered_by", where={"result": "refused"}),
    explains(
        "ticket.service/refused", "ticket.service/not-allowed", "ticket.service/no-common-enctype",
        same="home storage_domain storage_domain=answered_by", where={"result": "refused"},
    ),
)  # fmt: skip


def _add_aes(domain: str, partner: str, side: str) -> Remedy:
    """AES for the trust object that a domain has of its partner."""
    return variants(
        domain,
        windows=[
            looks(
                f"ksetup /getenctypeattr {partner}",
                says="Write down the old types",
                on=controller(domain),
            ),
            changes(
                f"ksetup /setenctypeattr {partner} {{names_{side}}}",
                says="AES128 and AES256 in addition to the old types",
                on=controller(domain),
                needs="Domain Admins",
                undo=f"{{undo_{side}}}",
                verify=f"ksetup /getenctypeattr {partner}",
                caution="a trust without AES keys issues no tickets then: its password must be newer than the "
                "AES support "
                "of the domains",
            ),
        ],
        samba=[
            changes(
                f"samba-tool domain trust modify {partner} --raw-kerb-enctypes={{now_{side}}}",
                says="AES128 and AES256 (24) in addition to the old types",
                on=controller(domain),
                needs="the password of Administrator",
                undo=f"samba-tool domain trust modify {partner} --raw-kerb-enctypes={{was_{side}}}",
                verify=f"samba-tool domain trust show {partner}",
                caution="a trust without AES keys issues no tickets then: its password must be newer than the "
                "AES support "
                "of the domains",
            )
        ],
    )


ADD_AT_HOSTS = _add_aes("{hosts}", "{storage}", "hosts")
ADD_AT_STORAGE = _add_aes("{storage}", "{hosts}", "storage")
READ_TYPES = (
    looks(
        says="krbcheck could not read the object of the trust at {unread}: if its encryption types do not contain AES "
        "(24), add them there",
        on=controller("{unread}"),
    ),
)
NEW_PASSWORD = reset_trust_password("{storage}", "{hosts}")
AES_KEYS = (
    looks(
        says="If the trust password is older than the AES support of the domains, the trust still has no AES "
        "keys: reset "
        "it in a maintenance window, as netdom trust /reset does"
    ),
)
FOR_WEAK = (ADD_AT_HOSTS, ADD_AT_STORAGE, READ_TYPES, AES_KEYS)
NO_COMMON = Problem(
    "no-common-enctype",
    Severity.ERROR,
    says="The trust between {storage} and {hosts} has no encryption type that both sides support: {found}",
    alternatives=(*FOR_WEAK, NEW_PASSWORD),
    remedy=(),
    means="The KDC returns KDC_ERR_ETYPE_NOSUPP (14) and logs KDC event 14 (KB4492348).",
    explains=[*NO_REFERRAL, explains("trust.ticket", same="home storage_domain")],
)
RC4 = Problem(
    "rc4",
    Severity.WARNING,
    says="The trust between {storage} and {hosts} uses RC4: {found}",
    alternatives=FOR_WEAK,
    remedy=(),
    means="CVE-2026-20833: RC4 is not a default after April 2026, and the rollback ends in July 2026.",
)
DES = Problem(
    "des",
    Severity.ERROR,
    says="The trust between {storage} and {hosts} uses DES: {found}",
    alternatives=FOR_WEAK,
    remedy=(),
    means="RFC 6649: a DES key is found by trying all of them within hours. Windows disables DES since Windows 7 and "
    "Server 2008 R2, and Windows Server 2025 has removed it.",
)


def _steps(problem: Problem, hosts: TrustSide, storage: TrustSide) -> Remedy:
    """AES for each side whose object lacks it, or else for each side without the attribute. If no side lacks it, the
    keys of the trust are wrong: a new password stops access for a while, which only an error justifies.
    """
    values = {"hosts": hosts.domain, "storage": storage.domain}
    values |= {f"{word}_hosts": types for word, types in _types(hosts, storage.domain).items()}
    values |= {f"{word}_storage": types for word, types in _types(storage, hosts.domain).items()}
    sides = ((hosts, ADD_AT_HOSTS), (storage, ADD_AT_STORAGE))
    unread = [step for side, _ in sides if side.trust is None for step in fill(READ_TYPES, {"unread": side.domain})]
    stated = [
        add for side, add in sides if side.trust and side.trust.etypes and side.trust.etypes & AES_BITS != AES_BITS
    ]
    absent = [add for side, add in sides if side.trust and not side.trust.etypes]
    added = [step for add in stated or absent for step in fill(add, values)]
    if problem is NO_COMMON and not (unread or added):
        return fill(NEW_PASSWORD, values)
    return (*unread, *added, *AES_KEYS)


def _stated(*both: TrustSide) -> str:
    answers = [(side.domain, allowed(side)) for side in both if side.trust is not None]
    return ", ".join(f"0x{etypes:x} at {domain}" for domain, etypes in answers)


def _types(side: TrustSide, partner: str) -> dict[str, str]:
    """The value of the attribute, 0 where it is absent, and the value with AES: the types of today remain. ksetup has
    names for them.
    """
    old = (side.trust.etypes if side.trust else None) or 0
    new = (old or DEFAULT) | AES_BITS
    undo = f"ksetup /setenctypeattr {partner} {ksetup_types(old)}" if old else f"ksetup /delenctypeattr {partner}"
    return {"was": str(old), "now": str(new), "names": ksetup_types(new), "undo": undo}


def _etype(ticket: TrustTicket) -> int:
    """The encryption type of the referral ticket; 0 where there is none."""
    return (
        ticket.seen.value.etype
        if isinstance(ticket.seen, Observed) and isinstance(ticket.seen.value, TicketFacts)
        else 0
    )


def _judged(pair: DomainPair, hosts: TrustSide, storage: TrustSide, tried: list[TrustTicket]) -> Verdict:
    values = [(ticket, ticket.seen.value) for ticket in tried if isinstance(ticket.seen, Observed)]
    no_type = refused(tried, storage)
    tickets = [value for _, value in values if isinstance(value, TicketFacts)]
    weak = sorted({ticket.etype for ticket in tickets if ticket.etype not in AES_ETYPES})
    accepted = [ticket.accepted for ticket in tried if ticket.accepted is not None]
    seen = (*grounds_of(hosts, storage), *(ticket.seen for ticket in tried), *no_type)
    silent = [gap for gap in (*seen, *accepted) if isinstance(gap, Unobserved)]
    names = {"hosts": pair.hosts, "storage": pair.storage, "expected": "AES on both sides"}
    both = common(hosts, storage)
    if no_type or not both:
        errors = dict.fromkeys(
            observation.value.summary() for observation in no_type if isinstance(observation, Observed)
        )
        found = "; ".join([*errors, *filter(None, [_stated(hosts, storage)])])
        return NO_COMMON.with_steps(_steps(NO_COMMON, hosts, storage))(str(pair), *seen, found=found, **names)
    whole = hosts.known and storage.known and not silent
    proven = any(_etype(ticket) in weak and taken([ticket]) for ticket in tried)
    if proven or ((weak or not both & AES_BITS) and tickets and whole):
        found = "; ".join(
            filter(
                None,
                [
                    *(
                        f"the referral ticket is encrypted with {WEAK.get(number, f'encryption type {number}')}"
                        for number in weak
                    ),
                    _stated(hosts, storage),
                ],
            )
        )
        problem = DES if DES_ETYPES.intersection(weak) else RC4
        return problem.with_steps(_steps(problem, hosts, storage))(str(pair), *seen, found=found, **names)
    shown = storage.trust is not None or taken(tried)
    unanswered = [gap for gap in silent if gap in accepted or any(gap is each.seen for each in tried)]
    if (hosts.trust or storage.trust) is None or not tickets or not shown or unanswered or not both & AES_BITS:
        return unknown(
            str(pair),
            *silent,
            says="" if silent else "there is no referral ticket, or no trustedDomain object could be read",
        )
    return fine(str(pair), *seen)


@check(
    id="trust.enctypes",
    title="Each trust has AES keys",
    tells="The encryption type of the referral ticket, and the types that both trustedDomain objects allow.",
    problems=[NO_COMMON, RC4, DES],
    refs=["MS-KILE 2.2.7", "KB4492348", "CVE-2026-20833 (KB5073381)"],
)
def trust_enctypes(trusts: TrustSides, tickets: TrustTickets) -> Iterator[Verdict]:
    for pair in trusts.pairs:
        tried = [ticket for ticket in tickets.tickets if (ticket.home, ticket.partner) == (pair.hosts, pair.storage)]
        if trusts.crossed(pair) != pair:
            tried = []  # they are of the trust with the parent domain
        yield _judged(pair, *trusts.of(pair), tried)
