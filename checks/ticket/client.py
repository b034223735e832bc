"""Compares the tickets that libkrb5 gets on this host with the tickets that a Windows host gets.

If a KDC rejects a request, MIT's library guesses the realm from the domain of the host name and queries its KDC;
Windows hosts do not. Tools that use the library (kinit, kvno, smbclient, curl) then succeed where every Windows host
fails, and hide the fault. A library that fails where Windows hosts succeed means that krb5.conf or DNS of this host is
wrong. Where Windows hosts get different results from different KDCs, the library may get either of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Directories
from krbcheck.facts.kerberos import LibkrbTicket, LibkrbTickets, ServiceTickets, TicketGrants
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.policy import Policies
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site, realm_of
from krbcheck.views.search_order.halves import Halves

from ._grants import why_no_tgt
from ._policies import rested
from ._ways import End, Found, asked, found, subject_of, ticket_of

MASKED = Problem(
    "masked",
    Severity.WARNING,
    says="{subject} gets a ticket with libkrb5 on this host (from {realm}), but not on Windows hosts",
    remedy="Fix the finding of ticket.service; Verify: kvno {service}@{home} on this host, which requests the ticket "
    "as Windows hosts do",
    means="The client library guesses the realm and hides a fault that affects Windows hosts.",
)
DIFFERS = Problem(
    "differs",
    Severity.WARNING,
    says="{subject} gets a different result with libkrb5 on this host than on Windows hosts: {found}",
    remedy="Compare the realm and the KDCs in /etc/krb5.conf and the name servers of this host with the site file; "
    "Verify: KRB5_TRACE=/dev/stderr kvno {service} shows each step",
    means="The difference affects Linux clients such as this host, not Windows hosts.",
)


def _windows(ends: list[Found]) -> str:
    """Returns the result for Windows hosts in a few words."""
    one = next((one for one in ends if not one.works), ends[0])
    return f"{one.end} at {one.kdc}"


def _judged(principal: str, service: str, tenant: str, ends: list[Found], seen: Observed[LibkrbTicket]) -> Verdict:
    works = [one for one in ends if one.works or one.end is End.DEPENDS]
    failing = [one for one in ends if one not in works and one.end is not End.SILENT]
    grounds = (seen, *(one.seen for one in ends))
    subject = subject_of(principal, service)
    names = {
        "principal": principal,
        "service": service,
        "home": realm_of(principal),
        "realm": seen.value.realm,
        "tenant": tenant,
    }
    expected = "the same result as a Windows host"
    if seen.value.ok and failing and not works:
        return MASKED(subject, *grounds, expected=expected, found=_windows(failing), **names)
    if works and not failing and not seen.value.ok:
        return DIFFERS(subject, *grounds, expected=expected, found=seen.value.message, **names)
    tickets = [ticket for one in works if (ticket := ticket_of(one))]
    if seen.value.ok and tickets and seen.value.realm.upper() not in {one.realm.upper() for one in tickets}:
        found = f"its ticket is from {seen.value.realm}, on Windows from {tickets[0].realm}"
        return DIFFERS(subject, *grounds, expected=expected, found=found, **names)
    return fine(subject, *grounds, tenant=tenant)


@check(
    id="ticket.client",
    title="libkrb5 on this host gets the same result as a Windows host",
    tells="Whether Linux tools on this host hide a fault or have one of their own.",
    problems=[MASKED, DIFFERS],
    refs=["RFC 6806 7", "krb5 doc/admin/princ_dns.rst"],
)
def ticket_client(
    site: Site,
    grants: TicketGrants,
    tickets: ServiceTickets,
    library: LibkrbTickets,
    policies: Policies,
    directories: Directories,
    vantages: Vantages,
) -> Iterator[Verdict]:
    halves = Halves(policies, directories)
    for tenant, principal, service in asked(site):
        same = [
            one.seen
            for one in library.ways
            if (one.tenant, one.principal, one.service) == (tenant.name, principal, service)
        ]
        ways = rested(halves, principal, found(site, tickets, tenant, principal, service))
        ends = [one for one in ways if one.end is not End.SILENT]
        answered = [one for one in same if isinstance(one, Observed)]
        subject = subject_of(principal, service)
        if answered and ends:
            yield _judged(principal, service, tenant.name, ends, answered[0])
            continue
        silent = [one for one in same if isinstance(one, Unobserved)]
        why = why_no_tgt(grants, vantages, tenant, principal) or "no KDC responded"
        yield unknown(subject, *silent, tenant=tenant.name, says=silent[0].detail if silent else why)
