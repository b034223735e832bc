"""Compares the tickets that libkrb5 gets on this host with the tickets that a Windows host gets.

If a KDC rejects a request, MIT's library guesses the realm from the domain of the host name and queries its KDC;
Windows hosts do not. Tools that use the library (kinit, kvno, smbclient, curl) then succeed where every Windows host
fails, and hide the fault. A library that fails where Windows hosts succeed means that krb5.conf or DNS of this host is
wrong. Where Windows hosts get different results from different KDCs, the library may get either of them.

Evidence: the library's result, and all that ticket.service needs to determine the result of a Windows host.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.grouping import grouped
from krbcheck.facts.kerberos import LibkrbTicket, LibkrbTickets
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site, realm_of
from krbcheck.views.tgt_grants import TgtGrants
from krbcheck.views.ticket_searches import (
    EffectiveTicketSearches,
    SearchResult,
    TicketSearch,
    expected_tickets,
    subject_of,
)
from krbcheck.windows.remedy import looks

MASKED = Problem(
    "masked",
    Severity.WARNING,
    says="{subject} gets a ticket with libkrb5 on this host (from {realm}), but not with the requests of a "
    "Windows host",
    remedy=(
        looks(
            "kvno {service}@{home}",
            says="Fix the finding of ticket.service; this command requests the ticket as Windows hosts do",
            on="the host of krbcheck",
            shows="a key version number",
        ),
    ),
    means="The client library guesses the realm and hides a fault that affects Windows hosts.",
)
DIFFERS = Problem(
    "differs",
    Severity.WARNING,
    says="{subject} gets a different result with libkrb5 on this host than on Windows hosts: {found}",
    remedy=(
        looks(
            "KRB5_TRACE=/dev/stderr kvno {service}",
            says="Compare the realm and the KDCs in /etc/krb5.conf and the name servers of this host with the "
            "site file",
            on="the host of krbcheck",
            shows="each step of the request",
        ),
    ),
    means="The difference affects Linux clients such as this host, not Windows hosts.",
)


def _windows(ends: Sequence[TicketSearch]) -> str:
    """Returns the result for Windows hosts in a few words."""
    search = next((end for end in ends if not end.works), ends[0])
    return f"{search.result} at {search.kdc}"


def _judged(
    principal: str, service: str, tenant: str, ends: Sequence[TicketSearch], seen: Observed[LibkrbTicket]
) -> Verdict:
    works = [end for end in ends if end.works or end.result is SearchResult.DEPENDS]
    failing = [end for end in ends if end not in works]
    grounds = (seen, *(end.seen for end in ends))
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
    tickets = [ticket for work in works if (ticket := work.path.ticket)]
    if (
        seen.value.ok
        and tickets
        and seen.value.realm.upper() not in {ticket_facts.realm.upper() for ticket_facts in tickets}
    ):
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
    library: LibkrbTickets,
    searches: EffectiveTicketSearches,
    tgts: TgtGrants,
) -> Iterator[Verdict]:
    by_library = grouped(library.attempts, lambda attempt: (attempt.tenant, attempt.principal, attempt.service))
    for tenant, principal, service in expected_tickets(site):
        same = [attempt.seen for attempt in by_library.get((tenant.name, principal, service), ())]
        ends = searches.of(tenant.name, principal, service)
        answered = [observation for observation in same if isinstance(observation, Observed)]
        subject = subject_of(principal, service)
        unsure = [end for end in ends if end.open]
        if answered and ends and not unsure:
            yield _judged(principal, service, tenant.name, ends, answered[0])
            continue
        silent = [gap for gap in same if isinstance(gap, Unobserved)]
        if silent and not answered:
            why = silent[0].detail
        elif unsure:
            silent = [search.seen for search in unsure if isinstance(search.seen, Unobserved)]
            why = silent[0].detail if silent else unsure[0].policy.unread
        else:
            why = tgts.why_none(tenant.name, principal) or "no KDC responded"
        about = {"principal": principal, "service": service}
        yield unknown(subject, *silent, tenant=tenant.name, says=why, about=about)
