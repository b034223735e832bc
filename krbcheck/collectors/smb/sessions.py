"""Sessions at each data path: every principal's with its own ticket, and those that the storage should reject."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from krbcheck.asking.ask import Ask, Asking, MaybeAsk, NotAsked, asked, call, never
from krbcheck.asking.needs import leaves_out
from krbcheck.asking.scheduler import Limits
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.smb.data_paths import Target, targets
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.kerberos import AsReply, ServiceTickets, TicketGrants
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Gap, NoAnswer, Observation, Observed, why
from krbcheck.facts.smb import SessionKind, SmbSession, SmbSessions, SmbSetUp
from krbcheck.probes.smb.sessions import kerberos_session, uninvited_session
from krbcheck.site.expected_access import Expected, root_access
from krbcheck.site.stated import Site

SECONDS, SECONDS_A_SHARE = 5.0, 0.01
"""The limit of a session, and the seconds that each share adds."""
MOST_NAMES = 8
"""The names by which a share is tried that does not exist by the data path's."""
UNINVITED = {
    SessionKind.ANONYMOUS: "anonymous session",
    SessionKind.MADE_UP: "session of a user who does not exist",
}


class Wanted(NamedTuple):
    """One session to test; `principal` is empty for a session without an account."""

    target: Target
    principal: str
    kind: SessionKind


