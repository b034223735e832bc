"""Reports the realms and KDCs that issue the service tickets for each data path.

One hop is expected for each realm: the host's own KDC, the referral across the trust, the KDC of the storage. More hops
than the trusts need are slower and fail more often.

Evidence: the service tickets, and for a longer path the trusts of the host's domain at each of its controllers.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Directories
from krbcheck.facts.observation import Observed
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, unknown
from krbcheck.site.stated import Site, Tenant, realm_of
from krbcheck.views.tgt_grants import TgtGrants
from krbcheck.views.ticket_searches import TicketSearch, TicketSearches, expected_tickets, realms
from krbcheck.windows.common_steps import controller
from krbcheck.windows.remedy import changes, looks

PATH = Problem(
    "path",
    Severity.NOTE,
    says="The tickets for {service} pass {found} ({how})",
    remedy=(looks(says="No fix is needed: this note reports the referral path"),),
    means="The realms in their order, with the KDC that answered for each.",
)
LONG_PATH = Problem(
    "long-path",
    Severity.WARNING,
    says="The tickets for {service} pass {count} realms although a direct trust exists: {found}",
    remedy=(
        looks(
            "nltest /server:{kdc} /trusted_domains",
            says="{storage_domain} must be listed as a direct trust of {home}",
            on=controller("{home}"),
        ),
        looks(
            "netdom trust {home} /namesuffixes:{storage_domain}",
            says="Of a forest trust, the suffix of {storage_domain} must be enabled",
            on=controller("{home}"),
            needs="Domain Admins",
        ),
        changes(
            says="In one forest only: create a shortcut trust from {storage_domain} to {home} in Active Directory "
            "Domains and Trusts > properties of {storage_domain} > Trusts > New Trust",
            on=controller("{storage_domain}"),
            needs="Domain Admins of both domains",
            undo_says="remove the shortcut trust in the same console",
        ),
    ),
    means="Each referral needs one more KDC to respond; a Windows host follows at most six.",
    together=["service"],
)


def _direct_trust(directories: Directories, home: str, storage: str) -> bool | None:
    """Whether a controller of `home` has a trust with the storage's domain; None where not every controller of those
    that were queried returned its trusts.
    """
    answers = [answer.seen for answer in directories.trusts if answer.domain == home]
    found = [trust for seen in answers if isinstance(seen, Observed) for trust in seen.value.found]
    if any(trust.partner == storage for trust in found):
        return True
    return False if answers and all(isinstance(seen, Observed) for seen in answers) else None


def _of_service(
    site: Site, directories: Directories, tenant: Tenant, service: str, searches: list[TicketSearch]
) -> Iterator[Verdict]:
    """Yields each route once, however many principals and KDCs use it."""
    routes: dict[str, TicketSearch] = {search.route: search for search in reversed(searches)}
    path = next(data_path for data_path in tenant.data_paths if data_path.spn == service)
    storage = site.storage(path.storage).domain
    for route, search in routes.items():
        passed = realms(search.path)
        home = realm_of(search.path.principal).lower()
        names = {"service": service, "tenant": tenant.name, "found": route}
        direct = len(passed) > 2 and _direct_trust(directories, home, storage)
        if direct is None:
            says = f"whether {home} has a direct trust with {storage} is not known, so {route} can be too long"
            yield unknown(service, search.seen, tenant=tenant.name, says=says)
        elif direct:
            yield LONG_PATH(
                service, search.seen, expected="one referral", count=str(len(passed)), kdc=search.kdc, home=home,
                realm=storage.upper(), storage_domain=storage, **names,
            )  # fmt: skip
        else:
            yield PATH(service, search.seen, expected="the shortest path over the trusts", how=search.result, **names)


@check(
    id="ticket.path",
    title="The referral path of every ticket is no longer than the trusts need",
    tells="The realms and KDCs that issue the tickets of each data path.",
    problems=[PATH, LONG_PATH],
    refs=["RFC 6806 8", "KB 837361 (MaxReferralCount)"],
)
def ticket_path(site: Site, tgts: TgtGrants, searches: TicketSearches, directories: Directories) -> Iterator[Verdict]:
    of_services: dict[tuple[str, str], list[TicketSearch]] = {}
    without: dict[tuple[str, str], str] = {}
    for tenant, principal, service in expected_tickets(site):
        ends = [search for search in searches.of(tenant.name, principal, service) if search.path.ticket is not None]
        of_services.setdefault((tenant.name, service), []).extend(ends)
        if not ends:
            why = tgts.why_none(tenant.name, principal) or "no KDC issued a ticket for it"
            without[(tenant.name, service)] = why
    for (name, service), ends in of_services.items():
        if ends:
            yield from _of_service(site, directories, site.tenant(name), service, ends)
        else:
            yield unknown(service, tenant=name, says=without[(name, service)])
