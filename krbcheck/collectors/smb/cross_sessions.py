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
        return list(dict.fromkeys(one.target.path.spn for one in open_ if one.target.tenant == tenant))

    tickets = yield from scouted(site, this_host, wallet, controllers, grants, spns)
    wanted = [
        (one.owner, Wanted(one.target, principal.name, SessionKind.KERBEROS))
        for one in open_
        for principal in one.target.tenant.principals
        if principal.secret is not None
    ]
    sessions = Sessions(site, wallet, limits, grants, tickets)
    answers = yield from asked([session_ask(sessions, one) for _, one in wanted])
    return CrossSessions(
        tuple(
            CrossSession(
                one.target.tenant.name,
                owner,
                one.principal,
                one.target.path.name,
                one.target.path.storage,
                one.target.address,
                seen,
            )
            for (owner, one), seen in zip(wanted, answers, strict=True)
        )
    )


def _crossings(site: Site, this_host: ThisHost, ports: PortAnswers) -> list[Crossing]:
    queried = {tenant.name: tenant for tenant in this_host.tenants(site)}
    found: dict[tuple[str, str, str], Crossing] = {}
    for one in ports.ports:
        opened = isinstance(one.seen, Observed) and one.seen.value.state is PortState.OPEN
        if not opened or one.owner == one.tenant or one.tenant not in queried:
            continue
        path = next(path for path in site.tenant(one.owner).data_paths if path.name == one.path)
        if not path.is_address:
            target = Target(queried[one.tenant], path, one.address, this_host.source(one.tenant))
            found.setdefault((one.tenant, one.owner, one.path), Crossing(one.owner, target))
    return list(found.values())
