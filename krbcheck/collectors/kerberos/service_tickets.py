"""Service tickets, hop by hop: by referrals of a host's own KDCs, and by a forest search order."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from krbcheck.asking.ask import Asking, MaybeAsk, NotAsked, asked
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.kerberos.kdcs import service_ask
from krbcheck.credentials.wallet import Granted, Ticket, Wallet
from krbcheck.facts.kerberos import Hop, KrbError, Reply, ServiceTickets, TicketFacts, TicketGrants, TicketPath
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observation, Observed
from krbcheck.site.stated import Site, Tenant

MOST_HOPS = 6
"""A Windows host follows the same number of referrals (MaxReferralCount, KB 837361)."""
S_PRINCIPAL_UNKNOWN = 7


@dataclass
class Chase:
    """A search for one ticket. `ticket` is for the KDCs of `realm`; `kdcs` are queried one after another until one
    responds.
    """

    tenant: str
    principal: str
    service: str
    own: Controller
    forest: str
    source: SourceAddress
    ticket: Ticket
    realm: str
    kdcs: list[Controller]
    hops: list[Hop] = field(default_factory=list)
    visited: list[str] = field(default_factory=list)
    loop: bool = False
    done: bool = False

    @property
    def wanted(self) -> str:
        """The next service: the forest's `krbtgt/` by name until that realm is reached, then the service."""
        if self.forest and self.forest not in self.visited:
            return f"krbtgt/{self.forest}"
        return self.service

    @property
    def turn(self) -> Hashable:
        """The key of the next call: principal, KDC and service."""
        return self.tenant, self.principal, self.own, self.wanted, tuple(self.visited), tuple(self.kdcs)

    def ask(self, controllers: Controllers) -> MaybeAsk[Granted[Reply]]:
        if not self.kdcs:
            question = f"ticket for {self.wanted} of realm {self.realm} as {self.principal}"
            return NotAsked(Gap.NAME_UNKNOWN, controllers.why_none(self.realm), question, self.tenant)
        return service_ask(self.ticket, self.realm, self.wanted, self.principal, self.kdcs[0], self.source, self.tenant)

    def hear(self, answer: Observation[Granted[Reply]], wallet: Wallet, controllers: Controllers) -> None:
        """Adds the answer as a hop, and determines the next one."""
        kdc = self.kdcs.pop(0).host if self.kdcs else ""
        seen = wallet.keep(answer, self.principal, self.own.host)
        self.hops.append(Hop(self.realm, kdc, self.wanted, seen))
        if not (isinstance(seen, Observed) and isinstance(answer, Observed)):
            self.done = not self.kdcs
            return
        value = seen.value
        if isinstance(value, KrbError) or not value.referral_to:
            self.loop = isinstance(value, TicketFacts) and self._leads_nowhere(value)
            self.done = True
            return
        self._follow(value, answer.value.tickets[0], controllers)

    def _leads_nowhere(self, value: TicketFacts) -> bool:
        """Returns whether a KDC answers with a ticket for itself, a referral loop."""
        return value.is_tgt and not self.service.lower().startswith("krbtgt/")

    def _follow(self, value: TicketFacts, ticket: Ticket, controllers: Controllers) -> None:
        realm = value.referral_to
        if realm in self.visited or len(self.visited) > MOST_HOPS:
            self.loop = self.done = True
            return
        self.ticket, self.realm = ticket, realm
        self.visited.append(realm)
        self.kdcs = controllers.of(realm)

    def path(self) -> TicketPath:
        return TicketPath(
            self.tenant, self.principal, self.service, self.own.host, self.forest.lower(), tuple(self.hops), self.loop
        )


def spns_of(tenant: Tenant) -> Sequence[str]:
    return list(dict.fromkeys(path.spn for path in tenant.data_paths if not path.is_address))


def chases(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    grants: TicketGrants,
    spns: Callable[[Tenant], Sequence[str]] = spns_of,
) -> list[Chase]:
    """Returns one search for each principal with a TGT, each of the KDCs that issued one, and each service of its
    tenant: by default that of each of its data paths.
    """
    found = []
    queried = {tenant.name: tenant for tenant in this_host.tenants(site)}
    for grant in grants.grants:
        tenant = queried.get(grant.tenant)
        realm = grant.principal.rpartition("@")[2]
        tgt = wallet.ticket(grant.principal, f"krbtgt/{realm}", grant.host)
        if tenant is None or tgt is None or not grant.host:
            continue
        own = Controller(realm.lower(), grant.host, grant.address)
        found += [
            Chase(
                tenant.name,
                grant.principal,
                spn,
                own,
                "",
                this_host.sources[tenant.name],
                tgt,
                realm,
                [own],
                [],
                [realm],
            )
            for spn in spns(tenant)
        ]
    return found


def refused_at_home(chase: Chase) -> bool:
    """Returns whether the host's own KDC rejects the service as unknown, and refers to no other realm."""
    last = chase.hops[-1].seen
    if not (isinstance(last, Observed) and isinstance(last.value, KrbError)):
        return False
    return last.value.code == S_PRINCIPAL_UNKNOWN and len(chase.visited) == 1


def stated_order(site: Site, chase: Chase) -> list[str]:
    domain = site.domain(chase.visited[0])
    return list((domain.forest_search_order if domain else None) or ())


def searching(chase: Chase, forest: str, wallet: Wallet) -> Chase:
    """Returns the same search, with a forest's `krbtgt/` requested by name first."""
    home = chase.visited[0]
    tgt = wallet.ticket(chase.principal, f"krbtgt/{home}", chase.own.host)
    assert tgt is not None
    return Chase(
        chase.tenant,
        chase.principal,
        chase.service,
        chase.own,
        forest.upper(),
        chase.source,
        tgt,
        home,
        [chase.own],
        [],
        [home],
    )


def follow(pending: Sequence[Chase], wallet: Wallet, controllers: Controllers) -> Asking[ServiceTickets]:
    """Returns the result of all searches, which run at the same time; a request that several need is sent once."""
    active = list(pending)
    while active:
        turns: dict[Hashable, list[Chase]] = {}
        for chase in active:
            turns.setdefault(chase.turn, []).append(chase)
        answers = yield from asked([alike[0].ask(controllers) for alike in turns.values()])
        for alike, answer in zip(turns.values(), answers, strict=True):
            for chase in alike:
                chase.hear(answer, wallet, controllers)
        active = [chase for chase in active if not chase.done]
    return ServiceTickets(tuple(chase.path() for chase in pending))


def service_tickets(
    site: Site, this_host: ThisHost, wallet: Wallet, controllers: Controllers, grants: TicketGrants
) -> Asking[ServiceTickets]:
    """Returns the results of referrals from the hosts' own KDCs; where those fail, of the stated search order; and
    where that fails too, of every other domain of the site, since one of them may be missing in the search order.
    """
    direct = chases(site, this_host, wallet, grants)
    found = yield from follow(direct, wallet, controllers)
    refused = [chase for chase in direct if refused_at_home(chase)]
    stated = [searching(chase, forest, wallet) for chase in refused for forest in stated_order(site, chase)]
    listed = yield from follow(stated, wallet, controllers)
    served = {(path.principal, path.service, path.kdc) for path in listed.paths if path.ticket is not None}
    others = [
        searching(chase, domain.name, wallet)
        for chase in refused
        if (chase.principal, chase.service, chase.own.host) not in served
        for domain in site.domains
        if domain.realm not in chase.visited and domain.name not in stated_order(site, chase)
    ]
    rest = yield from follow(others, wallet, controllers)
    return ServiceTickets(found.paths + listed.paths + rest.paths)
