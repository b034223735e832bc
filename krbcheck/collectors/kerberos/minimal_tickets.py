"""Tickets with the fewest exchanges: one KDC for each principal; the others use the result of one principal's search.

The search order is that of the hosts, as in `service_tickets`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from krbcheck.asking.ask import Asking, asked
from krbcheck.asking.needs import leaves_out
from krbcheck.asking.this_host import OF_THE_ROUTE, ThisHost
from krbcheck.collectors.kerberos.grants import Asker, hold_back, kept, tgt_ask
from krbcheck.collectors.kerberos.service_tickets import (
    Chase,
    chases,
    follow,
    refused_at_home,
    searching,
    spns_of,
    stated_order,
)
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.kerberos import ServiceTickets, TicketGrant, TicketGrants
from krbcheck.facts.lockouts import Lockouts
from krbcheck.facts.names import Controllers
from krbcheck.facts.observation import Unobserved
from krbcheck.probes.kerberos import exchanges
from krbcheck.site.stated import Site, Tenant


@leaves_out("only one KDC was queried for each principal's TGT")
def first_tgts(
    site: Site, this_host: ThisHost, wallet: Wallet, controllers: Controllers, lockouts: Lockouts
) -> Asking[TicketGrants]:
    """Returns a TGT of each principal with a secret from the first KDC of its realm that responds."""
    hold_back(wallet, lockouts)
    return (yield from _first_of(_hosts(site, this_host), wallet, controllers))


@leaves_out("only one KDC was queried for each principal's TGT")
def trial_tgts(
    site: Site, this_host: ThisHost, wallet: Wallet, controllers: Controllers, lockouts: Lockouts
) -> Asking[TicketGrants]:
    """Does the same with the backup accounts that have a secret too: each secret is sent once."""
    hold_back(wallet, lockouts)
    backups = [
        Asker("", principal.name, OF_THE_ROUTE, this_host.name)
        for backup in site.backups
        for principal in backup.principals
        if principal.secret is not None
    ]
    askers = {asker.principal.casefold(): asker for asker in (*backups, *_hosts(site, this_host))}
    return (yield from _first_of(list(askers.values()), wallet, controllers))


def _hosts(site: Site, this_host: ThisHost) -> list[Asker]:
    return [
        Asker(tenant.name, principal.name, this_host.sources[tenant.name], tenant.name)
        for tenant in this_host.tenants(site)
        for principal in tenant.principals
        if principal.secret is not None
    ]


def _first_of(askers: Sequence[Asker], wallet: Wallet, controllers: Controllers) -> Asking[TicketGrants]:
    pending = [(asker, list(controllers.of(asker.principal.rpartition("@")[2]))) for asker in askers]
    grants: list[TicketGrant] = []
    while pending:
        turns = [(asker, kdcs[0] if kdcs else None) for asker, kdcs in pending]
        answers = yield from asked(
            [tgt_ask(wallet, asker, kdc, controllers, exchanges.tgt_at_once) for asker, kdc in turns]
        )
        grants += [
            kept(wallet, asker, kdc, observation) for (asker, kdc), observation in zip(turns, answers, strict=True)
        ]
        silent = [isinstance(answer, Unobserved) for answer in answers]
        pending = [
            (asker, kdcs[1:]) for (asker, kdcs), none in zip(pending, silent, strict=True) if none and len(kdcs) > 1
        ]
    return TicketGrants(tuple(grants))


@leaves_out("only one KDC was queried for each principal's service tickets")
def matrix_tickets(
    site: Site, this_host: ThisHost, wallet: Wallet, controllers: Controllers, grants: TicketGrants
) -> Asking[ServiceTickets]:
    """Returns a ticket for each principal and each data path of its tenant."""
    return (yield from scouted(site, this_host, wallet, controllers, grants, spns_of))


def scouted(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    controllers: Controllers,
    grants: TicketGrants,
    spns: Callable[[Tenant], Sequence[str]],
) -> Asking[ServiceTickets]:
    """Returns the tickets: one principal of each KDC searches for a service; if that KDC rejects it as unknown, the
    others begin in the realm where the search ended.

    Whether a KDC has a service does not depend on the client.
    """
    groups = _alike(chases(site, this_host, wallet, grants, spns))
    scouts = [group[0] for group in groups]
    found = yield from follow(scouts, wallet, controllers)
    refused = [number for number, scout in enumerate(scouts) if refused_at_home(scout)]
    tried = [(number, forest) for number in refused for forest in stated_order(site, scouts[number])]
    searches = [searching(scouts[number], forest, wallet) for number, forest in tried]
    listed = yield from follow(searches, wallet, controllers)
    paths = [(number, forest) for (number, forest), chase in zip(tried, searches, strict=True) if chase.path().ticket]
    forests = dict(reversed(paths))  # of each the first that led to it
    followers: list[Chase] = []
    for number, group in enumerate(groups):
        if number in forests:
            followers += [searching(chase, forests[number], wallet) for chase in group[1:]]
        elif number in refused:
            followers += [
                searching(chase, forest, wallet) for chase in group[1:] for forest in stated_order(site, chase)
            ]
        else:
            followers += group[1:]
    rest = yield from follow(followers, wallet, controllers)
    return ServiceTickets(found.paths + listed.paths + rest.paths)


def _alike(pending: Iterable[Chase]) -> list[list[Chase]]:
    """Returns groups of searches with the same KDC and service."""

    def key(chase: Chase) -> tuple[str, str, str]:
        return chase.own.host, chase.own.address, chase.service

    return [list(group) for _, group in groupby(sorted(pending, key=key), key)]
