"""Checks that the hosts can connect to the DPM server.

The DPM agent on each host and the DPM server connect to each other in both directions: TCP 135 (RPC endpoint mapper),
5718 (agent coordinator) and 5719 (protection agent). krbcheck resolves the name of the server that the site file states
(`server` under backup), and connects to these ports from the network of each tenant whose hosts are backed up; from
this host if the accounts are no tenant's principals. The connections from the DPM server to the hosts, and the dynamic
RPC ports, are not tested.

Evidence: the addresses of the server at the name servers of the hosts' domain, and the result of each TCP connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.backup_servers import BackupServerPort, BackupServers
from krbcheck.facts.observation import Observed
from krbcheck.facts.ports import PortReply, PortState
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Backup, Site
from krbcheck.windows.common_steps import ELEVATED
from krbcheck.windows.remedy import changes, fill, looks

NO_ADDRESS = Problem(
    "no-address",
    Severity.ERROR,
    says="{server} has no A or AAAA record, so the agents on the hosts cannot connect to it",
    remedy=(
        looks("Resolve-DnsName {server}", on="a host that is backed up"),
        changes(
            says="Add an A record for {server}, or correct the server under backup in the site file",
            on="a DNS server of the domain of the DPM server",
            undo_says="remove the record",
            verify="Resolve-DnsName {server}",
            shows="the address of the DPM server",
        ),
    ),
    means="The protection agent reports that the DPM server is not available, and no backup starts.",
)
TEST_PORT = (
    looks("Test-NetConnection {server} -Port {port}", on="a host that is backed up", shows="TcpTestSucceeded: False"),
)
NOTHING_LISTENS = (
    looks(
        "Get-NetTCPConnection -State Listen -LocalPort {closed}",
        says="Connections are refused: either no service of {server} listens, or a firewall resets them. If the ports "
        "are in the output, a firewall does; if the server is not the DPM server, correct the site file",
        on="{server}",
        needs=ELEVATED,
    ),
    looks(
        "Get-Service -Name MSDPM, DPMRA",
        says="If the ports are not in the output: the DPM service and its replication agent must run",
        on="{server}",
        shows="Status Running for both; if a service is stopped, its event log has the reason",
    ),
    changes(
        "Start-Service -Name DPMRA",
        says="If DPMRA is stopped",
        on="{server}",
        needs=ELEVATED,
        undo="Stop-Service -Name DPMRA",
        verify="Test-NetConnection {server} -Port {port}",
        shows="TcpTestSucceeded: True",
    ),
)
ALLOW = (
    changes(
        says="Allow TCP 135, 5718, 5719 and the dynamic RPC ports between the hosts and {server}, both directions",
        on="the firewall between them, and Windows Firewall on {server}",
        undo_says="remove the rule",
        verify="Test-NetConnection {server} -Port {port}",
        shows="TcpTestSucceeded: True",
    ),
)
PORT_CLOSED = Problem(
    "port-closed",
    Severity.ERROR,
    says="{server} does not accept connections from {place} on {ports}: {found}",
    alternatives=(TEST_PORT, NOTHING_LISTENS),
    remedy=ALLOW,
    means="The agent on the host cannot report to the DPM server, so that its backups fail.",
)


@check(
    id="backup.server",
    title="The hosts can connect to the DPM server",
    tells="Which port of the DPM server the hosts cannot connect to.",
    problems=[NO_ADDRESS, PORT_CLOSED],
    refs=["RFC 9293 (TCP)", "RFC 1034 section 3.6"],
)
def server(site: Site, servers: BackupServers) -> Iterator[Verdict]:
    stated = {backup.server: backup for backup in site.backups if backup.server and backup.is_dpm}
    for backup in stated.values():
        yield from _judged(backup, servers)


def _judged(backup: Backup, servers: BackupServers) -> Iterator[Verdict]:
    names = [entry.seen for entry in servers.names if entry.server == backup.server]
    ports = [entry for entry in servers.ports if entry.server == backup.server]
    addresses = {address for seen in names if isinstance(seen, Observed) for address in seen.value.addresses}
    if not names:
        yield unknown(backup.server, f"no name server was queried for {backup.server}")
    elif not addresses:
        silent = [seen for seen in names if not isinstance(seen, Observed) or not seen.value.decided]
        if silent:
            yield unknown(backup.server, *silent)
        else:
            yield NO_ADDRESS(
                backup.server, *names, expected="an address", found="no A or AAAA record", server=backup.server
            )
    elif not ports:
        yield unknown(backup.server, *names, says="no port was tested: no host has an address of the tenants")
    else:
        for tenant in dict.fromkeys(entry.tenant for entry in ports):
            yield _from(backup, tenant, [entry for entry in ports if entry.tenant == tenant])


def _from(backup: Backup, tenant: str, tried: Sequence[BackupServerPort]) -> Verdict:
    """A port is open if it accepts connections at one of the addresses of the server."""
    grounds = [entry.seen for entry in tried]
    subject = f"{backup.server} from {tenant}" if tenant else backup.server
    closed: dict[int, PortReply] = {}
    unclear = []
    for port in dict.fromkeys(entry.port for entry in tried):
        seen = [entry.seen for entry in tried if entry.port == port]
        replies = [entry.value for entry in seen if isinstance(entry, Observed)]
        if any(reply.state is PortState.OPEN for reply in replies):
            continue
        unclear += [entry for entry in seen if not isinstance(entry, Observed)]
        if replies and len(replies) == len(seen):
            closed[port] = replies[0]
    if closed:
        first, reply = next(iter(closed.items()))
        refused = [str(port) for port, each in closed.items() if each.state is PortState.CLOSED]
        values = {"server": backup.server, "port": str(first), "closed": ",".join(refused)}
        steps = fill(TEST_PORT + (NOTHING_LISTENS if refused else ()), values)
        return PORT_CLOSED.with_steps(steps)(
            subject,
            *grounds,
            tenant=tenant,
            expected="TCP 135, 5718 and 5719 accept connections",
            found=reply.summary(),
            server=backup.server,
            place=f"the network of {tenant}" if tenant else "the host of krbcheck",
            ports=", ".join(f"TCP {port}" for port in closed),
            port=str(first),
        )
    if unclear:
        return unknown(subject, *unclear, tenant=tenant)
    return fine(subject, *grounds, tenant=tenant)
