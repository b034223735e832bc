"""Each trust proved in tickets: a referral from each KDC of the hosts' domain, shown to each of the storage's."""

from __future__ import annotations

from krbcheck.asking.scheduler import Answer, Ask, Asking
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.kerberos.grants import nobody
from krbcheck.collectors.kerberos.kdcs import KDC_SECONDS
from krbcheck.credentials.wallet import Ticket, Wallet
from krbcheck.facts.kerberos import ReaderTickets, TicketFacts, TrustTicket, TrustTickets
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Observed
from krbcheck.probes.kerberos import exchanges
from krbcheck.site.stated import Domain, Site

NO_SUCH_SERVICE = "cifs/krbcheck-trust-probe.invalid"
"""Shown with the referral ticket; the KDC has to open the ticket before it can say that it knows no such service."""


def pairs(site: Site) -> list[tuple[Domain, Domain]]:
    """The hosts' domain and the storage's, where they differ."""
    found = {
        (principal.realm.lower(), site.storage(path.storage).domain): None
        for tenant, principal in site.principals()
        for path in tenant.data_paths
    }
    named = ((site.domain(home), site.domain(partner)) for home, partner in found if home != partner)
    return [(home, partner) for home, partner in named if home is not None and partner is not None]


def trust_tickets(
    site: Site, this_host: ThisHost, wallet: Wallet, controllers: Controllers, readers: ReaderTickets
) -> Asking[TrustTickets]:
    """As the account that reads the hosts' directory: one TGT serves at every KDC of its realm."""
    tgts = {
        one.principal: wallet.ticket(one.principal, f"krbtgt/{one.principal.rpartition('@')[2]}")
        for one in readers.grants
    }
    turns = [
        (home, partner, kdc)
        for home, partner in pairs(site)
        if tgts.get(home.account)
        for kdc in controllers.of(home.name)
    ]
    answers = yield [
        _ask(this_host, tgts[home.account], home, kdc, f"krbtgt/{partner.realm}") for home, partner, kdc in turns
    ]
    shown: list[tuple[Domain, Domain, Controller, Answer, Controller | None]] = []
    for (home, partner, kdc), answer in zip(turns, answers, strict=True):
        takers: list[Controller | None] = []
        if _referral(answer, partner):
            takers += controllers.of(partner.name)
        shown += [(home, partner, kdc, answer, one) for one in takers or [None]]
    second = yield [
        _ask(this_host, _referral(answer, partner), partner, far, NO_SUCH_SERVICE)
        for _, partner, _, answer, far in shown
    ]
    found = []
    for (home, partner, kdc, answer, far), accepted in zip(shown, second, strict=True):
        seen = wallet.keep(answer, home.account, kdc.host)
        said = None if far is None else wallet.keep(accepted, home.account, far.host)
        found.append(TrustTicket(home.name, partner.name, kdc.host, far.host if far else "", seen, said))
    return TrustTickets(tuple(found))


def _ask(this_host: ThisHost, ticket: Ticket | None, realm: Domain, kdc: Controller | None, service: str) -> Ask:
    if ticket is None or kdc is None:
        return Ask(nobody, ("no referral ticket to show",), f"{service} at {realm.realm}", vantage=this_host.name)
    return Ask(
        exchanges.service_ticket,
        (ticket, realm.realm, service, kdc.address, "", KDC_SECONDS),
        f"{service} as {ticket.client} at {kdc.host} ({kdc.address})",
        kdc.address,
        "kdc",
        this_host.name,
        KDC_SECONDS,
    )


def _referral(answer: Answer, partner: Domain) -> Ticket | None:
    """The ticket of an answer that leads to the partner's realm."""
    if not isinstance(answer, Observed) or not isinstance(answer.value.value, TicketFacts):
        return None
    if answer.value.value.referral_to != partner.realm:
        return None
    ticket: Ticket = answer.value.tickets[0]
    return ticket
