"""Each principal must get a service ticket for each data path of its tenant, the way a Windows host asks.

The host asks its own KDC for `cifs/<name>`, with canonicalize set, and follows the referrals it is given; nothing is
guessed. A forest trust carries the storage's names, so the KDC refers by itself. An external trust carries none: the
KDC answers KDC_ERR_S_PRINCIPAL_UNKNOWN, and only "Use forest search order" makes host and KDC look in the domains that
it lists. After such a refusal the search order that the site states is followed, domain by domain, then every other
domain of the site, so that the verdict tells apart: found by itself, found by search order, would be found by a search
order that the site does not state, found by none, by luck. What a search order finds rests on the policies that really
reach the host (its half makes it search by itself) and its KDC (whose half makes it answer with a referral); a half
that is known to be lacking is named. Where the policies cannot be read the stated order stands for them.

A KDC that looks in another forest asks one of its global catalogues, whichever answers: where some of them know the SPN
and others do not, the ticket is a matter of luck too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from krbcheck.facts.directory import Directories
from krbcheck.facts.kerberos import ServiceTickets, TicketGrants
from krbcheck.facts.observation import Unobserved
from krbcheck.facts.policy import Policies
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site, Tenant, realm_of
from krbcheck.views.search_order.halves import Halves
from krbcheck.windows.kerberos_errors import KRB_CODES, error_name
from krbcheck.windows.ntstatus import ntstatus_name
from krbcheck.windows.quoting import Remedy, filled

from ._catalogues import Catalogues, catalogues
from ._grants import no_tgt, why_no_tgt
from ._policies import rested
from ._ways import End, Found, asked, found, stated_order, subject_of

POLICY = (
    "Computer Configuration > Policies > Administrative Templates > System > Kerberos > Use forest search order (for "
    "the hosts) and System > KDC > Use forest search order (for the controllers of {home}), both = {forest}; then "
    "gpupdate /force and klist -li 0x3e7 purge on the host. Hosts remember a refusal for 15 minutes"
)
SPN_UNKNOWN = Problem(
    "spn-unknown",
    Severity.ERROR,
    says="{kdc} knows no {service}: {principal} gets no ticket ({found})",
    remedy="setspn -Q {service}; register it on the storage's account: setspn -S {service} {storage_account}. Hosts "
    "remember the refusal for 15 minutes",
    means="The KDC of the domain that should hold the SPN finds it nowhere, or finds it twice.",
)
NEEDS_SEARCH_ORDER = Problem(
    "needs-search-order",
    Severity.ERROR,
    says="{subject} gets a ticket only with a forest search order that lists {forest}; {found}",
    remedy=POLICY,
    means="The trust is external: it carries no names, so the host's own KDC does not know where the SPN lives. The "
    "client half makes the host search by itself, the KDC half makes the KDC refer; only both together, on all hosts "
    "and all controllers, are dependable. Without, hosts fall back to NTLM or fail.",
)
FOUND_BY_NONE = Problem(
    "found-by-none",
    Severity.ERROR,
    says="{subject} gets no ticket from any domain: {found}",
    remedy="setspn -Q {service} in the storage's domain (setspn -S {service} {storage_account} registers it); then "
    "netdom trust {storage_domain} /domain:{home} /verify. Hosts remember the refusal for 15 minutes",
    means="The own KDC refuses, and so does every domain that a search order could list: the SPN is missing or "
    "registered twice, or the trust does not work.",
)
LOOP = Problem(
    "loop",
    Severity.ERROR,
    says="Referrals for {service} lead {principal} in a circle: {found}",
    remedy="netdom trust {storage_domain} /domain:{home} /namesuffixes:{storage_domain}: enable the suffix on one "
    "trust only",
    means="Two realms refer to each other for the name, or more referrals follow than a host takes (6).",
)
NOT_ALLOWED = Problem(
    "not-allowed",
    Severity.ERROR,
    says="{kdc} does not let {principal} have a ticket for {service} ({found})",
    remedy="Grant 'Allowed to authenticate' on {storage_account} to the hosts' group: dsacls STORAGE-DN /G "
    '"GROUP:CA;Allowed to Authenticate"',
    means="KDC_ERR_POLICY (12): selective authentication on the trust (0xC0000413), or another rule.",
)
NO_COMMON_ENCTYPE = Problem(
    "no-common-enctype",
    Severity.ERROR,
    says="{kdc} has no encryption type for {service} that {principal} takes ({found})",
    remedy="Set-ADComputer -Identity '{storage_account}' -KerberosEncryptionType AES128,AES256, and reset its password "
    "by joining the storage again; on the trust: ksetup /setenctypeattr {storage_domain} AES128-CTS-HMAC-SHA1-96 "
    "AES256-CTS-HMAC-SHA1-96",
    means="KDC_ERR_ETYPE_NOSUPP (14): the storage's account, or the trust, lacks AES.",
)
BY_LUCK = Problem(
    "by-luck",
    Severity.WARNING,
    says="Whether {subject} gets a ticket depends on the {which}: {found}",
    remedy="Make {worse} like {better}: {mend}",
    means="A host takes whichever controller answers first, and a KDC that looks in another forest whichever global "
    "catalogue does. What works today fails when the other one answers.",
)
REFUSED = Problem(
    "refused",
    Severity.ERROR,
    says="{kdc} refuses {principal} a ticket for {service}: {found}",
    remedy="{mend}",
    means="Any other KRB-ERROR on the way; `krbcheck explain CODE` tells what it means here.",
)
BY_CODE: Mapping[int, Problem] = {12: NOT_ALLOWED, 14: NO_COMMON_ENCTYPE}


def _refusal(one: Found) -> Problem:
    """The problem that the last KDC's error names."""
    code = one.error.code if one.error else 0
    if code == 7:
        return FOUND_BY_NONE if one.searched else SPN_UNKNOWN
    return BY_CODE.get(code, REFUSED)


