"""Sessions to the tenant's shares with the service tickets in a stated credential cache."""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.asking.ask import Ask, Asking, asked, call
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.kerberos.credential_caches import cached
from krbcheck.collectors.smb.data_paths import Target, targets
from krbcheck.collectors.smb.sessions import SECONDS, signed
from krbcheck.credentials.wallet import Ticket, Wallet
from krbcheck.facts.groups import CachedSession, CachedSessions
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.smb import SmbSetUp
from krbcheck.probes.smb import sessions
from krbcheck.site.stated import Site
from krbcheck.windows.access_masks import LIST_ROOT


def cached_sessions(site: Site, this_host: ThisHost, wallet: Wallet, names: NameAnswers) -> Asking[CachedSessions]:
    """Returns the sessions of hosts with an old ticket; `smb_sessions` has those with a new one."""
    wanted = [(target, *entry) for target in targets(site, this_host, names) for entry in _tickets(wallet, target)]
    answers = yield from asked([_ask(site, target, principal, ticket) for target, principal, ticket in wanted])
    return CachedSessions(
        tuple(
            CachedSession(target.tenant.name, principal, target.path.name, target.path.storage, answer)
            for (target, principal, _), answer in zip(wanted, answers, strict=True)
        )
    )


def _tickets(wallet: Wallet, target: Target) -> Iterator[tuple[str, Ticket]]:
    """Yields the newest ticket for this data path in the cache of each principal."""
    for principal in target.tenant.principals:
        if not (target.address and cached(principal) and principal.name in wallet.credentials):
            continue
        held = wallet.credentials[principal.name].tickets
        same = [ticket for ticket in held if ticket.service.lower() == target.path.spn.lower()]
        if same:
            yield principal.name, max(same, key=lambda ticket: ticket.starttime)


def _ask(site: Site, target: Target, principal: str, ticket: Ticket) -> Ask[SmbSetUp]:
    """Returns the call for all shares, other tenants' too, which a former group may still open."""
    path = target.path
    shares = [share.name for tenant in site.tenants for share in tenant.shares_of(path.storage)]
    known = tuple((share, LIST_ROOT) for share in {share.lower(): share for share in shares}.values())
    return Ask(
        call(sessions.kerberos_session, ticket, path.name, target.address, known, target.source, SECONDS),
        f"session of {principal} with the ticket of its credential cache",
        target.server,
        target.tenant.name,
        SECONDS,
        authenticates=signed,
    )
