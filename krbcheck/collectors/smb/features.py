"""How each data path speaks: dialect by dialect without a credential; in the clear and of its interfaces with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from krbcheck.asking.scheduler import Ask, Asking
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.kerberos.grants import nobody
from krbcheck.collectors.smb.data_paths import Target, targets
from krbcheck.collectors.smb.sessions import Wanted, no_ticket, why_no_ticket
from krbcheck.credentials.wallet import Ticket, Wallet
from krbcheck.facts.kerberos import ServiceTickets, TicketGrants
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SessionKind, SmbSpeeches
from krbcheck.facts.smb_features import (
    ClearSession,
    ClearSessions,
    DialectAnswer,
    InterfaceAnswer,
    NetworkInterfaces,
    SmbDialects,
)
from krbcheck.probes.smb import dialects as probe
from krbcheck.probes.smb import features
from krbcheck.site.stated import Site

SECONDS = 3.0


def smb_dialects(site: Site, this_host: ThisHost, names: NameAnswers) -> Asking[SmbDialects]:
    asked = targets(site, this_host, names)
    answers = yield [_dialects(one) for one in asked]
    return SmbDialects(
        tuple(
            DialectAnswer(one.tenant.name, one.path.name, one.path.storage, one.address, seen)
            for one, seen in zip(asked, answers, strict=True)
        )
    )


def _dialects(one: Target) -> Ask:
    text = f"SMB2 NEGOTIATE of each dialect at {one.where}"
    if not one.address:
        return Ask(nobody, (one.why_none,), text, vantage=one.tenant.name)
    args = (one.address, one.source, SECONDS)
    return Ask(probe.dialects, args, text, one.address, one.service, one.tenant.name, SECONDS)


def clear_sessions(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    names: NameAnswers,
    grants: TicketGrants,
    tickets: ServiceTickets,
    speeches: SmbSpeeches,
) -> Asking[ClearSessions]:
    def asks(one: Wanted, ticket: Ticket) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        target = one.target
        shares = tuple(share.name for share in target.tenant.shares_of(target.path.storage))
        args = (ticket, target.path.name, target.address, shares, _newest(speeches, target), target.source, SECONDS)
        return features.clear_session, args

    wanted = _wanted(site, this_host, wallet, names)
    answers = yield [_ask(wallet, grants, tickets, one, "session without encryption", asks) for one in wanted]
    return ClearSessions(
        tuple(ClearSession(*_row(one), seen) for one, seen in zip(wanted, answers, strict=True)),
    )


def _newest(speeches: SmbSpeeches, target: Target) -> int:
    """The dialect that the storage chose when all were offered; 2.1 where it did not answer."""
    for one in speeches.newer(target.tenant.name, target.path.name):
        if isinstance(one.seen, Observed) and one.seen.value.dialect:
            return one.seen.value.dialect
    return 0x0210


def network_interfaces(
    site: Site, this_host: ThisHost, wallet: Wallet, names: NameAnswers, grants: TicketGrants, tickets: ServiceTickets
) -> Asking[NetworkInterfaces]:
    def asks(one: Wanted, ticket: Ticket) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        target = one.target
        return features.network_interfaces, (ticket, target.path.name, target.address, target.source, SECONDS)

    wanted = _wanted(site, this_host, wallet, names)
    answers = yield [_ask(wallet, grants, tickets, one, "network interfaces", asks) for one in wanted]
    return NetworkInterfaces(
        tuple(InterfaceAnswer(*_row(one), seen) for one, seen in zip(wanted, answers, strict=True)),
    )


def _wanted(site: Site, this_host: ThisHost, wallet: Wallet, names: NameAnswers) -> list[Wanted]:
    """One principal for each data path: the first that has a ticket, else the first that has a secret."""
    return [one for target in targets(site, this_host, names) for one in _speaker(wallet, target)]


def _speaker(wallet: Wallet, target: Target) -> Iterator[Wanted]:
    if target.path.is_address:
        return
    those = [one.name for one in target.tenant.principals if one.secret is not None]
    held = [name for name in those if wallet.ticket(name, target.path.spn)]
    for name in (held or those)[:1]:
        yield Wanted(target, name, SessionKind.KERBEROS)


def _row(one: Wanted) -> tuple[str, str, str, str, str]:
    target = one.target
    return target.tenant.name, one.principal, target.path.name, target.path.storage, target.address


def _ask(
    wallet: Wallet,
    grants: TicketGrants,
    tickets: ServiceTickets,
    one: Wanted,
    what: str,
    asks: Callable[[Wanted, Ticket], tuple[Callable[..., Any], tuple[Any, ...]]],
) -> Ask:
    target = one.target
    text = f"{what} of {one.principal} at {target.where}"
    if not target.address:
        return Ask(nobody, (target.why_none,), text, vantage=target.tenant.name)
    ticket = wallet.ticket(one.principal, target.path.spn)
    if ticket is None:
        says = why_no_ticket(grants, tickets, one)
        return Ask(no_ticket, (wallet, one.principal, says), text, vantage=target.tenant.name)
    probe_of, args = asks(one, ticket)
    return Ask(probe_of, args, text, target.address, target.service, target.tenant.name, SECONDS)
