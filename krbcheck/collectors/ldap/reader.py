"""How the accounts that read directories ask controllers; without a ticket the reason stands for the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from krbcheck.asking.scheduler import Ask
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.kerberos.grants import nobody
from krbcheck.credentials.wallet import Ticket, Wallet
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controller
from krbcheck.facts.observation import reason
from krbcheck.probes.ldap import queries
from krbcheck.probes.ldap.queries import Search
from krbcheck.site.stated import Domain

DIRECTORY_SECONDS = 5.0


@dataclass(frozen=True)
class DirectoryReader:
    """Each domain's own account, from this host; `tickets` say why one is lacking."""

    this_host: ThisHost
    wallet: Wallet
    tickets: ReaderTickets

    def ticket(self, domain: Domain, service: str) -> Ticket | None:
        """`service` is `ldap/host` or `cifs/host`."""
        return self.wallet.ticket(domain.account, service) if domain.account else None

    def cannot(self, domain: Domain, service: str, asked: str) -> Ask:
        """What stands for an ask without a ticket."""
        return Ask(nobody, (self._why(domain, service),), asked, vantage=self.this_host.name)

    def search(
        self, domain: Domain, controller: Controller, asked: str, searches: Sequence[Search], port: int = queries.LDAP
    ) -> Ask:
        """One connection; the answer has the entries of each search."""
        service = f"ldap/{controller.host}"
        ticket = self.ticket(domain, service)
        if ticket is None:
            return self.cannot(domain, service, asked)
        args = (controller.address, port, "", ticket, searches, DIRECTORY_SECONDS)
        return Ask(queries.read, args, asked, controller.address, f"tcp/{port}", self.this_host.name, DIRECTORY_SECONDS)

    def _why(self, domain: Domain, service: str) -> str:
        if not domain.account:
            return f"the site names no account that reads the directory of {domain.name}"
        services = [one.seen for one in self.tickets.services if one.service == service]
        tgts = [one.seen for one in self.tickets.grants if one.principal == domain.account]
        return "; ".join(reason(one) for one in services or tgts) or f"no ticket was asked for {domain.account}"
