"""The backup servers of the site file: their addresses, and the ports that the agents on the hosts connect to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from krbcheck.asking.ask import Asking
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.dns.name_servers import Question, domain_servers, resolve
from krbcheck.collectors.tcp.ports import OF_THE_ROUTE, Knock, knocked, sources_of
from krbcheck.facts.backup_servers import BackupServerName, BackupServerPort, BackupServers
from krbcheck.facts.observation import Observed
from krbcheck.site.stated import Backup, Site, realm_of

DPM_PORTS = (135, 5718, 5719)
"""RPC endpoint mapper, agent coordinator and protection agent of DPM."""
MOST_ADDRESSES = 4


class Asked(NamedTuple):
    """One address of a server, from one vantage point; `tenant` is empty for this host."""

    tenant: str
    server: str
    address: str


def backup_servers(site: Site, this_host: ThisHost) -> Asking[BackupServers]:
    """Returns the ports of each DPM server, from each tenant whose hosts it backs up; from this host if its accounts
    are no tenant's.
    """
    backups = [backup for backup in site.backups if backup.server and backup.is_dpm]
    realms = {realm_of(account).lower() for backup in backups for account in backup.accounts}
    servers = yield from domain_servers([domain for domain in site.domains if domain.name in realms])
    questions = [
        Question(this_host.name, "", server, name, kind)
        for name in dict.fromkeys(backup.server for backup in backups)
        for known in servers.values()
        for server in known.servers
        for kind in ("A", "AAAA")
    ]
    seen = yield from resolve(questions, site.excluded)
    addresses: dict[str, dict[str, None]] = {}
    for question, answer in seen.items():
        if isinstance(answer, Observed):
            addresses.setdefault(question.name, {}).update(dict.fromkeys(answer.value.addresses))
    wanted = list(
        dict.fromkeys(
            Asked(tenant, backup.server, address)
            for backup in backups
            for tenant in _tenants(site, this_host, backup)
            for address in list(addresses.get(backup.server, ()))[:MOST_ADDRESSES]
        )
    )
    vantages = {entry.tenant: entry.tenant or this_host.name for entry in wanted}
    replies = yield from knocked(
        [
            Knock(
                vantage,
                sources_of(this_host, tenant) if tenant else OF_THE_ROUTE,
                [(entry.address, port) for entry in wanted if entry.tenant == tenant for port in DPM_PORTS],
            )
            for tenant, vantage in vantages.items()
        ],
        site.excluded,
    )
    return BackupServers(
        tuple(BackupServerName(asked.name, asked.kind, asked.server, answer) for asked, answer in seen.items()),
        tuple(
            BackupServerPort(*entry, port, replies[vantages[entry.tenant], entry.address, port])
            for entry in wanted
            for port in DPM_PORTS
        ),
    )


def _tenants(site: Site, this_host: ThisHost, backup: Backup) -> Iterator[str]:
    """Yields the tenants of the accounts that can be queried from this host; an empty name for accounts of none."""
    owners = {principal.name.lower(): tenant.name for tenant, principal in site.principals()}
    here = {tenant.name for tenant in this_host.tenants(site)}
    for account in backup.accounts:
        owner = owners.get(account.lower(), "")
        if not owner or owner in here:
            yield owner