@dataclass
class Sessions:
    """What all sessions need; the shares of a storage are listed once for each tenant."""

    site: Site
    wallet: Wallet
    limits: Limits
    grants: TicketGrants
    tickets: ServiceTickets
    known: dict[tuple[str, str, bool], tuple[tuple[str, int], ...]] = field(default_factory=dict)
    named: dict[tuple[str, str], Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    def shares(self, wanted: Wanted) -> tuple[tuple[str, int], ...]:
        key = (wanted.target.tenant.name, wanted.target.path.storage, bool(wanted.principal))
        if key not in self.known:
            self.known[key] = shares_tried(self.site, *key)
        return self.known[key]

    def names(self, target: Target) -> Mapping[str, tuple[str, ...]]:
        key = (target.tenant.name, target.path.storage)
        if key not in self.named:
            self.named[key] = names_tried(self.site, *key)
        return self.named[key]


def smb_sessions(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    limits: Limits,
    names: NameAnswers,
    grants: TicketGrants,
    tickets: ServiceTickets,
) -> Asking[SmbSessions]:
    """Returns the sessions of every principal, and those that the storage should reject."""
    wanted = [entry for target in targets(site, this_host, names) for entry in (*_invited(target), *_uninvited(target))]
    return (yield from _asked(site, wallet, limits, wanted, grants, tickets))


@leaves_out("no session was tried as Guest or anonymous")
def principals_sessions(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    limits: Limits,
    names: NameAnswers,
    grants: TicketGrants,
    tickets: ServiceTickets,
) -> Asking[SmbSessions]:
    """Returns the principals' own sessions alone, which a trace needs."""
    wanted = [entry for target in targets(site, this_host, names) for entry in _invited(target)]
    return (yield from _asked(site, wallet, limits, wanted, grants, tickets))


def _asked(
    site: Site, wallet: Wallet, limits: Limits, wanted: list[Wanted], grants: TicketGrants, tickets: ServiceTickets
) -> Asking[SmbSessions]:
    sessions = Sessions(site, wallet, limits, grants, tickets)
    answers = yield from asked([session_ask(sessions, entry) for entry in wanted])
    return SmbSessions(
        tuple(
            SmbSession(
                entry.target.tenant.name,
                entry.principal,
                entry.target.path.name,
                entry.target.path.storage,
                entry.target.address,
                entry.kind,
                seen,
                realm_of_ticket(wallet, entry),
            )
            for entry, seen in zip(wanted, answers, strict=True)
        )
    )


def _invited(target: Target) -> Iterator[Wanted]:
    """Yields the sessions with a ticket; there is none for an address."""
    for principal in target.tenant.principals:
        if principal.secret is not None and not target.path.is_address:
            yield Wanted(target, principal.name, SessionKind.KERBEROS)


def _uninvited(target: Target) -> Iterator[Wanted]:
    for kind in UNINVITED:
        yield Wanted(target, "", kind)


def realm_of_ticket(wallet: Wallet, wanted: Wanted) -> str:
    ticket = wallet.ticket(wanted.principal, wanted.target.path.spn) if wanted.principal else None
    return ticket.realm if ticket else ""


def session_ask(sessions: Sessions, wanted: Wanted) -> MaybeAsk[SmbSetUp]:
    """Returns the call for one session, with all shares of the storage."""
    target, name = wanted.target, wanted.target.path.name
    question = UNINVITED.get(wanted.kind, f"session of {wanted.principal}")
    if not target.address:
        return target.no_address(question)
    shares = sessions.shares(wanted)
    seconds, requests = SECONDS + len(shares) * SECONDS_A_SHARE, sessions.limits.requests
    if wanted.kind is not SessionKind.KERBEROS:
        probe = call(uninvited_session, wanted.kind, name, target.address, shares, target.source, seconds, requests)
    else:
        ticket = sessions.wallet.ticket(wanted.principal, target.path.spn)
        if ticket is None:
            why = why_no_ticket(sessions.grants, sessions.tickets, wanted)
            return no_ticket(sessions.wallet, wanted.principal, why, question, target.tenant.name)
        names = sessions.names(target)
        probe = call(
            kerberos_session, ticket, name, target.address, shares, target.source, seconds, requests, names=names
        )
    proves = signed if wanted.kind is SessionKind.KERBEROS else never
    return Ask(
        probe,
        question,
        target.server,
        target.tenant.name,
        seconds,
        target.path.storage,
        proves,
        alarms=wanted.kind in UNINVITED,
    )


def signed(reply: SmbSetUp) -> bool:
    """Returns whether the server proved that it has the key: by its AP-REP, and by a signature in every reply."""
    return reply.proved


def shares_tried(site: Site, tenant: str, storage: str, invited: bool) -> tuple[tuple[str, int], ...]:
    """Returns every share of the storage, and the access with which its root is opened: what the site file states for
    the tenant's own, listing for the others'.
    """
    found: dict[str, tuple[str, int]] = {}
    for owner in site.tenants:
        for share in owner.shares_of(storage):
            own = invited and owner.name == tenant
            stated = Expected(share.access) if own else Expected.REFUSED
            if own or share.name.lower() not in found:
                found[share.name.lower()] = (share.name, root_access(stated))
    return tuple(found.values())


def names_tried(site: Site, tenant: str, storage: str) -> Mapping[str, tuple[str, ...]]:
    """Returns the names of the other tenants' data paths by their shares, in lower case: a storage may have a share for
    one name alone, whatever address the name is used at.
    """
    own = {share.name.lower() for share in site.tenant(tenant).shares_of(storage)}
    found: dict[str, dict[str, None]] = {}
    for owner in site.tenants:
        names = [path.name for path in owner.data_paths if path.storage == storage and not path.is_address]
        for share in owner.shares_of(storage):
            if owner.name != tenant and share.name.lower() not in own:
                found.setdefault(share.name.lower(), {}).update(dict.fromkeys(names))
    return {share: tuple(names)[:MOST_NAMES] for share, names in found.items()}


def why_no_ticket(grants: TicketGrants, tickets: ServiceTickets, wanted: Wanted) -> str:
    """Returns the result of the first search for the service ticket; if there was none, of the TGT. It names no
    principal, so a report folds it.
    """
    spn = wanted.target.path.spn.lower()
    for path in tickets.paths:
        if (path.principal, path.service.lower()) == (wanted.principal, spn) and path.hops:
            return f"no service ticket: {_described(path.hops[-1].seen)}"
    for grant in grants.grants:
        if grant.principal == wanted.principal:
            return f"no TGT: {_described(grant.seen)}"
    return "no KDC was queried for a ticket"


def _described(seen: Observation[AsReply]) -> str:
    return seen.value.summary() if isinstance(seen, Observed) else why(seen)


def no_ticket(wallet: Wallet, principal: str, why: str, question: str, vantage: str) -> NotAsked:
    """Returns the query that cannot be sent without a ticket: because of the missing credential, else `why`."""
    reason = wallet.lack(principal) or NoAnswer(Gap.NEEDS_OTHER, why)
    return NotAsked.because(reason, question, vantage)
