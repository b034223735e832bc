"""Checks that each principal gets a service ticket for each data path of its tenant.

As a Windows host does, krbcheck requests `cifs/<name>` from the host's own KDC, with canonicalize set, and follows its
referrals; it does not guess a realm. With a forest trust the KDC has the name suffixes of the other forest and issues
a referral. An external trust has no name suffixes: the KDC returns KDC_ERR_S_PRINCIPAL_UNKNOWN, and only "Use forest
search order" makes host and KDC search the listed domains. After such an error krbcheck searches the domains of the
search order in the site file, then every other domain of the site. So the result is one of: issued by KDC referral;
issued after forest search; needs a search order that the site file does not state; not issued by any domain; different
from KDC to KDC. A forest search works only if the policies are in effect: on the host, so that it searches itself, or
on its KDC, so that it returns a referral. A policy that is known to be missing is named. If both policies contain the
domain and only the site file does not, the remedy is the line in the site file. A principal that is not a computer
account uses the policy of the host on which it logs on, so only the policy of the KDC is judged for it.

A KDC that searches another forest queries any one of its global catalogs. If only some of them contain the SPN, the
result depends on which one responds.

Evidence: the answers of every KDC of the principal and of every domain that is searched, both policies at every
controller where a search decides, and every global catalog of the storage's forest, unless the KDCs refer to the
storage's domain by the name suffixes of a forest trust. If one of them is missing, the ticket is not determined, unless
the others already differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from krbcheck.facts.kerberos import TicketGrant
from krbcheck.facts.observation import Unobserved
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Site, Tenant, realm_of
from krbcheck.views.global_catalogs import CatalogAnswers, GlobalCatalogs, uses_catalogs
from krbcheck.views.tgt_grants import TgtGrants
from krbcheck.views.ticket_searches import (
    EffectiveTicketSearches,
    SearchResult,
    TicketSearch,
    expected_tickets,
    stated_order,
    subject_of,
)
from krbcheck.views.trust_sides import DomainPair, TrustSides
from krbcheck.windows.common_steps import controller, register_spn
from krbcheck.windows.kerberos_errors import KRB_CODES, error_name
from krbcheck.windows.ntstatus import ntstatus_name
from krbcheck.windows.remedy import Remedy, fill, looks

from ._search_remedies import AES_KEYS, ALLOW, EXPLAIN, LIKE_THE_OTHERS, POLICY, REPLICATE, STATE, SUFFIXES, WAIT

NO_TICKET = (
    explains("ticket.client/masked", "ticket.client/differs", same="principal service"),
    explains(
        "ticket.client", "ticket.path", "ticket.enctype", "smb.session", "smb.share", "smb.encryption",
        "smb.multichannel", "isolation.own", "isolation.others", "isolation.listing", same="principal service",
    ),
    explains(
        "isolation.acl", "isolation.administrators", "isolation.backup", "isolation.unstated", "backup.rights",
        same="storage",
    ),
)  # fmt: skip
SPN_UNKNOWN = Problem(
    "spn-unknown",
    Severity.ERROR,
    says="{kdc} does not find {service}, so {principal} gets no ticket ({found})",
    remedy=(
        looks(
            "setspn -Q {service}",
            says="If it lists no account, the next step registers the SPN; if it lists two, fix spn.unique instead",
            on=controller("{storage_domain}"),
        ),
        *register_spn("{service}", "{storage_account}", "{storage_domain}"),
        *WAIT,
    ),
    means="The KDC of the domain that must contain the SPN finds it on no account or on two accounts.",
    explains=NO_TICKET,
)
NEEDS_SEARCH_ORDER = Problem(
    "needs-search-order",
    Severity.ERROR,
    says="{subject} gets a ticket only with a forest search order that contains {forest}",
    alternatives=(STATE, POLICY),
    remedy=WAIT,
    means="An external trust has no name suffixes, so the host's own KDC cannot find the domain of the SPN. The "
    "Kerberos client policy makes the host search; the KDC policy makes the KDC return a referral. Set both on all "
    "hosts and all controllers. Without them hosts use NTLM or fail.",
    explains=NO_TICKET,
)
FOUND_BY_NONE = Problem(
    "found-by-none",
    Severity.ERROR,
    says="{subject} gets no ticket, because none of the domains that were searched issues one: {found}",
    remedy=(
        looks(
            "setspn -Q {service}",
            says="If it lists no account, the next step registers the SPN; if it lists two, fix spn.unique instead",
            on=controller("{storage_domain}"),
        ),
        *register_spn("{service}", "{storage_account}", "{storage_domain}"),
        looks(
            "netdom trust {storage_domain} /domain:{home} /verify",
            says="If the SPN is registered on {storage_account} only, test the trust",
            on=controller("{storage_domain}"),
            needs="Domain Admins",
        ),
        *WAIT,
    ),
    means="The own KDC rejects the request, and so does every domain that a search order could list: the SPN is "
    "missing or registered twice, or the trust does not work.",
    explains=NO_TICKET,
)
LOOP = Problem(
    "loop",
    Severity.ERROR,
    says="The referrals for {service} form a loop for {principal}: {found}",
    remedy=SUFFIXES,
    means="Two realms refer to each other for the name, or there are more referrals than a Windows host follows (6).",
    explains=NO_TICKET,
)
NOT_ALLOWED = Problem(
    "not-allowed",
    Severity.ERROR,
    says="{kdc} does not allow {principal} a ticket for {service} ({found})",
    remedy=ALLOW,
    means="KDC_ERR_POLICY (12): selective authentication on the trust (0xC0000413), or another restriction.",
    explains=NO_TICKET,
)
NO_COMMON_ENCTYPE = Problem(
    "no-common-enctype",
    Severity.ERROR,
    says="{kdc} supports no encryption type for {service} that {principal} supports ({found})",
    remedy=AES_KEYS,
    means="KDC_ERR_ETYPE_NOSUPP (14): the account of the storage, or the trust, does not support AES.",
    explains=NO_TICKET,
)
BY_LUCK = Problem(
    "by-luck",
    Severity.ERROR,
    says="{subject} gets a ticket from {better}, but not from {worse}: the result depends on the {which}",
    alternatives=(LIKE_THE_OTHERS, REPLICATE),
    remedy=(),
    means="A host uses any domain controller of its site, and a KDC that searches another forest uses any global "
    "catalog. A request that succeeds today fails when another server responds.",
    explains=NO_TICKET,
)
REFUSED = Problem(
    "refused",
    Severity.ERROR,
    says="{kdc} rejects the request of {principal} for {service}: {found}",
    alternatives=(EXPLAIN,),
    remedy=(),
    means="Any other KRB-ERROR during the request; `krbcheck explain CODE` describes it.",
    explains=NO_TICKET,
)
BY_CODE: Mapping[int, Problem] = {12: NOT_ALLOWED, 14: NO_COMMON_ENCTYPE}


def _refusal(search: TicketSearch) -> Problem:
    """Returns the problem for the error of the last KDC."""
    code = search.error.code if search.error else 0
    if code == 7:
        return FOUND_BY_NONE if search.searched else SPN_UNKNOWN
    return BY_CODE.get(code, REFUSED)


def _described(search: TicketSearch) -> str:
    if search.error is None:
        return search.policy.lacking or search.result
    status = "" if search.error.ntstatus is None else f", {ntstatus_name(search.error.ntstatus)}"
    return f"{error_name(search.error.code)} ({search.error.code}{status}) from {search.path.hops[-1].host}"


def _problem(search: TicketSearch) -> Problem:
    match search.result:
        case SearchResult.UNSTATED | SearchResult.LACKING:
            return NEEDS_SEARCH_ORDER
        case SearchResult.LOOP:
            return LOOP
        case _:
            return _refusal(search)


def _storage_of(site: Site, tenant: Tenant, service: str) -> tuple[str, str]:
    """Returns the account and the domain of the storage of an SPN."""
    path = next(path for path in tenant.data_paths if path.spn == service)
    storage = site.storage(path.storage)
    return storage.account.rpartition("@")[0], storage.domain


def _finding(site: Site, tenant: Tenant, principal: str, service: str, ends: Sequence[TicketSearch]) -> Verdict:
    """Returns the finding where all KDCs that responded fail; it describes the first."""
    search = ends[0]
    account, domain = _storage_of(site, tenant, service)
    order = ", ".join(stated_order(site, principal))
    found_ = {
        SearchResult.UNSTATED: f"the site file states {order or 'none'}",
        SearchResult.LOOP: search.route,
    }.get(search.result, _described(search))
    forest = search.path.forest or domain
    finding = _problem(search).with_steps(_fix(site, principal, service, search, forest))(
        subject_of(principal, service),
        *search.policy.lines,
        *(hop.seen for hop in search.path.hops),
        tenant=tenant.name,
        expected=f"a ticket for {service}",
        found=found_,
        principal=principal,
        service=service,
        kdc=search.path.hops[-1].host,
        kdcs=[end.kdc for end in ends],
        forest=forest,
        home=realm_of(principal).lower(),
        storage_account=account,
        storage_domain=domain,
    )
    return labelled(finding, **_about(principal, service, ends))


def _about(principal: str, service: str, ends: Sequence[TicketSearch]) -> dict[str, list[str]]:
    """Returns the labels of the searches that failed: how, with which errors, and without which policies."""
    refusals = [(end, end.error) for end in ends if end.error is not None]
    return {
        "principal": [principal],
        "service": [service],
        "controller": [end.kdc for end in ends],
        "result": [end.result.name for end in ends],
        "error": [str(error.code) for _, error in refusals],
        "answered_by": [end.path.hops[-1].realm.lower() for end, _ in refusals],
        "policies": [account for end in ends for account in end.policy.without],
    }


def _fix(site: Site, principal: str, service: str, search: TicketSearch, forest: str) -> Remedy:
    """Returns the remedy: the search order of the policies, or of the site file alone; else what the error needs."""
    if search.result in (SearchResult.UNSTATED, SearchResult.LACKING):
        order = ", ".join((*stated_order(site, principal), forest))
        home = realm_of(principal).lower()
        template = STATE if search.policy.listed else POLICY
        return fill(template, {"forest": forest, "home": home, "order": order, "service": service})
    if _problem(search) is not REFUSED or search.error is None:
        return ()
    known = KRB_CODES.get(search.error.code)
    return fill((known.fix if known else ()) or EXPLAIN, {"code": str(search.error.code)})


def _depends(
    ends: Sequence[TicketSearch], principal: str, service: str, tenant: Tenant, chance: Sequence[TicketSearch]
) -> Verdict:
    """Returns the finding where some KDCs of the principal lead to the ticket and others do not."""
    good, bad = ([end for end in ends if end.works is works] for works in (True, False))
    worse = chance[0].policy.worse if chance else bad[0].kdc
    home = realm_of(principal).lower()
    finding = BY_LUCK.with_steps(fill(LIKE_THE_OTHERS, {"worse": worse, "home": home}))(
        subject_of(principal, service),
        *(line for search in good + bad for line in search.policy.lines),
        *(search.seen for search in good + bad),
        tenant=tenant.name,
        expected="the same result from every KDC",
        found="; ".join(
            f"{search.kdc}: {search.result if search.works else _described(search)}" for search in good + bad
        ),
        which="KDC",
        principal=principal,
        service=service,
        better=good[0].kdc if good else chance[0].policy.better,
        worse=worse,
        home=home,
    )
    return labelled(finding, **_about(principal, service, [*bad, *chance]))


def _by_catalogue(
    known: CatalogAnswers, good: Sequence[TicketSearch], principal: str, service: str, tenant: Tenant
) -> Verdict:
    """Returns the finding where every KDC leads to the ticket now, but not all global catalogs of the storage's forest
    contain the SPN.
    """
    worse = known.lacking[0]
    return BY_LUCK.with_steps(fill(REPLICATE, {"worse": worse}))(
        subject_of(principal, service),
        *known.seen,
        *(search.seen for search in good),
        tenant=tenant.name,
        expected="the same result from every global catalog of the storage's forest",
        found=f"{', '.join(known.knowing)} contains {service}; {', '.join(known.lacking)} does not",
        which="global catalog",
        principal=principal,
        service=service,
        better=known.knowing[0],
        worse=worse,
        home=realm_of(principal).lower(),
    )


def _judged(
    site: Site,
    tenant: Tenant,
    principal: str,
    service: str,
    ends: Sequence[TicketSearch],
    without: Sequence[TicketGrant],
    catalogs: GlobalCatalogs,
    trusts: TrustSides,
) -> Iterator[Verdict]:
    """Yields the verdict about one service ticket. `without` are the KDCs that issued no TGT, so that they were not
    queried for it.
    """
    answered = [end for end in ends if not end.open]
    unsure = [end for end in ends if end.open]
    good = [search for search in answered if search.works]
    bad = [search for search in answered if not search.works]
    subject = subject_of(principal, service)
    about = {"principal": principal, "service": service}
    chance = [search for search in bad if search.result is SearchResult.DEPENDS]
    domain = _storage_of(site, tenant, service)[1]
    pair = DomainPair(realm_of(principal).lower(), domain)
    known = catalogs.of(service, domain) if uses_catalogs(pair, trusts, good) else CatalogAnswers()
    differs = bool(chance or (bad and good))
    if differs:
        yield _depends(answered, principal, service, tenant, chance)
    elif good and known.differ:
        yield _by_catalogue(known, good, principal, service, tenant)
    elif bad and not unsure:
        yield _finding(site, tenant, principal, service, bad)
    if unsure:
        yield _undetermined(subject, tenant, unsure, [] if differs else bad, about)
    elif good and not (bad or known.differ) and known.unknown:
        needed = {**about, "directory": known.unread or (domain,)}
        yield unknown(subject, known.unknown, *known.seen, tenant=tenant.name, about=needed, missing=known.silent)
    elif without and not (bad or known.differ):
        why = f"{without[0].host} issued no TGT, so it was not queried for the service ticket"
        seen = [grant.seen for grant in without]
        silent = [gap for gap in seen if isinstance(gap, Unobserved)]
        yield unknown(subject, *seen, tenant=tenant.name, says=why, about=about, missing=silent)
    elif good and not (bad or known.differ):
        answers = [line for search in good for line in search.policy.lines]
        yield fine(
            subject,
            f"{good[0].result}: {good[0].route}",
            *answers,
            *(search.seen for search in good),
            tenant=tenant.name,
        )


def _undetermined(
    subject: str, tenant: Tenant, unsure: Sequence[TicketSearch], bad: Sequence[TicketSearch], about: Mapping[str, str]
) -> Verdict:
    """Returns why the result is not determined; `bad` are the searches that failed at other KDCs."""
    silent = [search.seen for search in unsure if isinstance(search.seen, Unobserved)]
    policies = [line for search in unsure if search.policy.unread for line in search.policy.lines]
    why = silent[0].detail if silent else next(search.policy.unread for search in unsure)
    if bad:
        errors = "; ".join(dict.fromkeys(map(_described, bad)))
        why = f"{errors}; the other KDCs are not known to return the same: {why}"
    reasons = (*silent, *policies, *(search.seen for search in bad))
    return unknown(subject, *reasons, tenant=tenant.name, says=why, about=about, missing=silent)


@check(
    id="ticket.service",
    title="Every principal gets a service ticket for every data path of its tenant",
    tells="Whether Windows hosts get a ticket for the storage: by KDC referral, after forest search, only from some "
    "servers, or not at all.",
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
    undetermined_explains=NO_TICKET[1:2],
    refs=["RFC 4120 3.3", "RFC 6806 8 (referrals)", "MS-KILE 3.3.5.7", "KB 2977475"],
)
def ticket_service(
    site: Site,
    searches: EffectiveTicketSearches,
    catalogs: GlobalCatalogs,
    trusts: TrustSides,
    tgts: TgtGrants,
) -> Iterator[Verdict]:
    for tenant, principal, service in expected_tickets(site):
        ends = searches.of(tenant.name, principal, service)
        if ends:
            without = tgts.without(tenant.name, principal, {end.kdc for end in ends})
            yield from _judged(site, tenant, principal, service, ends, without, catalogs, trusts)
        else:
            why = tgts.why_none(tenant.name, principal) or "no service ticket was requested"
            silent = tgts.failures(tenant.name, principal)
            about = {"principal": principal, "service": service}
            yield unknown(subject_of(principal, service), *silent, tenant=tenant.name, says=why, about=about)
