"""When memberships were written, if a credential cache may be older; and the names of groups that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from krbcheck.asking.ask import Asking, asked
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.ldap import group_records as records
from krbcheck.collectors.ldap.directories import Reading, read_ask
from krbcheck.collectors.ldap.reader import Answer, DirectoryReader
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.directory import Directories
from krbcheck.facts.groups import (
    CredentialCaches,
    GroupChanges,
    Groups,
    GroupsChanged,
    GroupsNamed,
    OwnGroups,
    of_a_domain,
)
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controllers
from krbcheck.facts.observation import Observation, Observed, derived
from krbcheck.probes.ldap.queries import Search
from krbcheck.site.stated import Domain, Site
from krbcheck.windows.pac import Pac

MOST_NAMES = 2000


class Wanted(NamedTuple):
    """The groups of one domain to search for: those with these SIDs, and those that changed since then."""

    domain: Domain
    sids: tuple[str, ...]
    since: datetime | None


def group_changes(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    controllers: Controllers,
    readers: ReaderTickets,
    own: OwnGroups,
    caches: CredentialCaches,
    directories: Directories,
) -> Asking[GroupChanges]:
    """Returns the changes; an empty family without a query if no cache is stated and every ticket has the groups in the
    directory.
    """
    sids, since = set(site.excluded.without(to_name(own, caches, directories))), oldest(caches)
    turns = [
        (entry, Reading(entry.domain, controller, False))
        for entry in wanted(site, sids, since)
        for controller in {each.host: each for each in controllers.of(entry.domain.name)}.values()
    ]
    reader = DirectoryReader(this_host, wallet, readers)
    answers = yield from asked([read_ask(reader, reading, searches(entry)) for entry, reading in turns])
    named, changed = [], []
    for (entry, reading), answer in zip(turns, answers, strict=True):
        domain, host = entry.domain.name, reading.controller.host
        if entry.sids:
            named.append(GroupsNamed(domain, host, _seen(answer, 0, "groups by SID")))
        if entry.since is not None:
            seen = _seen(answer, -1, f"groups that changed since {entry.since:%Y-%m-%d %H:%M:%S}Z")
            changed.append(GroupsChanged(domain, host, entry.since, seen))
    return GroupChanges(tuple(named), tuple(changed))


def to_name(own: OwnGroups, caches: CredentialCaches, directories: Directories) -> set[str]:
    """Returns the SIDs in which a ticket and the directory differ, and all of the clients of cached tickets."""
    found: set[str] = set()
    for ticket in own.tickets:
        if isinstance(ticket.seen, Observed) and isinstance(ticket.seen.value, Pac):
            found |= of_a_domain(ticket.seen.value.sids ^ _groups(directories, ticket.principal))
    for cache in caches.caches:
        found |= of_a_domain(_groups(directories, cache.principal))
    return found


def _groups(directories: Directories, principal: str) -> frozenset[str]:
    seen = directories.account(principal)
    accounts = seen.value.found if isinstance(seen, Observed) else ()
    return frozenset(sid for account in accounts for sid in account.groups or ())


def oldest(caches: CredentialCaches) -> datetime | None:
    """Returns the time of the earliest logon of which a cache has a ticket."""
    contents = [cach.seen.value for cach in caches.caches if isinstance(cach.seen, Observed)]
    return min((ticket.authtime for content in contents for ticket in content.tickets), default=None)


def wanted(site: Site, sids: set[str], since: datetime | None) -> Iterator[Wanted]:
    """Yields every domain of the site: the storage's adds its own groups to the tickets that it issues."""
    if sids or since is not None:
        names = tuple(sorted(sids))[:MOST_NAMES]
        yield from (Wanted(domain, names, since) for domain in site.domains)


def searches(entry: Wanted) -> list[Search]:
    found = []
    if entry.sids:
        either = "".join(f"(objectSid={sid})" for sid in entry.sids)
        found.append(Search("%domain", f"(|{either})", records.GROUP_ATTRIBUTES))
    if entry.since is not None:
        changed = f"(&(objectClass=group)(whenChanged>={entry.since:%Y%m%d%H%M%S}.0Z))"
        found.append(Search("%domain", changed, records.CHANGE_ATTRIBUTES))
    return found


def _seen(answer: Answer, index: int, question: str) -> Observation[Groups]:
    return derived(answer, lambda found: Groups(tuple(records.group(dn, raw) for dn, raw in found[index])), question)
