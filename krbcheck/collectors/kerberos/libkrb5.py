"""The service tickets that libkrb5 on this host gets."""

from __future__ import annotations

from krbcheck.asking.ask import Ask, Asking, NotAsked, Server, asked, call
from krbcheck.asking.this_host import ThisHost
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.kerberos import LibkrbAttempt, LibkrbTickets, TicketFacts, TicketGrants
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.probes.kerberos import libkrb5
from krbcheck.site.stated import Site, realm_of

LIBRARY_SECONDS, HURRIED_SECONDS = 5.0, 1.0
"""libkrb5 waits five seconds for each KDC that does not respond before it queries the next; the deadline is shorter if
a KDC is known not to respond. The library is no server, but is limited as one, so that it never blocks other calls.
"""


def libkrb_tickets(
    site: Site, this_host: ThisHost, wallet: Wallet, grants: TicketGrants, controllers: Controllers
) -> Asking[LibkrbTickets]:
    """Returns the ticket of every principal that a KDC accepted, for each service. A rejected credential is not sent
    again. libkrb5 selects the KDC itself, so it is not called if the site file excludes a controller.
    """
    every = controllers.controllers
    left_out = next((why for each in every if (why := _left_out(site, each))), "")
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
            NotAsked(Gap.LEFT_OUT, left_out, f"ticket for {service} as {principal}", tenant)
            if left_out
            else Ask(
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


def _left_out(site: Site, controller: Controller) -> str:
    return site.excluded.host(controller.host) or site.excluded.host(controller.address)
