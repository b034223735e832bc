"""The SMB features of each data path: its dialects without a credential; sessions without encryption and interfaces
with one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from krbcheck.asking.ask import Ask, Asking, MaybeAsk, asked, call, never
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.smb.data_paths import Target, targets
from krbcheck.collectors.smb.sessions import Wanted, no_ticket, signed, why_no_ticket
from krbcheck.credentials.wallet import Ticket, Wallet
from krbcheck.facts.kerberos import ServiceTickets, TicketGrants
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SessionKind, SmbSetUp, SmbSpeeches
from krbcheck.facts.smb_features import (
    ClearSession,
    ClearSessions,
    DialectAnswer,
    DialectReplies,
    InterfaceAnswer,
    InterfaceReply,
    NetworkInterfaces,
    SmbDialects,
)
from krbcheck.probes.smb import dialects, features
from krbcheck.site.stated import Site

T = TypeVar("T")
SECONDS = 3.0


def smb_dialects(site: Site, this_host: ThisHost, names: NameAnswers) -> Asking[SmbDialects]:
    queried = targets(site, this_host, names)
    answers = yield from asked([_dialects(target) for target in queried])
    return SmbDialects(
        tuple(
            DialectAnswer(target.tenant.name, target.path.name, target.path.storage, target.address, seen)
            for target, seen in zip(queried, answers, strict=True)
        )
    )


def _dialects(target: Target) -> MaybeAsk[DialectReplies]:
    question = "SMB2 NEGOTIATE of each dialect"
    if not target.address:
        return target.no_address(question)
    probe = call(dialects.dialects, target.address, target.source, SECONDS)
    return Ask(probe, question, target.server, target.tenant.name, SECONDS)


def clear_sessions(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    names: NameAnswers,
    grants: TicketGrants,
    tickets: ServiceTickets,
    speeches: SmbSpeeches,
) -> Asking[ClearSessions]:
    def probe(wanted: Wanted, ticket: Ticket) -> partial[SmbSetUp]:
        name, address, source = wanted.target.path.name, wanted.target.address, wanted.target.source
        shares = tuple(share.name for share in wanted.target.tenant.shares_of(wanted.target.path.storage))
        dialect = _newest(speeches, wanted.target)
        return call(features.clear_session, ticket, name, address, shares, dialect, source, SECONDS)

    wanted = _wanted(site, this_host, wallet, names)
    speaker = Speaker(wallet, grants, tickets)
    answers = yield from asked([speaker.ask(entry, "session without encryption", probe, signed) for entry in wanted])
    return ClearSessions(
        tuple(ClearSession(*_row(entry), seen) for entry, seen in zip(wanted, answers, strict=True)),
    )


def _newest(speeches: SmbSpeeches, target: Target) -> int:
    """Returns the dialect that the storage selects when all are offered; 2.1 if it did not answer."""
    for speech in speeches.newer(target.tenant.name, target.path.name):
        if isinstance(speech.seen, Observed) and speech.seen.value.dialect:
            return speech.seen.value.dialect
    return 0x0210


def network_interfaces(
    site: Site, this_host: ThisHost, wallet: Wallet, names: NameAnswers, grants: TicketGrants, tickets: ServiceTickets
) -> Asking[NetworkInterfaces]:
    def probe(wanted: Wanted, ticket: Ticket) -> partial[InterfaceReply]:
        name, address, source = wanted.target.path.name, wanted.target.address, wanted.target.source
        return call(features.network_interfaces, ticket, name, address, source, SECONDS)

    wanted = _wanted(site, this_host, wallet, names)
    speaker = Speaker(wallet, grants, tickets)
    answers = yield from asked([speaker.ask(entry, "network interfaces", probe, never) for entry in wanted])
    return NetworkInterfaces(
        tuple(InterfaceAnswer(*_row(entry), seen) for entry, seen in zip(wanted, answers, strict=True)),
    )


def _wanted(site: Site, this_host: ThisHost, wallet: Wallet, names: NameAnswers) -> list[Wanted]:
    """Returns one principal for each data path: the first that has a ticket, else the first that has a secret."""
    return [wanted for target in targets(site, this_host, names) for wanted in _speaker(wallet, target)]


def _speaker(wallet: Wallet, target: Target) -> Iterator[Wanted]:
    if target.path.is_address:
        return
    those = [principal.name for principal in target.tenant.principals if principal.secret is not None]
    held = [name for name in those if wallet.ticket(name, target.path.spn)]
    for name in (held or those)[:1]:
        yield Wanted(target, name, SessionKind.KERBEROS)


def _row(wanted: Wanted) -> tuple[str, str, str, str, str]:
    target = wanted.target
    return target.tenant.name, wanted.principal, target.path.name, target.path.storage, target.address


@dataclass(frozen=True)
class Speaker:
    """Makes calls for a principal's session at a data path, and has the reasons why there may be no ticket for it."""

    wallet: Wallet
    grants: TicketGrants
    tickets: ServiceTickets

    def ask(
        self,
        wanted: Wanted,
        what: str,
        probe: Callable[[Wanted, Ticket], partial[T]],
        authenticates: Callable[[T], bool],
    ) -> MaybeAsk[T]:
        target, question = wanted.target, f"{what} of {wanted.principal}"
        if not target.address:
            return target.no_address(question)
        ticket = self.wallet.ticket(wanted.principal, target.path.spn)
        if ticket is None:
            why = why_no_ticket(self.grants, self.tickets, wanted)
            return no_ticket(self.wallet, wanted.principal, why, question, target.tenant.name)
        return Ask(
            probe(wanted, ticket), question, target.server, target.tenant.name, SECONDS, authenticates=authenticates
        )
