"""Checks that no tenant can connect to another tenant's data path or to a management address.

Share permissions separate the tenants; the network must separate them too, because permissions can fail: backup rights
open every share, an administrator's credential is stolen, an ACL is wrong. From an address of each tenant, krbcheck
tests a TCP connection to port 445 of every other tenant's data paths, and of each storage's management address if the
site file states one (`management` of a storage); `ports` of a storage states further ports to test there. A refused
connection, an ICMP error and a timeout are all correct; an open port is not. krbcheck tests all ports in parallel, 256
per second. The result applies to the address that the test used. On a host with addresses in several VLANs, packets
must leave through the interface of their source address (policy routing: `ip rule add from ADDRESS table N`); otherwise
the host uses a direct route that no tenant has.

Evidence: the result of a connection from the tenant's own address to each port; a connection that times out is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Observed, Unobserved, why
from krbcheck.facts.ports import ManagementPort, PortAnswer, PortAnswers, PortReply, PortState
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Storage, Tenant
from krbcheck.windows.common_steps import hosts_of
from krbcheck.windows.remedy import changes, looks

SMB = 445

REACHABLE = Problem(
    "reachable",
    Severity.ERROR,
    says="{tenant} can connect to data path {path} of {other} at {address} TCP {port}",
    remedy=(
        changes(
            says="On the router between the VLANs: deny the networks of {tenant} ({networks}) access to "
            "{address} TCP {port} (Cisco: deny tcp NETWORK WILDCARD host {address} eq {port})",
            on="the router between the VLANs",
            undo_says="remove the rule",
            verify="Test-NetConnection {address} -Port {port}",
            shows="TcpTestSucceeded : False on a host of {tenant}",
            caution="first make sure that no host of {tenant} uses {address}",
        ),
        changes(
            "Add-VMNetworkAdapterExtendedAcl -ManagementOS -Action Deny -Direction Outbound -RemoteIPAddress "
            "{address} -RemotePort {port} -Protocol TCP "
            "-Weight 10",
            says="In addition, or if there is no such router",
            on=hosts_of("{tenant}"),
            needs="the Hyper-V module and an elevated prompt",
            undo="Get-VMNetworkAdapterExtendedAcl -ManagementOS | Where-Object RemoteIPAddress -eq {address} | "
            "Remove-VMNetworkAdapterExtendedAcl",
            verify="Test-NetConnection {address} -Port {port}",
            shows="TcpTestSucceeded : False on a host of {tenant}",
        ),
        looks(says="On the storage, assign {address} to the VLAN of {other} only"),
    ),
    means="A host of one tenant can open an SMB connection to another tenant's data path. Only permissions protect "
    "the virtual disks of the other tenant.",
)
MANAGEMENT_REACHABLE = Problem(
    "management-reachable",
    Severity.ERROR,
    says="{tenant} can connect to the management address of {storage} at {address} TCP {port}",
    remedy=(
        changes(
            says="On the router between the VLANs: deny the networks of {tenant} ({networks}) access to "
            "{address} (Cisco: deny ip NETWORK WILDCARD host {address})",
            on="the router between the VLANs",
            undo_says="remove the rule",
            verify="Test-NetConnection {address} -Port {port}",
            shows="TcpTestSucceeded : False on a host of {tenant}",
            caution="first make sure that no host of {tenant} uses {address}",
        ),
        changes(
            "Add-VMNetworkAdapterExtendedAcl -ManagementOS -Action Deny -Direction Outbound -RemoteIPAddress {address} "
            "-Weight 10",
            says="In addition, or if there is no such router",
            on=hosts_of("{tenant}"),
            needs="the Hyper-V module and an elevated prompt",
            undo="Get-VMNetworkAdapterExtendedAcl -ManagementOS | Where-Object RemoteIPAddress -eq {address} | "
            "Remove-VMNetworkAdapterExtendedAcl",
            verify="Test-NetConnection {address} -Port {port}",
            shows="TcpTestSucceeded : False on a host of {tenant}",
        ),
        looks(says="On the storage, use separate interfaces for management and for shares"),
    ),
    means="A host of the tenant can connect to the management service of the storage, or to all shares through an "
    "address that the firewall rules between the VLANs do not cover. Only a password protects the virtual disks of "
    "all tenants.",
)


@check(
    id="isolation.network",
    title="No tenant can connect to another tenant's data path or to a management address",
    tells="Whether the network isolates the tenants even where permissions do not.",
    problems=[REACHABLE, MANAGEMENT_REACHABLE],
    refs=["MS-SMB2 section 2.1"],
)
def network(site: Site, ports: PortAnswers, vantages: Vantages) -> Iterator[Verdict]:
    for tenant in site.tenants:
        for owner, path in site.paths():
            if owner != tenant:
                yield from _judged(tenant, owner, path, ports, vantages)
        for storage in site.storages:
            if storage.management:
                yield from _managed(tenant, storage, ports, vantages)


def _judged(tenant: Tenant, owner: Tenant, path: DataPath, ports: PortAnswers, vantages: Vantages) -> Iterator[Verdict]:
    tried = ports.of(tenant.name, owner.name, path.name)
    if not tried:
        yield unknown(path.name, _why_not(tenant, path, vantages), tenant=tenant.name)
    for (address, port), those in grouped(tried, lambda answer: (answer.address, answer.port)).items():
        opened = _opened(those)
        if opened:
            subject = _subject(path.name, port)
            yield _reached(REACHABLE, subject, opened, tenant, address, port, path=path.name, other=owner.name)
        else:
            yield _kept_out(_subject(path.name, port), those, tenant)


def _managed(tenant: Tenant, storage: Storage, ports: PortAnswers, vantages: Vantages) -> Iterator[Verdict]:
    tried = ports.at_management(tenant.name, storage.name)
    tried = [entry for entry in tried if entry.address] or tried  # another collection may have resolved the name
    if not tried:
        own = storage.management_address in {data_path.stated_address for data_path in tenant.data_paths} - {""}
        says = f"{tenant.name} uses the management address as its data path, so SMB must respond there" if own else ""
        says = says or (
            vantages.why_not(tenant.name)
            if not vantages.asked(tenant.name)
            else f"the management address of {storage.name} was not tested"
        )
        yield unknown(storage.name, says, tenant=tenant.name)
    for (address, port), those in grouped(tried, lambda answer: (answer.address, answer.port)).items():
        opened = _opened(those)
        if opened:
            subject = _subject(storage.name, port)
            yield _reached(MANAGEMENT_REACHABLE, subject, opened, tenant, address, port, storage=storage.name)
        else:
            yield _kept_out(_subject(storage.name, port), those, tenant)


def _subject(name: str, port: int) -> str:
    return name if port == SMB else f"{name} TCP {port}"


def _opened(tried: Sequence[PortAnswer | ManagementPort]) -> list[Observed[PortReply]]:
    seen = [answer.seen for answer in tried if isinstance(answer.seen, Observed)]
    return [observation for observation in seen if observation.value.state == PortState.OPEN]


def _reached(
    problem: Problem,
    subject: str,
    opened: Sequence[Observed[PortReply]],
    tenant: Tenant,
    address: str,
    port: int,
    **more: str,
) -> Finding:
    return problem(
        subject,
        *opened,
        tenant=tenant.name,
        expected="closed, filtered or unreachable",
        found="open",
        address=address,
        port=str(port),
        networks=tenant.networks or ("all addresses of its hosts",),
        **more,
    )


def _kept_out(subject: str, tried: Sequence[PortAnswer | ManagementPort], tenant: Tenant) -> Verdict:
    answers = [answer.seen for answer in tried if isinstance(answer.seen, Observed)]
    if answers:
        return fine(subject, *answers, tenant=tenant.name)
    silent = [answer.seen for answer in tried if isinstance(answer.seen, Unobserved)]
    return unknown(subject, *silent, tenant=tenant.name, says=why(silent[0]) if not tried[0].address else "")


def _why_not(tenant: Tenant, path: DataPath, vantages: Vantages) -> str:
    if not vantages.asked(tenant.name):
        return vantages.why_not(tenant.name)
    if path.stated_address in {data_path.stated_address for data_path in tenant.data_paths} - {""}:
        return f"{tenant.name} uses the same address {path.stated_address}, so the network cannot isolate them"
    return f"no address of {path.name} is known that differs from the addresses of {tenant.name}"
