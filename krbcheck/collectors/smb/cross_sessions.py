"""Sessions at other tenants' data paths: tested only where the port accepts connections from the tenant's address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from krbcheck.asking.ask import Asking, asked
from krbcheck.asking.scheduler import Limits
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.kerberos.minimal_tickets import scouted
from krbcheck.collectors.smb.data_paths import Target
from krbcheck.collectors.smb.sessions import Sessions, Wanted, session_ask
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.cross_sessions import CrossSession, CrossSessions
from krbcheck.facts.kerberos import TicketGrants
from krbcheck.facts.names import Controllers
from krbcheck.facts.observation import Observed
from krbcheck.facts.ports import PortAnswers, PortState
from krbcheck.facts.smb import SessionKind
from krbcheck.site.stated import Site, Tenant


class Crossing(NamedTuple):
    """`target` is another tenant's data path whose port accepts connections from this tenant."""

    owner: str
    target: Target


def cross_sessions(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    limits: Limits,
    controllers: Controllers,
    grants: TicketGrants,
    ports: PortAnswers,
) -> Asking[CrossSessions]:
    """Returns the sessions of every principal with a TGT at every other tenant's data path that its network reaches."""
    open_ = _crossings(site, this_host, ports)

    def spns(tenant: Tenant) -> Sequence[str]:
        return list(dict.fromkeys(crossing.target.path.spn for crossing in open_ if crossing.target.tenant == tenant))

    tickets = yield from scouted(site, this_host, wallet, controllers, grants, spns)
    wanted = [
        (crossing.owner, Wanted(crossing.target, principal.name, SessionKind.KERBEROS))
        for crossing in open_
        for principal in crossing.target.tenant.principals
        if principal.secret is not None
    ]
    sessions = Sessions(site, wallet, limits, grants, tickets)
    answers = yield from asked([session_ask(sessions, entry) for _, entry in wanted])
    return CrossSessions(
        tuple(
            CrossSession(
                entry.target.tenant.name,
                owner,
                entry.principal,
                entry.target.path.name,
                entry.target.path.storage,
                entry.target.address,
                seen,
            )
            for (owner, entry), seen in zip(wanted, answers, strict=True)
        )
    )


def _crossings(site: Site, this_host: ThisHost, ports: PortAnswers) -> list[Crossing]:
    queried = {tenant.name: tenant for tenant in this_host.tenants(site)}
    found: dict[tuple[str, str, str], Crossing] = {}
    for port in ports.ports:
        opened = isinstance(port.seen, Observed) and port.seen.value.state is PortState.OPEN
        if not opened or port.owner == port.tenant or port.tenant not in queried:
            continue
        path = next(path for path in site.tenant(port.owner).data_paths if path.name == port.path)
        if not path.is_address:
            source = this_host.sources[port.tenant].towards(port.address)
            target = Target(queried[port.tenant], path, port.address, source)
            found.setdefault((port.tenant, port.owner, port.path), Crossing(port.owner, target))
    return list(found.values())
