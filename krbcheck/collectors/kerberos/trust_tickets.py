"""Tests each trust with tickets: a referral from each KDC of the hosts' domain, presented to each of the storage's."""

from __future__ import annotations

from krbcheck.asking.ask import Asking, MaybeAsk, NotAsked, asked
from krbcheck.asking.this_host import OF_THE_ROUTE, ThisHost
from krbcheck.collectors.kerberos.kdcs import service_ask
from krbcheck.credentials.wallet import Granted, Ticket, Wallet
from krbcheck.facts.kerberos import ReaderTickets, Reply, TicketFacts, TrustTicket, TrustTickets
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observation, Observed
from krbcheck.site.stated import Domain, Site, realm_of

Answer = Observation[Granted[Reply]]

NO_SUCH_SERVICE = "cifs/krbcheck-trust-probe.invalid"
"""Requested with the referral ticket: the KDC must decrypt the ticket before it rejects the unknown service."""


def pairs(site: Site) -> list[tuple[Domain, Domain]]:
    """Returns the hosts' domain and the storage's, for each pair in which they differ."""
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
    """Returns the results for the account that reads the hosts' directory: every KDC of its realm accepts one TGT."""
    tgts = {
        grant.principal: wallet.ticket(grant.principal, f"krbtgt/{realm_of(grant.principal)}")
        for grant in readers.grants
    }
    turns = [
        (home, partner, tgt, kdc)
        for home, partner in pairs(site)
        if (tgt := tgts.get(home.account))
        for kdc in controllers.of(home.name)
    ]
    referrals = yield from asked(
        [
            service_ask(tgt, home.realm, f"krbtgt/{partner.realm}", home.account, kdc, OF_THE_ROUTE, this_host.name)
            for home, partner, tgt, kdc in turns
        ]
    )
    rows: list[tuple[Domain, Domain, Controller, Answer, Controller | None]] = []
    for (home, partner, _, kdc), answer in zip(turns, referrals, strict=True):
        partners: list[Controller | None] = []
        if _referral(answer, partner):
            partners += controllers.of(partner.name)
        rows += [(home, partner, kdc, answer, far) for far in partners or [None]]
    shown = yield from asked(
        [_show(this_host, home, partner, _referral(answer, partner), far) for home, partner, _, answer, far in rows]
    )
    found = []
    for (home, partner, kdc, answer, far), accepted in zip(rows, shown, strict=True):
        seen = wallet.keep(answer, home.account, kdc.host)
        reply = None if far is None else wallet.keep(accepted, home.account, far.host)
        found.append(TrustTicket(home.name, partner.name, kdc.host, far.host if far else "", seen, reply))
    return TrustTickets(tuple(found))


def _show(
    this_host: ThisHost, home: Domain, partner: Domain, ticket: Ticket | None, kdc: Controller | None
) -> MaybeAsk[Granted[Reply]]:
    """Returns the call that presents the referral ticket to a KDC of the partner."""
    if ticket is None or kdc is None:
        question = f"ticket for {NO_SUCH_SERVICE} of realm {partner.realm} as {home.account}"
        return NotAsked(Gap.NEEDS_OTHER, "there is no referral ticket", question, this_host.name)
    return service_ask(ticket, partner.realm, NO_SUCH_SERVICE, home.account, kdc, OF_THE_ROUTE, this_host.name)


def _referral(answer: Answer, partner: Domain) -> Ticket | None:
    """Returns the ticket in an answer that refers to the partner's realm."""
    if not isinstance(answer, Observed) or not isinstance(answer.value.value, TicketFacts):
        return None
    return answer.value.tickets[0] if answer.value.value.referral_to == partner.realm else None
