"""From a tenant's place no other tenant's data path answers, and no management address.

Share permissions are one wall between tenants; the network is the other, and it has to hold when the first one fails:
backup rights open every share, an administrator's credential is stolen, an ACL is mistyped. From each tenant's own
address a TCP connection to port 445 of every other tenant's data paths is tried, and of each storage's management
address where the site states one (`management` at a storage); `ports` at a storage names more ports to try there. A
refusal, a router's no and silence are all as they should be; an open port is a way in. All are tried at once, within
one second for each 256. The answer holds for the place it was asked from. On a station with a leg in several VLANs,
packets must leave by the leg whose address they carry (policy routing: `ip rule add from ADDRESS table N`), else the
station takes its own short cut and finds a way that no tenant has.

Evidence: the result of a connection from the tenant's own address to each port; a connection that times out is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.observation import Observed, Unobserved, why
from krbcheck.facts.ports import ManagementPort, PortAnswer, PortAnswers, PortReply, PortState
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Storage, Tenant

SMB = 445

REACHABLE = Problem(
    "reachable",
    Severity.ERROR,
    says="From {tenant}'s place {other}'s data path {path} answers at {address} TCP {port}",
    remedy="On the router between the VLANs deny {tenant}'s networks ({networks}) the address {address} (Cisco: deny "
    "tcp <network> host {address} eq {port}; Hyper-V: Add-VMNetworkAdapterExtendedAcl -Action Deny -Direction "
    "Outbound -RemoteIPAddress {address} -RemotePort {port} -Protocol TCP); on the storage leave {address} on "
    "{other}'s VLAN only",
    means="A host of one tenant can open an SMB connection to another tenant's data path. Only permissions stand "
    "between it and the other's virtual disks.",
)
MANAGEMENT_REACHABLE = Problem(
    "management-reachable",
    Severity.ERROR,
    says="From {tenant}'s place the management address of {storage} answers at {address} TCP {port}",
    remedy="On the router between the VLANs deny {tenant}'s networks ({networks}) the address {address} (Cisco: deny "
    "ip <network> host {address}; Hyper-V: Add-VMNetworkAdapterExtendedAcl -Action Deny -Direction Outbound "
    "-RemoteIPAddress {address}); on the storage let its administration and the shares listen on their own interfaces "
    "only",
    means="A tenant's host can talk to the administration of the storage, or to all shares by an address that no "
    "firewall rule of the VLANs thinks of. Only a password stands between it and everybody's virtual disks.",
)


@check(
    id="isolation.network",
    title="No tenant reaches another tenant's data path, or a storage's management, over the network",
    tells="Whether the VLANs keep the tenants apart even where permissions do not.",
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
    for address, port in dict.fromkeys((one.address, one.port) for one in tried):
        those = [one for one in tried if (one.address, one.port) == (address, port)]
        opened = _opened(those)
        if opened:
            subject = _subject(path.name, port)
            yield _reached(REACHABLE, subject, opened, tenant, address, port, path=path.name, other=owner.name)
        else:
            yield _kept_out(_subject(path.name, port), those, tenant)


def _managed(tenant: Tenant, storage: Storage, ports: PortAnswers, vantages: Vantages) -> Iterator[Verdict]:
    tried = ports.at_management(tenant.name, storage.name)
    tried = [one for one in tried if one.address] or tried  # another collection may know what the name leads to
    if not tried:
        own = storage.management_address in {one.stated_address for one in tenant.data_paths} - {""}
        says = f"{tenant.name} uses the management address as its data path: SMB must answer there" if own else ""
        says = says or (vantages.why_not(tenant.name) if not vantages.asked(tenant.name) else "it was not tried")
        yield unknown(storage.name, says, tenant=tenant.name)
    for address, port in dict.fromkeys((one.address, one.port) for one in tried):
        those = [one for one in tried if (one.address, one.port) == (address, port)]
        opened = _opened(those)
        if opened:
            subject = _subject(storage.name, port)
            yield _reached(MANAGEMENT_REACHABLE, subject, opened, tenant, address, port, storage=storage.name)
        else:
            yield _kept_out(_subject(storage.name, port), those, tenant)


def _subject(name: str, port: int) -> str:
    return name if port == SMB else f"{name} TCP {port}"


def _opened(tried: Sequence[PortAnswer | ManagementPort]) -> list[Observed[PortReply]]:
    seen = [one.seen for one in tried if isinstance(one.seen, Observed)]
    return [one for one in seen if one.value.state == PortState.OPEN]


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
        networks=tenant.networks or ("its addresses",),
        **more,
    )


def _kept_out(subject: str, tried: Sequence[PortAnswer | ManagementPort], tenant: Tenant) -> Verdict:
    answers = [one.seen for one in tried if isinstance(one.seen, Observed)]
    if answers:
        return fine(subject, *answers, tenant=tenant.name)
    silent = [one.seen for one in tried if isinstance(one.seen, Unobserved)]
    return unknown(subject, *silent, tenant=tenant.name, says=why(silent[0]) if not tried[0].address else "")


def _why_not(tenant: Tenant, path: DataPath, vantages: Vantages) -> str:
    if not vantages.asked(tenant.name):
        return vantages.why_not(tenant.name)
    if path.stated_address in {one.stated_address for one in tenant.data_paths} - {""}:
        return f"{tenant.name} uses the same address {path.stated_address}: the network cannot keep them apart"
    return f"no address of {path.name} is known that is not {tenant.name}'s"
