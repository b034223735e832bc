"""The shares that each storage lists, and every principal's session at those that the site file does not state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from krbcheck.asking.ask import Ask, Asking, MaybeAsk, NotAsked, asked, call
from krbcheck.asking.scheduler import Limits
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.rpc.rights import SESSION_SETUP, reader_ticket
from krbcheck.collectors.rpc.share_access import SECONDS, SECONDS_A_SHARE, reader_of, storage_paths
from krbcheck.collectors.smb.data_paths import Target, targets
from krbcheck.collectors.smb.sessions import Sessions, Wanted, session_ask
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.kerberos import ReaderTickets, ServiceTickets, TicketGrants
from krbcheck.facts.listed_shares import (
    ListedShares,
    ShareList,
    StorageShares,
    UnstatedSession,
    listed_at,
    unstated,
)
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.share_access import PrincipalListing, ShareAccess
from krbcheck.facts.smb import SessionKind
from krbcheck.probes.rpc import listed_shares as probe
from krbcheck.site.stated import Site, Storage
from krbcheck.windows.access_masks import LIST_ROOT

MOST_RECORDS = 256
"""The shares of which a storage is queried for a record."""
MOST_UNSTATED = 256
"""The shares that the site file does not state to which a session connects; the first by name."""


def listed_shares(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    limits: Limits,
    names: NameAnswers,
    grants: TicketGrants,
    tickets: ServiceTickets,
    readers: ReaderTickets,
    access: ShareAccess,
) -> Asking[ListedShares]:
    """Returns one list of each storage, and no session where every share in every list is stated."""
    known = targets(site, this_host, names)
    wanted = list(storage_paths(site, wallet, known))
    answers = yield from asked([_list_ask(site, wallet, readers, *entry, access) for entry in wanted])
    storages = tuple(
        StorageShares(storage.name, target.path.name, target.address, reader_of(site, storage), seen)
        for (storage, target), seen in zip(wanted, answers, strict=True)
    )
    unknown = {storage.name: _unstated(site, storage.name, access.listings, storages) for storage in site.storages}
    tried = list(_tried(known, unknown))
    sessions = Sessions(site, wallet, limits, grants, tickets, _shares(site, unknown))
    seen_there = yield from asked([session_ask(sessions, entry) for entry in tried])
    return ListedShares(
        storages,
        tuple(
            UnstatedSession(
                entry.target.tenant.name,
                entry.principal,
                entry.target.path.name,
                entry.target.path.storage,
                entry.target.address,
                seen,
            )
            for entry, seen in zip(tried, seen_there, strict=True)
        ),
    )


def _unstated(
    site: Site, storage: str, listings: Iterable[PrincipalListing], storages: Iterable[StorageShares]
) -> list[str]:
    stated = set(site.share_names(storage))
    return list(unstated(stated, listed_at(storage, listings, storages)).values())[:MOST_UNSTATED]


def _list_ask(
    site: Site, wallet: Wallet, readers: ReaderTickets, storage: Storage, target: Target, access: ShareAccess
) -> MaybeAsk[ShareList]:
    account, name = reader_of(site, storage), target.path.name
    question = f"list of shares of {storage.name}"
    ticket = reader_ticket(wallet, readers, storage, account, target, question)
    if isinstance(ticket, NotAsked):
        return ticket
    shares = [(share, probe.FOLDER_LEVEL) for share in site.share_names(storage.name).values()]
    shares += [(share, probe.FULL_LEVEL) for share in _unstated(site, storage.name, access.listings, ())]
    shares = shares[:MOST_RECORDS]
    seconds = SECONDS + SECONDS_A_SHARE * len(shares)
    return Ask(
        call(probe.share_list, ticket, name, target.address, shares, target.source, seconds),
        question,
        target.server,
        target.tenant.name,
        seconds,
        authenticates=lambda reply: reply.refused != SESSION_SETUP,
    )


def _tried(known: Iterable[Target], unknown: Mapping[str, list[str]]) -> Iterator[Wanted]:
    for target in known:
        if target.path.is_address or not unknown[target.path.storage]:
            continue
        for principal in target.tenant.principals:
            if principal.secret is not None:
                yield Wanted(target, principal.name, SessionKind.KERBEROS)


def _shares(site: Site, unknown: Mapping[str, list[str]]) -> dict[tuple[str, str, bool], tuple[tuple[str, int], ...]]:
    """Returns what `Sessions` connects to, by tenant and storage: roots are opened for listing."""
    return {
        (tenant.name, storage, True): tuple((share, LIST_ROOT) for share in shares)
        for tenant in site.tenants
        for storage, shares in unknown.items()
    }
