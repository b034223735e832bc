"""Whether a principal's tickets are older than its memberships: by its groups, by when they were written, by access."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from krbcheck.facts.directory import Account, Directories, first_seen
from krbcheck.facts.grouping import grouped
from krbcheck.facts.groups import (
    CacheContent,
    CachedSessions,
    CredentialCaches,
    Group,
    GroupChanges,
    MemberWritten,
    OwnGroups,
    of_a_domain,
)
from krbcheck.facts.kerberos import TicketFacts
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.reasons import Ground
from krbcheck.facts.smb import SmbSessions, SmbSetUp
from krbcheck.site.stated import Site, realm_of
from krbcheck.views.view import View
from krbcheck.windows.pac import Pac

CLOCKS_DIFFER = timedelta(minutes=5)
"""The largest difference of clocks that Kerberos permits by default."""


@dataclass
class GroupComparison:
    """Each line of `stale` and `lost` names a group or share. `undecided` are reasons why more is not determined,
    `directories` the domains whose directory did not return what is needed.
    """

    stale: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    undecided: list[Ground] = field(default_factory=list)
    directories: set[str] = field(default_factory=set)
    seen: list[Ground] = field(default_factory=list)


def name_of(changes: GroupChanges, sid: str) -> str:
    """Returns the group's name with its SID; only the SID if no directory returned the name."""
    for group in _named(changes):
        if group.sid == sid:
            return f"{group.name} ({sid})"
    return sid


def _named(changes: GroupChanges) -> Iterator[Group]:
    for named in changes.named:
        if isinstance(named.seen, Observed):
            yield from named.seen.value.found


class TicketGroups(View):
    """The groups in every principal's tickets, compared with those that the directory contains now."""

    def __init__(
        self,
        site: Site,
        own: OwnGroups,
        directories: Directories,
        changes: GroupChanges,
        caches: CredentialCaches,
        cached: CachedSessions,
        fresh: SmbSessions,
    ) -> None:
        self._directories, self._changes, self._fresh = directories, changes, fresh
        self._domains = {domain.name for domain in site.domains}
        self._own = grouped(own.tickets, lambda ticket: (ticket.tenant, ticket.principal))
        self._caches = grouped(caches.caches, lambda cache: (cache.tenant, cache.principal))
        self._cached = grouped(cached.sessions, lambda session: (session.tenant, session.principal))

    def by_ticket(self, tenant: str, principal: str) -> GroupComparison | None:
        """The ticket to oneself against the directory; None where no such ticket was requested.

        A group is missing where every controller returns it, and left over where none does: what has not yet replicated
        to all controllers has nothing to do with old tickets.
        """
        asked = [ticket.seen for ticket in self._own.get((tenant, principal), ())]
        if not asked:
            return None
        seen = next(
            (
                observation
                for observation in asked
                if isinstance(observation, Observed) and isinstance(observation.value, Pac)
            ),
            asked[0],
        )
        if not (isinstance(seen, Observed) and isinstance(seen.value, Pac)):
            return GroupComparison(undecided=[seen])
        answers = [entry.seen for entry in self._directories.answers_about(principal)]
        groups = [
            frozenset(account.groups)
            for answer in answers
            if isinstance(answer, Observed)
            for account in answer.value.found
            if account.groups is not None
        ]
        if not groups:
            silent = [gap for gap in answers if isinstance(gap, Unobserved)]
            why = f"tokenGroups of {principal} could not be read"
            return GroupComparison(undecided=[*silent, why], seen=[seen])
        missing = of_a_domain(frozenset.intersection(*groups) - seen.value.sids)
        left = of_a_domain(seen.value.sids - frozenset.union(*groups))
        return GroupComparison(
            [name_of(self._changes, sid) for sid in sorted(missing)],
            [name_of(self._changes, sid) for sid in sorted(left)],
            seen=[seen, *answers],
        )

    def has_cache(self, tenant: str, principal: str) -> bool:
        """Whether a credential cache of the principal was looked for."""
        return bool(self._caches.get((tenant, principal)))

    def by_time(self, tenant: str, principal: str) -> GroupComparison:
        """Every valid ticket of the cache against the moment each membership on its chain was written."""
        found = GroupComparison()
        seen = first_seen(cach.seen for cach in self._caches.get((tenant, principal), ()))
        accounts = self._directories.account(principal)
        if seen is None:
            return found
        if not isinstance(seen, Observed):
            return GroupComparison(undecided=[seen])
        if not (isinstance(accounts, Observed) and accounts.value.found):
            return GroupComparison(undecided=[accounts or f"no directory was queried for {principal}"])
        found.seen.append(seen)
        logons = _logons(seen.value.tickets, seen.at)
        if not logons:
            found.undecided.append(f"the credential cache of {principal} contains no valid ticket: the host has others")
        for service in seen.value.undated:
            if any(ticket.service == service for tickets in logons.values() for ticket in tickets):
                found.undecided.append(
                    f"the list of tickets of {principal} does not show from which logon {service} is"
                )
        home, changes = realm_of(principal).lower(), self._changes
        chain = Chain.of(accounts.value.found[0], changes)
        found.undecided += _doubts(seen, logons, accounts.value.found[0], changes)
        for logon, services in logons.items():
            issuers = {ticket.realm.lower(): None for ticket in services if ticket.realm.lower() in self._domains}
            for domain in {home: None, **issuers, **{changed.domain: None for changed in changes.changed}}:
                carried = [service.service for service in services if _carries(service, principal, domain)]
                if carried:
                    _held_against(found, chain, changes, domain, logon, ", ".join(dict.fromkeys(carried)))
        return found

    def by_access(self, tenant: str, principal: str) -> GroupComparison:
        """What the cached service ticket opens against what a fresh one opens."""
        found = GroupComparison()
        for entry in self._cached.get((tenant, principal), ()):
            now = first_seen(session.seen for session in self._fresh.kerberos(tenant, entry.path, principal))
            if not (isinstance(entry.seen, Observed) and entry.seen.value.accepted):
                found.undecided.append(entry.seen)
            elif not (isinstance(now, Observed) and now.value.accepted):
                found.undecided.append(now or f"no session of {principal} with a new ticket")
            else:
                found.seen += [entry.seen, now]
                _trees(found, entry.path, entry.seen.value, now.value)
        return found


