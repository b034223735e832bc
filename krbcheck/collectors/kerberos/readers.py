"""The accounts that read directories: their TGT, and tickets for their domain's controllers and storages."""

from __future__ import annotations

from typing import NamedTuple

from krbcheck.asking.ask import Asking, asked
from krbcheck.asking.this_host import OF_THE_ROUTE, ThisHost
from krbcheck.collectors.kerberos.grants import Asker, kept, tgt_ask
from krbcheck.collectors.kerberos.kdcs import service_ask
from krbcheck.credentials.wallet import Ticket, Wallet
from krbcheck.facts.kerberos import ReaderTicket, ReaderTickets, TicketGrant, is_unknown_service
from krbcheck.facts.names import Controller, Controllers
from krbcheck.site.stated import Domain, Site


def first_tgts(
    wallet: Wallet, this_host: ThisHost, domains: list[Domain], controllers: Controllers
) -> Asking[tuple[list[TicketGrant], dict[str, Controller]]]:
    """Returns the TGT of each account from the first KDC of its domain that issues one, and that KDC by domain."""
    grants: list[TicketGrant] = []
    granted: dict[str, Controller] = {}
    waiting: dict[str, list[Controller]] = {domain.name: controllers.of(domain.name) for domain in domains}
    askers = {domain.name: Asker("", domain.account, OF_THE_ROUTE, this_host.name) for domain in domains}
    pending = [domain.name for domain in domains]
    while pending:
        turns = [(name, waiting[name].pop(0) if waiting[name] else None) for name in pending]
        answers = yield from asked([tgt_ask(wallet, askers[name], kdc, controllers) for name, kdc in turns])
        for (name, kdc), answer in zip(turns, answers, strict=True):
            grants.append(kept(wallet, askers[name], kdc, answer))
            if kdc and wallet.ticket(askers[name].principal, f"krbtgt/{name.upper()}", kdc.host):
                granted[name] = kdc
        pending = [name for name in pending if name not in granted and waiting[name]]
    return grants, granted


def services_of(site: Site, domain: Domain, controllers: Controllers) -> list[str]:
    """Returns the services for which a domain's reader needs tickets: every controller's LDAP, its SYSVOL if the domain
    has hosts, and every data path of its storages.
    """
    hosts = dict.fromkeys(controller.host for controller in controllers.of(domain.name))
    paths = dict.fromkeys(
        path.spn for _, path in site.named_paths() if site.storage(path.storage).domain == domain.name
    )
    with_hosts = any(principal.realm == domain.realm for _, principal in site.principals())
    shares = [f"cifs/{host}" for host in hosts] if with_hosts else []
    return [f"ldap/{host}" for host in hosts] + shares + list(paths)


class Request(NamedTuple):
    """A ticket that the account of a domain requests from a KDC with its TGT."""

    domain: Domain
    tgt: Ticket
    service: str
    kdc: Controller


def reader_tickets(site: Site, this_host: ThisHost, wallet: Wallet, controllers: Controllers) -> Asking[ReaderTickets]:
    """Returns the tickets from the KDC that issued the TGT, and from a controller's own KDC if that has no account for
    its SPN.
    """
    domains = [entry for entry in site.domains if entry.account]
    grants, granted = yield from first_tgts(wallet, this_host, domains, controllers)
    wanted = [
        Request(domain, tgt, service, granted[domain.name])
        for domain in domains
        if domain.name in granted
        and (tgt := wallet.ticket(domain.account, f"krbtgt/{domain.realm}", granted[domain.name].host))
        for service in services_of(site, domain, controllers)
    ]
    first = yield from _tickets(this_host, wallet, wanted)
    again = [
        request._replace(kdc=own)
        for request, ticket in zip(wanted, first, strict=True)
        if is_unknown_service(ticket) and (own := _own_kdc(request, controllers))
    ]
    second = yield from _tickets(this_host, wallet, again)
    return ReaderTickets(tuple(grants), (*first, *second))


def _tickets(this_host: ThisHost, wallet: Wallet, wanted: list[Request]) -> Asking[list[ReaderTicket]]:
    answers = yield from asked(
        [
            service_ask(tgt, domain.realm, service, domain.account, kdc, OF_THE_ROUTE, this_host.name)
            for domain, tgt, service, kdc in wanted
        ]
    )
    return [
        ReaderTicket(domain.name, domain.account, service, kdc.host, wallet.keep(answer, domain.account, kdc.host))
        for (domain, _, service, kdc), answer in zip(wanted, answers, strict=True)
    ]


def _own_kdc(request: Request, controllers: Controllers) -> Controller | None:
    """Returns the controller that the service is on, if another KDC was queried: SPNs may not have replicated yet."""
    host = request.service.partition("/")[2]
    own = (each for each in controllers.of(request.domain.name) if each.host == host and host != request.kdc.host)
    return next(own, None)
