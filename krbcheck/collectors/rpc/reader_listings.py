"""The shares that readers of domains and principals can see: for the draft of a site file that states no shares."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from krbcheck.asking.ask import Ask, Asking, MaybeAsk, NotAsked, asked, call
from krbcheck.asking.omissions import NONE_LEFT_OUT, Omissions
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.rpc.rights import reader_ticket
from krbcheck.collectors.rpc.share_access import access_lists, share_access
from krbcheck.collectors.smb.data_paths import Target, targets
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.kerberos import ReaderTickets, ServiceTickets
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Observed, derived
from krbcheck.facts.share_access import Listing, LocalGroup, PrincipalListing, ShareAccess, StorageLists
from krbcheck.facts.smb import AccountRights
from krbcheck.probes.rpc import share_lists
from krbcheck.probes.rpc.share_lists import SESSION_SETUP
from krbcheck.site.stated import Site
from krbcheck.windows.ntstatus import STATUS_SUCCESS

SECONDS = 5.0
HOLDERS = "holders of backup rights"
MOST_PATHS = 2
"""The data paths of a storage at which its shares are listed: a second, in case the first does not respond."""


def reader_listings(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    names: NameAnswers,
    tickets: ServiceTickets,
    readers: ReaderTickets,
    omissions: Omissions = NONE_LEFT_OUT,
) -> Asking[ShareAccess]:
    """Returns the share names of each storage that its domain's reader can see at the first data paths, and those that
    each principal can see: access-based enumeration hides them from others.
    """
    principals = yield from share_access(site, this_host, wallet, names, tickets, readers, omissions)
    known = targets(site, this_host, names)
    wanted = [
        target
        for storage in site.storages
        for target in [entry for entry in known if entry.path.storage == storage.name and entry.address][:MOST_PATHS]
    ]
    answers = yield from asked([_ask(site, wallet, readers, target) for target in wanted])
    own = [
        PrincipalListing(target.tenant.name, _reader(site, target), target.path.name, target.path.storage, seen)
        for target, seen in zip(wanted, answers, strict=True)
    ]
    return ShareAccess(principals.storages, (*principals.listings, *own))


def _reader(site: Site, target: Target) -> str:
    domain = site.domain(site.storage(target.path.storage).domain)
    return domain.account if domain else ""


def _ask(site: Site, wallet: Wallet, readers: ReaderTickets, target: Target) -> MaybeAsk[Listing]:
    storage, account = site.storage(target.path.storage), _reader(site, target)
    question = f"shares of {storage.name}"
    ticket = reader_ticket(wallet, readers, storage, account, target, question)
    if isinstance(ticket, NotAsked):
        return ticket
    name = target.path.name
    return Ask(
        call(share_lists.listing, ticket, name, target.address, (), target.source, SECONDS),
        question,
        target.server,
        target.tenant.name,
        SECONDS,
        authenticates=lambda reply: reply.refused != SESSION_SETUP,
    )


def permissions(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    names: NameAnswers,
    tickets: ServiceTickets,
    readers: ReaderTickets,
    rights: AccountRights,
    omissions: Omissions = NONE_LEFT_OUT,
) -> Asking[ShareAccess]:
    """Returns the permissions of the storages. The holders of backup rights are added as a local group, so that the
    directories are queried for their names and members too.
    """
    found = yield from access_lists(site, this_host, wallet, names, tickets, readers, omissions)
    holders = {
        entry.storage: [sid for holder in entry.seen.value.holders for sid in holder.sids]
        for entry in rights.storages
        if isinstance(entry.seen, Observed)
    }
    storages = tuple(
        msgspec.structs.replace(entry, seen=derived(entry.seen, partial(_with_group, holders.get(entry.storage, ()))))
        for entry in found.storages
    )
    return ShareAccess(storages, found.listings)


def _with_group(sids: Sequence[str], lists: StorageLists) -> StorageLists:
    group = LocalGroup("", HOLDERS, STATUS_SUCCESS, tuple(dict.fromkeys(sids)))
    return msgspec.structs.replace(lists, aliases=(*lists.aliases, group))