def _logons(tickets: tuple[TicketFacts, ...], now: datetime) -> dict[datetime, list[TicketFacts]]:
    """Returns the valid tickets by the logon that they date from."""
    found: dict[datetime, list[TicketFacts]] = {}
    for ticket in tickets:
        if ticket.endtime > now:
            found.setdefault(ticket.authtime, []).append(ticket)
    return found


def _doubts(
    seen: Observed[CacheContent], logons: Iterable[datetime], account: Account, changes: GroupChanges
) -> Iterator[Ground]:
    """Yields why the times of a cache's tickets, or the groups above the account's own, are not known."""
    if late := [logon for logon in logons if logon > seen.at + CLOCKS_DIFFER]:
        when = f"{max(late):%Y-%m-%d %H:%M:%S}Z"
        yield f"a ticket of the cache is from {when}, after it was read: wrong time_zone or clock"
    own = account.sid.rpartition("-")[0]
    named = {group.sid for group in _named(changes)}
    unnamed = sorted(sid for sid in of_a_domain(frozenset(account.groups or ())) - named if sid.startswith(f"{own}-"))
    if unnamed:
        yield f"no directory returned the group {unnamed[0]}, so changes above it are not known"


def _carries(ticket: TicketFacts, principal: str, domain: str) -> bool:
    """Whether the domain's groups are in it: of one's own domain always, else where that domain made the ticket."""
    return domain in (realm_of(principal).lower(), ticket.realm.lower())


@dataclass(frozen=True)
class Chain:
    """The account and all that it is a member of, as `member` names them: by DN, a foreign one by its SID."""

    dns: frozenset[str]
    sids: frozenset[str]

    @classmethod
    def of(cls, account: Account, changes: GroupChanges) -> Chain:
        sids = frozenset((account.sid, *(account.groups or ())))
        return cls(
            frozenset({account.dn.lower(), *(group.dn.lower() for group in _named(changes) if group.sid in sids)}), sids
        )

    def has(self, member: MemberWritten) -> bool:
        first = member.dn.partition(",")[0].rpartition("=")[2]
        return member.dn.lower() in self.dns or first in self.sids


def _held_against(
    found: GroupComparison, chain: Chain, changes: GroupChanges, domain: str, logon: datetime, services: str
) -> None:
    answers = [changed.seen for changed in changes.changed if changed.domain == domain and changed.since <= logon]
    if not any(isinstance(observation, Observed) for observation in answers):
        found.directories.add(domain)
        found.undecided += answers or [
            f"no directory of {domain} was queried for groups that changed since {logon:%Y-%m-%d %H:%M:%S}Z"
        ]
        return
    for answer in answers:
        found.seen.append(answer)
        for group in answer.value.found if isinstance(answer, Observed) else ():
            _group(found, chain, group, logon, services)


def _group(found: GroupComparison, chain: Chain, group: Group, logon: datetime, services: str) -> None:
    since = f"the logon of {logon:%Y-%m-%d %H:%M:%S}Z ({services})"
    touched = [written for written in group.members or () if chain.has(written) and written.written > logon]
    for member in touched:
        when = f"{group.name}: changed {member.written:%Y-%m-%d %H:%M:%S}Z, after {since}"
        if member.removed and member.created <= logon:
            _once(found.lost, when)
        elif not member.removed and member.created > logon:
            _once(found.stale, when)
        elif not member.removed:
            _once(found.undecided, f"{group.name}: removed and added again after {since}")
    answers = group.members is not None and (touched or not group.cut)
    if not answers and (group.changed is None or group.changed >= logon):
        _once(found.undecided, f"{group.name} changed after {since}, but the directory did not return what changed")


def _once(lines: list[str] | list[Ground], line: str) -> None:
    if line not in lines:
        lines.append(line)


def _trees(found: GroupComparison, path: str, old: SmbSetUp, new: SmbSetUp) -> None:
    for tree in old.proved_trees:
        other = new.proved_tree(tree.share)
        if other is None:
            continue
        had, has = (reply.maximal_access if reply.status == 0 else 0 for reply in (tree, other))
        line = f"\\\\{path}\\{tree.share}: 0x{had:08X} with the cached ticket, 0x{has:08X} with a new one"
        if has & ~had:
            found.stale.append(line)
        elif had & ~has:
            found.lost.append(line)
