"""From a tenant's place no other tenant's data path answers.

Share permissions are one wall between tenants; the network is the other, and it has to hold when the first one fails:
backup rights open every share, an administrator's credential is stolen, an ACL is mistyped. From each tenant's own
address a TCP connection to port 445 of every other tenant's data paths is tried. A refusal, a router's no and silence
are all as they should be; an open port is a way in. The answer holds for the place it was asked from. On a station
with a leg in several VLANs, packets must leave by the leg whose address they carry (policy routing: `ip rule add from
ADDRESS table N`), else the station takes its own short cut and finds a way that no tenant has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.names import PortAnswer, PortAnswers, PortState
from krbcheck.facts.place import Vantages
from krbcheck.model import Observed, Problem, Severity, Verdict, check, fine, unknown
from krbcheck.site import DataPath, Site, Tenant

REACHABLE = Problem(
    "reachable",
    Severity.ERROR,
    says="From {tenant}'s place {other}'s data path {subject} answers at {address} TCP {port}",
    remedy="On the router between the VLANs deny {tenant}'s networks ({networks}) the address {address} (Cisco: deny "
    "tcp <network> host {address} eq {port}; Hyper-V: Add-VMNetworkAdapterExtendedAcl -Action Deny -Direction "
    "Outbound -RemoteIPAddress {address} -RemotePort {port} -Protocol TCP); on the storage leave {address} on "
    "{other}'s VLAN only",
    means="A host of one tenant can open an SMB connection to another tenant's data path. Only permissions stand "
    "between it and the other's virtual disks.",
)


@check(
    id="isolation.network",
    title="No tenant reaches another tenant's data path over the network",
    tells="Whether the VLANs keep the tenants apart even where permissions do not.",
    problems=[REACHABLE],
    refs=["MS-SMB2 section 2.1"],
)
def network(site: Site, ports: PortAnswers, vantages: Vantages) -> Iterator[Verdict]:
    for tenant in site.tenants:
        for owner, path in site.paths():
            if owner != tenant:
                yield from _judged(tenant, owner, path, ports, vantages)


def _judged(tenant: Tenant, owner: Tenant, path: DataPath, ports: PortAnswers, vantages: Vantages) -> Iterator[Verdict]:
    tried = ports.of(tenant.name, owner.name, path.name)
    if not tried:
        yield unknown(path.name, _why_not(tenant, path, vantages), tenant=tenant.name)
    for address in dict.fromkeys(one.address for one in tried):
        yield _verdict(tenant, owner, path, [one for one in tried if one.address == address])


def _verdict(tenant: Tenant, owner: Tenant, path: DataPath, tried: Sequence[PortAnswer]) -> Verdict:
    answers = [one.seen for one in tried if isinstance(one.seen, Observed)]
    opened = [one for one in answers if one.value.state == PortState.OPEN]
    if opened:
        return REACHABLE(
            path.name,
            *opened,
            tenant=tenant.name,
            expected="closed, filtered or unreachable",
            found="open",
            other=owner.name,
            address=tried[0].address,
            port=str(tried[0].port),
            networks=tenant.networks or ("its addresses",),
        )
    if answers:
        return fine(path.name, *answers, tenant=tenant.name)
    return unknown(path.name, *(one.seen for one in tried), tenant=tenant.name)


def _why_not(tenant: Tenant, path: DataPath, vantages: Vantages) -> str:
    if not vantages.asked(tenant.name):
        return vantages.why_not(tenant.name)
    if path.stated_address in {one.stated_address for one in tenant.data_paths} - {""}:
        return f"{tenant.name} uses the same address {path.stated_address}: the network cannot keep them apart"
    return f"no address of {path.name} is known that is not {tenant.name}'s"
