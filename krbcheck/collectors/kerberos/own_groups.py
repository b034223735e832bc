"""The groups that the KDC puts into each principal's tickets, read from a ticket of the principal to itself."""

from __future__ import annotations

from krbcheck.asking.ask import Ask, Asking, asked, call
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.kerberos.kdcs import KDC_SECONDS, kdc_server
from krbcheck.credentials.wallet import Ticket, Wallet
from krbcheck.facts.groups import OwnGroups, OwnTicket
from krbcheck.facts.kerberos import KrbError, TicketGrant, TicketGrants
from krbcheck.facts.names import Controller
from krbcheck.probes.kerberos import own_ticket
from krbcheck.site.stated import realm_of
from krbcheck.windows.pac import Pac


def own_groups(this_host: ThisHost, wallet: Wallet, grants: TicketGrants) -> Asking[OwnGroups]:
    """Returns the groups of each principal, from the first KDC that issued it a TGT."""
    first: dict[tuple[str, str], tuple[TicketGrant, Ticket]] = {}
    for grant in grants.grants:
        tgt = wallet.ticket(grant.principal, f"krbtgt/{realm_of(grant.principal)}", grant.host)
        if tgt is not None:
            first.setdefault((grant.tenant, grant.principal), (grant, tgt))
    wanted = list(first.values())
    answers = yield from asked([_ask(this_host, grant, tgt) for grant, tgt in wanted])
    return OwnGroups(
        tuple(
            OwnTicket(grant.tenant, grant.principal, grant.host, answer)
            for (grant, _), answer in zip(wanted, answers, strict=True)
        )
    )


def _ask(this_host: ThisHost, grant: TicketGrant, tgt: Ticket) -> Ask[KrbError | Pac]:
    realm, source = realm_of(grant.principal), this_host.sources[grant.tenant].towards(grant.address)
    return Ask(
        call(own_ticket.own_groups, tgt, realm, grant.address, source, KDC_SECONDS),
        f"ticket of {grant.principal} to itself",
        kdc_server(Controller(realm.lower(), grant.host, grant.address)),
        grant.tenant,
        KDC_SECONDS,
        authenticates=lambda reply: isinstance(reply, Pac),
    )
