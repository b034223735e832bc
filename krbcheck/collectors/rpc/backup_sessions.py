"""Sessions of the accounts that back up, at the data paths of their storage: remote VSS, opens with backup intent.

With --write-probes each session also creates a file of its own, and removes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from krbcheck.asking.ask import Ask, Asking, MaybeAsk, asked, call
from krbcheck.asking.this_host import ThisHost
from krbcheck.asking.writes import Writes
from krbcheck.collectors.kerberos.grants import Asker, kept, tgt_ask
from krbcheck.collectors.kerberos.minimal_tickets import scouted
from krbcheck.collectors.smb.data_paths import Target, targets
from krbcheck.collectors.smb.sessions import Wanted, no_ticket, why_no_ticket
from krbcheck.credentials.wallet import Ticket, Wallet
from krbcheck.facts.backup_sessions import BackupReply, BackupSession, BackupSessions
from krbcheck.facts.kerberos import ServiceTickets, TicketGrant, TicketGrants
from krbcheck.facts.names import Controller, Controllers, NameAnswers
from krbcheck.facts.smb import SessionKind
from krbcheck.probes.rpc import backup_session
from krbcheck.site.stated import Site, Tenant
from krbcheck.site.write_probes import probed_share

SECONDS, SECONDS_A_SHARE = 5.0, 0.05
"""The limit of a session, and the seconds that each share adds."""
MOST_SHARES = 64
SESSION_SETUP = "SESSION_SETUP"


class Backing(NamedTuple):
    """An account that backs up, at a data path of its storage; `own` if it is one of the tenant's principals."""

    target: Target
    principal: str
    own: bool


def backup_sessions(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    names: NameAnswers,
    controllers: Controllers,
    grants: TicketGrants,
    tickets: ServiceTickets,
    writes: Writes,
) -> Asking[BackupSessions]:
    """Returns the sessions. Accounts that are no tenant's principals get their tickets here, from one KDC each."""
    wanted = list(_backing(site, targets(site, this_host, names)))
    others = [backing for backing in wanted if not backing.own]
    own_grants = yield from _tgts(this_host, wallet, others, controllers)
    reached = _for_tenants(own_grants, others)
    ways = yield from scouted(site, this_host, wallet, controllers, reached, _spns(others))
    known = TicketGrants(grants.grants + own_grants)
    found = ServiceTickets(tickets.paths + ways.paths)
    turns = [(backing, ticket, cached) for backing in wanted for ticket, cached in _tickets(wallet, backing)]
    folders = [f"{writes.folder}-{number}" if writes.folder else "" for number, _ in enumerate(turns, 1)]
    answers = yield from asked(
        [
            _ask(wallet, known, found, backing, ticket, folder)
            for (backing, ticket, _), folder in zip(turns, folders, strict=True)
        ]
    )
    sessions = tuple(
        BackupSession(
            backing.target.tenant.name,
            backing.principal,
            backing.target.path.name,
            backing.target.path.storage,
            backing.target.address,
            seen,
            cached,
            ticket.starttime if ticket else None,
            ticket.authtime if ticket else None,
        )
        for (backing, ticket, cached), seen in zip(turns, answers, strict=True)
    )
    return BackupSessions(sessions, own_grants, ways.paths)


def _backing(site: Site, known: Sequence[Target]) -> Iterator[Backing]:
    """Yields each account at each data path of its storage: a tenant's principal at its tenant's alone."""
    owners = {principal.name.lower(): tenant for tenant, principal in site.principals()}
    done: set[Backing] = set()
    for backup in site.backups:
        for account in backup.accounts:
            owner = owners.get(account.lower())
            for target in known:
                if (
                    target.path.storage != backup.storage
                    or target.path.is_address
                    or (owner or target.tenant) != target.tenant
                ):
                    continue
                backing = Backing(target, account, owner is not None)
                if backing not in done:
                    done.add(backing)
                    yield backing


