"""Permissions: the shares that each principal can see, then what the reader of the storage's domain may read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from krbcheck.asking.ask import Ask, Asking, MaybeAsk, NotAsked, asked, call
from krbcheck.asking.needs import leaves_out
from krbcheck.asking.omissions import NONE_LEFT_OUT, Omissions
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.rpc.rights import SESSION_SETUP, reader_ticket
from krbcheck.collectors.smb.data_paths import Target, targets
from krbcheck.credentials.wallet import Ticket, Wallet
from krbcheck.facts.kerberos import ReaderTickets, ServiceTickets
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Observation, Observed
from krbcheck.facts.share_access import Listing, PrincipalListing, ShareAccess, StorageAccess, StorageLists
from krbcheck.probes.rpc import share_lists
from krbcheck.site.stated import Principal, Site, Storage
from krbcheck.windows.descriptor import Descriptor

SECONDS, SECONDS_A_SHARE = 5.0, 0.03
"""The limit of a session, and the seconds that each share adds, because shares are queried one after another."""
MOST_SIDS = 512


class Asker(NamedTuple):
    """One principal at one data path; `folders` are the shares whose root folder it reads."""

    target: Target
    principal: Principal
    ticket: Ticket
    folders: tuple[str, ...]


def share_access(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    names: NameAnswers,
    tickets: ServiceTickets,
    readers: ReaderTickets,
    omissions: Omissions = NONE_LEFT_OUT,
) -> Asking[ShareAccess]:
    """Returns the shares that every principal can see, and the permissions."""
    known = targets(site, this_host, names)
    return (yield from _asked(site, wallet, readers, known, list(_askers(wallet, tickets, known)), omissions))


@leaves_out("share names were listed for the principals that read root folders only")
def access_lists(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    names: NameAnswers,
    tickets: ServiceTickets,
    readers: ReaderTickets,
    omissions: Omissions = NONE_LEFT_OUT,
) -> Asking[ShareAccess]:
    """Returns the permissions alone, with no more sessions than they need."""
    known = targets(site, this_host, names)
    askers = [asker for asker in _askers(wallet, tickets, known) if asker.folders]
    return (yield from _asked(site, wallet, readers, known, askers, omissions))


def _asked(
    site: Site,
    wallet: Wallet,
    readers: ReaderTickets,
    known: list[Target],
    askers: list[Asker],
    omissions: Omissions,
) -> Asking[ShareAccess]:
    answers = yield from asked([_listing_ask(asker) for asker in askers])
    listings = tuple(
        PrincipalListing(
            asker.target.tenant.name, asker.principal.name, asker.target.path.name, asker.target.path.storage, seen
        )
        for asker, seen in zip(askers, answers, strict=True)
    )
    wanted = list(storage_paths(site, wallet, known))
    access = yield from asked(
        [
            _lists_ask(site, wallet, readers, *entry, site.excluded.without(_sids(entry[0], listings)), omissions)
            for entry in wanted
        ]
    )
    return ShareAccess(
        tuple(
            StorageAccess(storage.name, target.path.name, target.address, reader_of(site, storage), seen)
            for (storage, target), seen in zip(wanted, access, strict=True)
        ),
        listings,
    )


def reader_of(site: Site, storage: Storage) -> str:
    domain = site.domain(storage.domain)
    return domain.account if domain else ""


def _askers(wallet: Wallet, tickets: ServiceTickets, known: list[Target]) -> Iterator[Asker]:
    """Yields every principal with a ticket; two principals of its tenant read a share's folder, as the first may be
    denied.
    """
    granted = {(path.principal, path.service.lower()) for path in tickets.paths if path.ticket is not None}
    for target in known:
        if target.path.is_address or not target.address:
            continue
        shares = tuple(share.name for share in target.tenant.shares_of(target.path.storage))
        readers = 2
        for principal in target.tenant.principals:
            ticket = wallet.ticket(principal.name, target.path.spn)
            if ticket is not None and (principal.name, target.path.spn.lower()) in granted:
                yield Asker(target, principal, ticket, shares if readers > 0 else ())
                readers -= 1


def _listing_ask(asker: Asker) -> Ask[Listing]:
    target, name = asker.target, asker.target.path.name
    seconds = SECONDS + SECONDS_A_SHARE * len(asker.folders)
    return Ask(
        call(share_lists.listing, asker.ticket, name, target.address, asker.folders, target.source, seconds),
        f"shares shown to {asker.principal.name}",
        target.server,
        target.tenant.name,
        seconds,
        authenticates=lambda reply: reply.refused != SESSION_SETUP,
    )


def storage_paths(site: Site, wallet: Wallet, known: list[Target]) -> Iterator[tuple[Storage, Target]]:
    """Yields each storage once, at the first data path for which its domain's reader has a ticket,
    else at the first.
    """
    for storage in site.storages:
        reader = reader_of(site, storage)
        here = [target for target in known if target.path.storage == storage.name and not target.path.is_address]
        held = [target for target in here if target.address and reader and wallet.ticket(reader, target.path.spn)]
        for target in (held or here)[:1]:
            yield storage, target


def _sids(storage: Storage, listings: tuple[PrincipalListing, ...]) -> tuple[str, ...]:
    """Returns the SIDs in the root folders' descriptors."""
    found: dict[str, None] = {}
    for listing in listings:
        if listing.storage == storage.name:
            for folder in _folders(listing.seen):
                found |= dict.fromkeys(share_lists.sids_of(folder))
    return tuple(found)[:MOST_SIDS]


def _folders(seen: Observation[Listing]) -> Iterator[Descriptor]:
    if isinstance(seen, Observed):
        yield from (folder.descriptor for folder in seen.value.folders if folder.descriptor)


def _lists_ask(
    site: Site,
    wallet: Wallet,
    readers: ReaderTickets,
    storage: Storage,
    target: Target,
    sids: Sequence[str],
    omissions: Omissions,
) -> MaybeAsk[StorageLists]:
    account, name = reader_of(site, storage), target.path.name
    question = f"access lists of {storage.name}"
    ticket = reader_ticket(wallet, readers, storage, account, target, question)
    if isinstance(ticket, NotAsked):
        return ticket
    shares = list(site.share_names(storage.name).values())
    seconds = SECONDS + SECONDS_A_SHARE * len(shares)
    left_out = omissions.groups_left_out
    return Ask(
        call(
            share_lists.storage_lists,
            ticket,
            name,
            target.address,
            shares,
            sids,
            target.source,
            seconds,
            aliases_left_out=left_out,
        ),
        question,
        target.server,
        target.tenant.name,
        seconds,
        authenticates=lambda reply: reply.refused != SESSION_SETUP,
    )
