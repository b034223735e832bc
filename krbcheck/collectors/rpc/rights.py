"""The holders of backup and restore rights on the storages, queried by the reader of the storage's domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from krbcheck.asking.ask import Ask, Asking, MaybeAsk, NotAsked, asked, call
from krbcheck.asking.omissions import NONE_LEFT_OUT, Omissions
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.smb.data_paths import Target, targets
from krbcheck.credentials.wallet import Ticket, Wallet
from krbcheck.facts.directory import Directories
from krbcheck.facts.kerberos import AsReply, ReaderTickets
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Gap, Observation, Observed, reason
from krbcheck.facts.smb import BACKUP_RIGHTS, AccountRights, RightsReply, StorageRights
from krbcheck.probes.rpc import lsarpc
from krbcheck.site.stated import Site, Storage

SECONDS = 4.0
SESSION_SETUP = "SESSION_SETUP"
"""The step at which a storage rejects a session, or grants one as Guest, whose replies are not signed."""
EVERYBODY = ("S-1-1-0", "S-1-5-11", "S-1-5-32-544", "S-1-5-32-551")
"""Everyone, Authenticated Users, and the storage's Administrators and Backup Operators (MS-DTYP 2.4.2.4)."""
MOST_SIDS = 256


class Wanted(NamedTuple):
    """A storage, its domain's reader, and the data path at which it is queried."""

    storage: Storage
    account: str
    target: Target


def account_rights(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    names: NameAnswers,
    tickets: ReaderTickets,
    directories: Directories,
    omissions: Omissions = NONE_LEFT_OUT,
) -> Asking[AccountRights]:
    wanted = list(_wanted(site, this_host, wallet, names))
    answers = yield from asked(
        [
            _ask(wallet, tickets, entry, site.excluded.without(_sids(site, entry.storage, directories)), omissions)
            for entry in wanted
        ]
    )
    return AccountRights(
        tuple(
            StorageRights(entry.storage.name, entry.target.path.name, entry.target.address, entry.account, seen)
            for entry, seen in zip(wanted, answers, strict=True)
        )
    )


def _wanted(site: Site, this_host: ThisHost, wallet: Wallet, names: NameAnswers) -> Iterator[Wanted]:
    """Yields each storage once, at the first data path for which the reader has a ticket, else at the first."""
    known = [target for target in targets(site, this_host, names) if not target.path.is_address]
    backed_up = [backup.storage for backup in site.backups]
    for name in dict.fromkeys([*backed_up, *(storage.name for storage in site.storages)]):
        storage = site.storage(name)
        domain = site.domain(storage.domain)
        account = domain.account if domain else ""
        here = [target for target in known if target.path.storage == name]
        held = [target for target in here if target.address and wallet.ticket(account, target.path.spn)]
        for target in (held or here)[:1]:
            yield Wanted(storage, account, target)


def _sids(site: Site, storage: Storage, directories: Directories) -> tuple[str, ...]:
    """Returns the SIDs whose rights matter, for a storage that does not list the holders."""
    sids: list[str] = []
    names = [
        principal.name for tenant in site.tenants if tenant.shares_of(storage.name) for principal in tenant.principals
    ]
    for backup in site.backups:
        if backup.storage != storage.name:
            continue
        group = directories.group(backup.group) if backup.group else None
        if isinstance(group, Observed) and group.value.sid:
            sids.append(group.value.sid)
        names += backup.accounts
    for name in dict.fromkeys(reversed(names)):  # the accounts that back up come first: the list is cut
        found = directories.account(name)
        if isinstance(found, Observed):
            for principal in found.value.found:
                sids += [principal.sid, *(principal.groups or ())]
    return tuple(dict.fromkeys((*EVERYBODY, *sids)))[:MOST_SIDS]


def _ask(
    wallet: Wallet, tickets: ReaderTickets, wanted: Wanted, sids: Sequence[str], omissions: Omissions
) -> MaybeAsk[RightsReply]:
    target, name = wanted.target, wanted.target.path.name
    question = f"holders of backup rights on {wanted.storage.name}"
    ticket = reader_ticket(wallet, tickets, wanted.storage, wanted.account, target, question)
    if isinstance(ticket, NotAsked):
        return ticket
    return Ask(
        call(
            lsarpc.account_rights,
            ticket,
            name,
            target.address,
            BACKUP_RIGHTS,
            sids,
            target.source,
            SECONDS,
            aliases_left_out=omissions.groups_left_out,
        ),
        question,
        target.server,
        target.tenant.name,
        SECONDS,
        authenticates=lambda reply: reply.refused != SESSION_SETUP,
    )


def reader_ticket(
    wallet: Wallet, tickets: ReaderTickets, storage: Storage, account: str, target: Target, question: str
) -> Ticket | NotAsked:
    """Returns the ticket of the reader of the storage's domain for a data path, or why there is none."""
    vantage, spn = target.tenant.name, target.path.spn
    if not account:
        return NotAsked(Gap.NO_CREDENTIALS, f"the site states no account for {storage.domain}", question, vantage)
    if not target.address:
        return target.no_address(question)
    if ticket := wallet.ticket(account, spn):
        return ticket
    if lack := wallet.lack(account):
        return NotAsked.because(lack, question, vantage)
    seen: list[Observation[AsReply]] = [
        service.seen
        for service in tickets.services
        if (service.principal, service.service.lower()) == (account, spn.lower())
    ]
    seen = seen or [grant.seen for grant in tickets.grants if grant.principal == account]
    why = reason(seen[-1]) if seen else f"no TGT of {account}"
    return NotAsked(Gap.NEEDS_OTHER, f"no service ticket: {why}", question, vantage)
