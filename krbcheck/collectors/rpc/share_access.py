"""Access lists: what each principal is shown of its storages, then what the reader of the storage's domain may read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from krbcheck.asking.collection import leaves_out
from krbcheck.asking.scheduler import Ask, Asking
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.kerberos.grants import nobody
from krbcheck.collectors.rpc.rights import no_account, no_ticket
from krbcheck.collectors.smb.data_paths import Target, targets
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.kerberos import ReaderTickets, ServiceTickets
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Observation, Observed
from krbcheck.facts.share_access import Listing, PrincipalListing, ShareAccess, StorageAccess
from krbcheck.probes.rpc import share_lists as probe
from krbcheck.site.stated import Principal, Site, Storage
from krbcheck.windows.descriptor import Descriptor

SECONDS, SECONDS_A_SHARE = 5.0, 0.03
"""A session asks for its shares one by one."""
MOST_SIDS = 512


class Asker(NamedTuple):
    """One principal at one data path; `folders` are the shares whose root folder it is to read."""

    target: Target
    principal: Principal
    folders: tuple[str, ...]


def share_access(
    site: Site, this_host: ThisHost, wallet: Wallet, names: NameAnswers, tickets: ServiceTickets, readers: ReaderTickets
) -> Asking[ShareAccess]:
    """What every principal is shown, and the access lists. `tickets` are in the wallet once there are facts of them."""
    known = targets(site, this_host, names)
    return (yield from _asked(site, wallet, readers, known, list(_askers(wallet, known))))


@leaves_out("share names were listed for the principals that read root folders only")
def access_lists(
    site: Site, this_host: ThisHost, wallet: Wallet, names: NameAnswers, tickets: ServiceTickets, readers: ReaderTickets
) -> Asking[ShareAccess]:
    """The access lists alone, with no more sessions than they need."""
    known = targets(site, this_host, names)
    askers = [one for one in _askers(wallet, known) if one.folders]
    return (yield from _asked(site, wallet, readers, known, askers))


def _asked(
    site: Site, wallet: Wallet, readers: ReaderTickets, known: list[Target], askers: list[Asker]
) -> Asking[ShareAccess]:
    answers = yield [_listing_ask(wallet, one) for one in askers]
    listings = tuple(
        PrincipalListing(
            one.target.tenant.name, one.principal.name, one.target.path.name, one.target.path.storage, seen
        )
        for one, seen in zip(askers, answers, strict=True)
    )
    wanted = list(_wanted(site, wallet, known))
    told = yield [_told_ask(site, wallet, readers, *one, _sids(one[0], listings)) for one in wanted]
    return ShareAccess(
        tuple(
            StorageAccess(storage.name, target.path.name, target.address, _reader(site, storage), seen)
            for (storage, target), seen in zip(wanted, told, strict=True)
        ),
        listings,
    )


def _reader(site: Site, storage: Storage) -> str:
    domain = site.domain(storage.domain)
    return domain.account if domain else ""


def _askers(wallet: Wallet, known: list[Target]) -> Iterator[Asker]:
    """Everyone with a ticket; a share's folder is read by the first two of its tenant, should one not be allowed to."""
    for target in known:
        if target.path.is_address or not target.address:
            continue
        shares = tuple(share.name for share in target.tenant.shares_of(target.path.storage))
        readers = 2
        for principal in target.tenant.principals:
            if wallet.ticket(principal.name, target.path.spn):
                yield Asker(target, principal, shares if readers > 0 else ())
                readers -= 1


def _listing_ask(wallet: Wallet, one: Asker) -> Ask:
    target, path = one.target, one.target.path
    ticket = wallet.ticket(one.principal.name, path.spn)
    seconds = SECONDS + SECONDS_A_SHARE * len(one.folders)
    return Ask(
        probe.listing,
        (ticket, path.name, target.address, one.folders, target.source, seconds),
        f"shares that {target.where} shows to {one.principal.name}",
        target.address,
        target.service,
        target.tenant.name,
        seconds,
    )


def _wanted(site: Site, wallet: Wallet, known: list[Target]) -> Iterator[tuple[Storage, Target]]:
    """Each storage once, at the first data path for which its domain's reader has a ticket, else at the first."""
    for storage in site.storages:
        reader = _reader(site, storage)
        here = [one for one in known if one.path.storage == storage.name and not one.path.is_address]
        held = [one for one in here if one.address and reader and wallet.ticket(reader, one.path.spn)]
        for one in (held or here)[:1]:
            yield storage, one


def _sids(storage: Storage, listings: tuple[PrincipalListing, ...]) -> tuple[str, ...]:
    """Whom the root folders' descriptors name."""
    found: dict[str, None] = {}
    for one in listings:
        if one.storage == storage.name:
            for folder in _folders(one.seen):
                found |= dict.fromkeys(probe.sids_of(folder))
    return tuple(found)[:MOST_SIDS]


def _folders(seen: Observation[Listing]) -> Iterator[Descriptor]:
    if isinstance(seen, Observed):
        yield from (one.descriptor for one in seen.value.folders if one.descriptor)


def _told_ask(
    site: Site, wallet: Wallet, readers: ReaderTickets, storage: Storage, target: Target, sids: tuple[str, ...]
) -> Ask:
    account, path = _reader(site, storage), target.path
    text = f"access lists of {storage.name} at {target.where}"
    if not account:
        return Ask(no_account, (f"the site states no account for {storage.domain}",), text, vantage=target.tenant.name)
    if not target.address:
        return Ask(nobody, (target.why_none,), text, vantage=target.tenant.name)
    ticket = wallet.ticket(account, path.spn)
    if ticket is None:
        return Ask(no_ticket, (wallet, readers, account, path.spn), text, vantage=target.tenant.name)
    shares = [share.name for tenant in site.tenants for share in tenant.shares_of(storage.name)]
    shares = list({share.lower(): share for share in shares}.values())
    seconds = SECONDS + SECONDS_A_SHARE * len(shares)
    return Ask(
        probe.storage_told,
        (ticket, path.name, target.address, shares, sids, target.source, seconds),
        text,
        target.address,
        target.service,
        target.tenant.name,
        seconds,
    )
