"""Whether a principal's tickets are older than its memberships: by groups, by the time of the change, by access."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from krbcheck.facts.directory import Account, Directories, first_seen
from krbcheck.facts.groups import (
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
from krbcheck.site.stated import realm_of
from krbcheck.windows.pac import Pac


@dataclass
class Compared:
    """The result: each line names one group or share. `undecided` are the reasons why more is not determined."""

    stale: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    undecided: list[Ground] = field(default_factory=list)
    seen: list[Ground] = field(default_factory=list)


def name_of(changes: GroupChanges, sid: str) -> str:
    """Returns the group's name with its SID; the SID only where no directory returned the name."""
    for group in _named(changes):
        if group.sid == sid:
            return f"{group.name} ({sid})"
    return sid


def _named(changes: GroupChanges) -> Iterator[Group]:
    for one in changes.named:
        if isinstance(one.seen, Observed):
            yield from one.seen.value.found


def by_ticket(
    own: OwnGroups, directories: Directories, changes: GroupChanges, tenant: str, principal: str
) -> Compared | None:
    """Compares the groups in the principal's ticket to itself with the directory; None where no such ticket was
    requested.

    A group counts as missing if every controller returns it, and as left over if none does: a change that has not
    replicated to all controllers does not make a ticket stale.
    """
    asked = [one.seen for one in own.tickets if (one.tenant, one.principal) == (tenant, principal)]
    if not asked:
        return None
    seen = next((one for one in asked if isinstance(one, Observed) and isinstance(one.value, Pac)), asked[0])
    if not (isinstance(seen, Observed) and isinstance(seen.value, Pac)):
        return Compared(undecided=[seen])
    answers = [one.seen for one in directories.accounts if one.name.lower() == principal.lower()]
    told = [
        frozenset(account.groups)
        for answer in answers
        if isinstance(answer, Observed)
        for account in answer.value.found
        if account.groups is not None
    ]
    if not told:
        silent = [one for one in answers if isinstance(one, Unobserved)]
        return Compared(undecided=[*silent, f"the directory did not return the groups of {principal}"], seen=[seen])
    missing = of_a_domain(frozenset.intersection(*told) - seen.value.sids)
    left = of_a_domain(seen.value.sids - frozenset.union(*told))
    return Compared(
        [name_of(changes, sid) for sid in sorted(missing)],
        [name_of(changes, sid) for sid in sorted(left)],
        seen=[seen, *answers],
    )


def by_time(
    caches: CredentialCaches, changes: GroupChanges, directories: Directories, tenant: str, principal: str
) -> Compared:
    """Compares every valid ticket of the cache with the time at which each membership was written."""
    found = Compared()
    seen = first_seen(one.seen for one in caches.caches if (one.tenant, one.principal) == (tenant, principal))
    accounts = directories.account(principal)
    if seen is None:
        return found
    if not isinstance(seen, Observed):
        return Compared(undecided=[seen])
    if not (isinstance(accounts, Observed) and accounts.value.found):
        return Compared(undecided=[accounts or f"no directory was queried for {principal}"])
    found.seen.append(seen)
    home = realm_of(principal).lower()
    chain = Chain.of(accounts.value.found[0], changes)
    for logon, services in _logons(seen.value.tickets, seen.at).items():
        for domain in {home: None, **{one.domain: None for one in changes.changed}}:
            carried = [one.service for one in services if _carries(one, principal, domain)]
            if carried:
                _held_against(found, chain, changes, domain, logon, ", ".join(dict.fromkeys(carried)))
    return found


def _logons(tickets: tuple[TicketFacts, ...], now: datetime) -> dict[datetime, list[TicketFacts]]:
    """Returns the valid tickets by the logon that they date from."""
    found: dict[datetime, list[TicketFacts]] = {}
    for one in tickets:
        if one.endtime > now:
            found.setdefault(one.authtime, []).append(one)
    return found


def _carries(ticket: TicketFacts, principal: str, domain: str) -> bool:
    """Whether the ticket contains the groups of the domain: always those of the principal's own domain, else those of
    the domain that issued it.
    """
    return domain in (realm_of(principal).lower(), ticket.realm.lower())


@dataclass(frozen=True)
class Chain:
    """The account and all groups that it is a member of, as `member` names them: by DN, a foreign one by its SID."""

    dns: frozenset[str]
    sids: frozenset[str]

    @classmethod
    def of(cls, account: Account, changes: GroupChanges) -> Chain:
        sids = frozenset((account.sid, *(account.groups or ())))
        return cls(
            frozenset({account.dn.lower(), *(one.dn.lower() for one in _named(changes) if one.sid in sids)}), sids
        )

    def has(self, member: MemberWritten) -> bool:
        first = member.dn.partition(",")[0].rpartition("=")[2]
        return member.dn.lower() in self.dns or first in self.sids


def _held_against(
    found: Compared, chain: Chain, changes: GroupChanges, domain: str, logon: datetime, services: str
) -> None:
    answers = [one.seen for one in changes.changed if one.domain == domain]
    if not any(isinstance(one, Observed) for one in answers):
        found.undecided += answers or [
            f"no directory of {domain} was queried for groups that changed since {logon:%Y-%m-%d %H:%M:%S}Z"
        ]
        return
    for answer in answers:
        found.seen.append(answer)
        for group in answer.value.found if isinstance(answer, Observed) else ():
            _group(found, chain, group, logon, services)


def _group(found: Compared, chain: Chain, group: Group, logon: datetime, services: str) -> None:
    since = f"the logon of {logon:%Y-%m-%d %H:%M:%S}Z ({services})"
    touched = [one for one in group.members or () if chain.has(one) and one.written > logon]
    for member in touched:
        when = f"{group.name}: changed {member.written:%Y-%m-%d %H:%M:%S}Z, after {since}"
        if member.removed and member.created <= logon:
            _once(found.lost, when)
        elif not member.removed and member.created > logon:
            _once(found.stale, when)
        elif not member.removed:
            _once(found.undecided, f"{group.name}: removed and added again after {since}")
    told = group.members is not None and (touched or not group.cut)
    if not told and (group.changed is None or group.changed >= logon):
        _once(found.undecided, f"{group.name} changed after {since}, but the directory did not return what changed")


def _once(lines: list[str] | list[Ground], line: str) -> None:
    if line not in lines:
        lines.append(line)


def by_access(cached: CachedSessions, fresh: SmbSessions, tenant: str, principal: str) -> Compared:
    """Compares the access of the cached service ticket with the access of a new one."""
    found = Compared()
    for one in cached.sessions:
        if (one.tenant, one.principal) != (tenant, principal):
            continue
        now = first_seen(session.seen for session in fresh.kerberos(tenant, one.path, principal))
        if not (isinstance(one.seen, Observed) and one.seen.value.accepted):
            found.undecided.append(one.seen)
        elif not (isinstance(now, Observed) and now.value.accepted):
            found.undecided.append(now or f"no session of {principal} with a new ticket")
        else:
            found.seen += [one.seen, now]
            _trees(found, one.path, one.seen.value, now.value)
    return found


def _trees(found: Compared, path: str, old: SmbSetUp, new: SmbSetUp) -> None:
    for tree in old.trees:
        other = new.tree(tree.share)
        if other is None:
            continue
        had, has = (one.maximal_access if one.status == 0 else 0 for one in (tree, other))
        line = f"\\\\{path}\\{tree.share}: 0x{had:08X} with the cached ticket, 0x{has:08X} with a new one"
        if has & ~had:
            found.stale.append(line)
        elif had & ~has:
            found.lost.append(line)