def _tgts(
    this_host: ThisHost, wallet: Wallet, others: Sequence[Backing], controllers: Controllers
) -> Asking[tuple[TicketGrant, ...]]:
    """Returns the TGT of each account from the first KDC of its realm that issues one."""
    first = {backing.principal: backing for backing in reversed(others) if wallet.has(backing.principal)}
    pending: list[tuple[Asker, list[Controller]]] = [
        (
            Asker(tenant := backing.target.tenant.name, name, this_host.sources[tenant], tenant),
            list(controllers.of(name.rpartition("@")[2])),
        )
        for name, backing in sorted(first.items())
    ]
    grants: list[TicketGrant] = []
    while pending:
        turns = [(asker, kdcs[0] if kdcs else None) for asker, kdcs in pending]
        answers = yield from asked([tgt_ask(wallet, asker, kdc, controllers) for asker, kdc in turns])
        grants += [kept(wallet, asker, kdc, seen) for (asker, kdc), seen in zip(turns, answers, strict=True)]
        pending = [
            (asker, kdcs[1:])
            for asker, kdcs in pending
            if len(kdcs) > 1 and not wallet.ticket(asker.principal, _krbtgt(asker.principal))
        ]
    return tuple(grants)


def _krbtgt(principal: str) -> str:
    return f"krbtgt/{principal.rpartition('@')[2]}"


def _for_tenants(grants: Sequence[TicketGrant], others: Sequence[Backing]) -> TicketGrants:
    """Returns the TGTs once for each tenant at whose data paths the account backs up."""
    tenants: dict[str, dict[str, None]] = {}
    for backing in others:
        tenants.setdefault(backing.principal, {})[backing.target.tenant.name] = None
    return TicketGrants(
        tuple(replace(grant, tenant=tenant) for grant in grants for tenant in tenants.get(grant.principal, ()))
    )


class _spns:
    """The services of a tenant's data paths that are backed up."""

    def __init__(self, others: Sequence[Backing]) -> None:
        self.known: dict[str, dict[str, None]] = {}
        for backing in others:
            self.known.setdefault(backing.target.tenant.name, {})[backing.target.path.spn] = None

    def __call__(self, tenant: Tenant) -> Sequence[str]:
        return list(self.known.get(tenant.name, ()))


def _tickets(wallet: Wallet, backing: Backing) -> Iterator[tuple[Ticket | None, bool]]:
    """Yields the newest ticket for the data path in the account's credential cache, if there is one; then a new one."""
    spn = backing.target.path.spn
    credential = wallet.credentials.get(backing.principal)
    held = [ticket for ticket in credential.tickets if ticket.service.lower() == spn.lower()] if credential else []
    if held:
        yield max(held, key=lambda ticket: ticket.starttime), True
    yield wallet.ticket(backing.principal, spn), False


def _ask(
    wallet: Wallet,
    grants: TicketGrants,
    tickets: ServiceTickets,
    backing: Backing,
    ticket: Ticket | None,
    folder: str,
) -> MaybeAsk[BackupReply]:
    target, name = backing.target, backing.target.path.name
    question = f"backup session of {backing.principal}"
    if not target.address:
        return target.no_address(question)
    if ticket is None:
        why = why_no_ticket(grants, tickets, Wanted(target, backing.principal, SessionKind.KERBEROS))
        return no_ticket(wallet, backing.principal, why, question, target.tenant.name)
    shares = [share.name for share in target.tenant.shares_of(target.path.storage)][:MOST_SHARES]
    seconds = SECONDS + SECONDS_A_SHARE * len(shares)
    write_in = probed_share(target.tenant, target.path.storage)
    folder = folder if write_in else ""
    return Ask(
        call(
            backup_session.backup_session,
            ticket,
            name,
            target.address,
            shares,
            target.source,
            seconds,
            write_in=write_in if folder else "",
            folder=folder,
        ),
        question,
        target.server,
        target.tenant.name,
        seconds,
        target.path.storage,
        authenticates=lambda reply: reply.refused != SESSION_SETUP,
    )