def _told(one: Found) -> str:
    if one.error is None:
        return one.policy.lacking or one.end
    status = "" if one.error.ntstatus is None else f", {ntstatus_name(one.error.ntstatus)}"
    return f"{error_name(one.error.code)} ({one.error.code}{status}) from {one.way.hops[-1].host}"


def _problem(one: Found) -> Problem:
    match one.end:
        case End.UNSTATED | End.LACKING:
            return NEEDS_SEARCH_ORDER
        case End.LOOP:
            return LOOP
        case _:
            return _refusal(one)


def _storage_of(site: Site, tenant: Tenant, service: str) -> tuple[str, str]:
    """The account and the domain of the storage behind an SPN."""
    path = next(path for path in tenant.data_paths if path.spn == service)
    storage = site.storage(path.storage)
    return storage.account.rpartition("@")[0], storage.domain


def _finding(site: Site, tenant: Tenant, principal: str, service: str, ends: list[Found]) -> Verdict:
    """All KDCs that answered fail, in the same way or not: the first one's way is told."""
    one = ends[0]
    account, domain = _storage_of(site, tenant, service)
    order = ", ".join(stated_order(site, principal))
    found_ = {
        End.UNSTATED: f"the site states {order or 'none'}",
        End.LOOP: one.route,
    }.get(one.end, _told(one))
    known = KRB_CODES.get(one.error.code) if one.error else None
    return _problem(one)(
        subject_of(principal, service),
        *one.policy.told,
        *(hop.seen for hop in one.way.hops),
        tenant=tenant.name,
        expected=f"a ticket for {service}",
        found=found_,
        principal=principal,
        service=service,
        kdc=one.way.hops[-1].host,
        kdcs=[end.kdc for end in ends],
        forest=one.way.forest or domain,
        home=realm_of(principal).lower(),
        storage_account=account,
        storage_domain=domain,
        mend=Remedy((known.mend if known else "") or f"krbcheck explain {one.error.code if one.error else ''}"),
    )


LIKE_THE_OTHERS = (
    "repadmin /showrepl {worse}, gpupdate /force on it, and the KDC's forest search order on every controller of {home}"
)
REPLICATE = "repadmin /showrepl {worse}, then repadmin /syncall {worse} /A /e"


