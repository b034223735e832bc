"""LDAP queries of the accounts that read directories; without a ticket the reason stands for the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from krbcheck.asking.ask import Ask, MaybeAsk, NotAsked, Server, always, call
from krbcheck.asking.this_host import ThisHost
from krbcheck.credentials.wallet import Ticket, Wallet
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controller
from krbcheck.facts.observation import Gap, Observation, reason
from krbcheck.probes.ldap import queries
from krbcheck.probes.ldap.queries import Entry, Search
from krbcheck.site.stated import Domain

T = TypeVar("T")
Found = tuple[tuple[Entry, ...], ...]
"""The entries of each search."""
Answer = Observation[Found]
DIRECTORY_SECONDS = 5.0


@dataclass(frozen=True)
class DirectoryReader:
    """Each domain's own account, from this host; `tickets` state why one is missing."""

    this_host: ThisHost
    wallet: Wallet
    tickets: ReaderTickets

    def ticket(self, domain: Domain, service: str) -> Ticket | None:
        """Returns the ticket of a domain's account for `service` (`ldap/host` or `cifs/host`); None
        if there is none.
        """
        return self.wallet.ticket(domain.account, service) if domain.account else None

    def cannot(self, domain: Domain, service: str, question: str) -> NotAsked:
        """Returns the query that cannot be sent without a ticket, with the reason."""
        if not domain.account:
            why = f"the site names no account that reads the directory of {domain.name}"
            return NotAsked(Gap.NO_CREDENTIALS, why, question, self.this_host.name)
        services = [ticket.seen for ticket in self.tickets.services if ticket.service == service]
        tgts = [grant.seen for grant in self.tickets.grants if grant.principal == domain.account]
        reasons = "; ".join(reason(seen) for seen in services or tgts)
        why = reasons or f"no ticket was requested for {domain.account}"
        return NotAsked(Gap.NEEDS_OTHER, why, question, self.this_host.name)

    def ask(
        self,
        connection: partial[T],
        question: str,
        controller: Controller,
        port: int,
        seconds: float,
        *,
        alarms: bool = False,
    ) -> Ask[T]:
        """A call of an LDAP probe over GSSAPI with sealing: its answer proves that the controller holds its key."""
        server = ldap_server(controller, port)
        return Ask(connection, question, server, self.this_host.name, seconds, authenticates=always, alarms=alarms)

    def search(
        self,
        domain: Domain,
        controller: Controller,
        question: str,
        searches: Sequence[Search],
        port: int = queries.LDAP,
    ) -> MaybeAsk[Found]:
        """One connection; the answer has the entries of each search."""
        service = f"ldap/{controller.host}"
        ticket = self.ticket(domain, service)
        if ticket is None:
            return self.cannot(domain, service, question)
        connection = call(queries.read, controller.address, port, "", ticket, searches, DIRECTORY_SECONDS)
        return self.ask(connection, question, controller, port, DIRECTORY_SECONDS)


def ldap_server(controller: Controller, port: int) -> Server:
    return Server(controller.address, port, f"tcp/{port}", controller.host)
