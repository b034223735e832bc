"""The service tickets that libkrb5 on this host gets."""

from __future__ import annotations

from krbcheck.asking.ask import Ask, Asking, Server, asked, call
from krbcheck.asking.this_host import ThisHost
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.kerberos import LibkrbAttempt, LibkrbTickets, TicketFacts, TicketGrants
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.probes.kerberos import libkrb5
from krbcheck.site.stated import Site, realm_of

LIBRARY_SECONDS, HURRIED_SECONDS = 5.0, 1.0
"""libkrb5 waits five seconds for each KDC that does not respond before it queries the next; the deadline is shorter if
a KDC is known not to respond. The library is no server, but is limited as one, so that it never blocks other calls.
"""


def libkrb_tickets(site: Site, this_host: ThisHost, wallet: Wallet, grants: TicketGrants) -> Asking[LibkrbTickets]:
    """Returns the ticket of every principal that a KDC accepted, for each service. A rejected credential is not sent
    again.
    """
    granted = {
        grant.principal
        for grant in grants.grants
        if isinstance(grant.seen, Observed) and isinstance(grant.seen.value, TicketFacts)
    }
    silent = {
        realm_of(grant.principal)
        for grant in grants.grants
        if isinstance(grant.seen, Unobserved) and grant.seen.gap in (Gap.TIMED_OUT, Gap.OUT_OF_TIME)
    }
    wanted = [
        (tenant.name, principal.name, path.spn)
        for tenant in this_host.tenants(site)
        for principal in tenant.principals
        for path in tenant.data_paths
        if principal.name in granted and not path.is_address
    ]
    answers = yield from asked(
        [
            Ask(
                call(libkrb5.service_ticket, wallet, principal, service),
                f"ticket for {service} as {principal}",
                Server("libkrb5", service=realm_of(principal)),
                tenant,
                HURRIED_SECONDS if realm_of(principal) in silent else LIBRARY_SECONDS,
            )
            for tenant, principal, service in wanted
        ]
    )
    return LibkrbTickets(
        tuple(
            LibkrbAttempt(tenant, principal, service, answer)
            for (tenant, principal, service), answer in zip(wanted, answers, strict=True)
        )
    )