def _depends(ends: list[Found], principal: str, service: str, tenant: Tenant, chance: list[Found]) -> Verdict:
    """Some of the principal's KDCs lead to the ticket, others do not."""
    good, bad = ([one for one in ends if one.works is works] for works in (True, False))
    worse = chance[0].policy.worse if chance else bad[0].kdc
    home = realm_of(principal).lower()
    return BY_LUCK(
        subject_of(principal, service),
        *(line for one in good + bad for line in one.policy.told),
        *(one.seen for one in good + bad),
        tenant=tenant.name,
        expected="the same at every KDC",
        found="; ".join(f"{one.kdc}: {one.end if one.works else _told(one)}" for one in good + bad),
        which="KDC",
        principal=principal,
        service=service,
        better=good[0].kdc if good else chance[0].policy.better,
        worse=worse,
        home=home,
        mend=filled(LIKE_THE_OTHERS, {"worse": worse, "home": home}),
    )


def _by_catalogue(known: Catalogues, good: list[Found], principal: str, service: str, tenant: Tenant) -> Verdict:
    """Every KDC leads to the ticket, now; the catalogues of the storage's forest do not all know the SPN."""
    worse = known.lacking[0]
    return BY_LUCK(
        subject_of(principal, service),
        *known.seen,
        *(one.seen for one in good),
        tenant=tenant.name,
        expected="the same at every global catalogue of the storage's forest",
        found=f"{', '.join(known.knowing)} has {service}; {', '.join(known.lacking)} does not",
        which="global catalogue",
        principal=principal,
        service=service,
        better=known.knowing[0],
        worse=worse,
        home=realm_of(principal).lower(),
        mend=filled(REPLICATE, {"worse": worse}),
    )


def _judged(
    site: Site, tenant: Tenant, principal: str, service: str, ends: list[Found], directories: Directories
) -> Iterator[Verdict]:
    answered = [one for one in ends if one.end is not End.SILENT]
    good = [one for one in answered if one.works]
    bad = [one for one in answered if not one.works]
    subject = subject_of(principal, service)
    chance = [one for one in bad if one.end is End.DEPENDS]
    domain = _storage_of(site, tenant, service)[1]
    known = catalogues(directories, service, domain) if domain != realm_of(principal).lower() else Catalogues()
    if bad and (good or chance):
        yield _depends(answered, principal, service, tenant, chance)
    elif bad:
        yield _finding(site, tenant, principal, service, bad)
    elif good and known.differ:
        yield _by_catalogue(known, good, principal, service, tenant)
    elif good:
        told = [line for one in good for line in one.policy.told]
        yield fine(subject, f"{good[0].end}: {good[0].route}", *told, *(one.seen for one in good), tenant=tenant.name)
    silent = [one.seen for one in ends if isinstance(one.seen, Unobserved)]
    if silent:
        yield unknown(subject, *silent, tenant=tenant.name, says=silent[0].detail)


@check(
    id="ticket.service",
    title="Every principal gets a service ticket for every data path of its tenant",
    tells="Whether Windows hosts find the storage's SPN: by themselves, by search order, by luck, or not at all.",
    problems=[
        SPN_UNKNOWN,
        NEEDS_SEARCH_ORDER,
        FOUND_BY_NONE,
        LOOP,
        NOT_ALLOWED,
        NO_COMMON_ENCTYPE,
        BY_LUCK,
        REFUSED,
    ],
    refs=["RFC 4120 3.3", "RFC 6806 8 (referrals)", "MS-KILE 3.3.5.7", "KB 2977475"],
)
def ticket_service(
    site: Site,
    grants: TicketGrants,
    tickets: ServiceTickets,
    policies: Policies,
    directories: Directories,
    vantages: Vantages,
) -> Iterator[Verdict]:
    halves = Halves(policies, directories)
    for tenant, principal, service in asked(site):
        ends = rested(halves, principal, found(site, tickets, tenant, principal, service))
        if ends:
            yield from _judged(site, tenant, principal, service, ends, directories)
        else:
            why = why_no_tgt(grants, vantages, tenant, principal) or "no service ticket was asked for"
            silent = no_tgt(grants, tenant.name, principal)
            yield unknown(subject_of(principal, service), *silent, tenant=tenant.name, says=why)
