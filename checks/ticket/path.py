"""Which realms and KDCs a service ticket passes through, told for every data path.

One hop for each realm: the host's own KDC, the referral across the trust, the storage's KDC. More hops than the trusts
need are slow and break more often.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Directories
from krbcheck.facts.kerberos import ServiceTickets, TicketGrants
from krbcheck.facts.observation import Observed
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, unknown
from krbcheck.site.stated import Site, Tenant, realm_of

from ._grants import why_no_tgt
from ._ways import Found, asked, found, realms

PATH = Problem(
    "path",
    Severity.NOTE,
    says="{service}: {found}, {how}",
    remedy="Nothing to do: this is the way that tickets take",
    means="For the record: realms in their order, with the KDC that answered for each.",
)
LONG_PATH = Problem(
    "long-path",
    Severity.WARNING,
    says="Tickets for {service} pass {count} realms where a direct trust exists: {found}",
    remedy="nltest /server:{kdc} /trusted_domains; make the KDCs of {home} refer to {realm} "
    "directly (a shortcut trust, or netdom trust {storage_domain} /domain:{home} /namesuffixes:{storage_domain})",
    means="Each referral is one more KDC that must answer; a host follows six at the most.",
)


def _direct_trust(directories: Directories, home: str, storage: str) -> bool:
    return any(
        one.domain == home
        and isinstance(one.seen, Observed)
        and any(t.partner == storage for t in one.seen.value.found)
        for one in directories.trusts
    )


def _told(site: Site, directories: Directories, tenant: Tenant, service: str, ways: list[Found]) -> Iterator[Verdict]:
    """Each route once, however many principals and KDCs take it."""
    routes: dict[str, Found] = {one.route: one for one in reversed(ways)}
    path = next(one for one in tenant.data_paths if one.spn == service)
    storage = site.storage(path.storage).domain
    for route, one in routes.items():
        passed = realms(one.way)
        home = realm_of(one.way.principal).lower()
        names = {"service": service, "tenant": tenant.name, "found": route}
        if len(passed) > 2 and _direct_trust(directories, home, storage):
            yield LONG_PATH(
                service, one.seen, expected="one referral", count=str(len(passed)), kdc=one.kdc, home=home,
                realm=storage.upper(), storage_domain=storage, **names,
            )  # fmt: skip
        else:
            yield PATH(service, one.seen, expected="as the trusts suggest", how=one.end, **names)


@check(
    id="ticket.path",
    title="The way of every ticket is told, and is no longer than the trusts need",
    tells="The realms and KDCs that each data path's tickets pass through.",
    problems=[PATH, LONG_PATH],
    refs=["RFC 6806 8", "KB 837361 (MaxReferralCount)"],
)
def ticket_path(
    site: Site, grants: TicketGrants, tickets: ServiceTickets, directories: Directories, vantages: Vantages
) -> Iterator[Verdict]:
    ways: dict[tuple[str, str], list[Found]] = {}
    without: dict[tuple[str, str], str] = {}
    for tenant, principal, service in asked(site):
        ends = [one for one in found(site, tickets, tenant, principal, service) if one.way.ticket is not None]
        ways.setdefault((tenant.name, service), []).extend(ends)
        if not ends:
            why = why_no_tgt(grants, vantages, tenant, principal) or "no KDC gave a ticket for it"
            without[(tenant.name, service)] = why
    for (name, service), ends in ways.items():
        if ends:
            yield from _told(site, directories, site.tenant(name), service, ends)
        else:
            yield unknown(service, tenant=name, says=without[(name, service)])
