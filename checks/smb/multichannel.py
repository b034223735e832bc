"""The interfaces that the storage offers for more channels lie in the tenant's networks.

A host with SMB 3 asks the storage, in its session, for all network interfaces that may carry further connections
(multichannel), and then tries them. A storage with a leg in each tenant's VLAN that offers all of them tells every
tenant the addresses of the others and of its management network; the host loses time on connections that no router
lets through, or, where one does, its virtual disks leave by a way that nobody planned. One principal of each tenant
asks on each data path (FSCTL_QUERY_NETWORK_INTERFACE_INFO). Addresses that no host can use from elsewhere (link-local,
loopback) are left out. A storage that offers none is as it should be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from krbcheck.facts.directory import first_seen
from krbcheck.facts.observation import Observed
from krbcheck.facts.smb_features import Interface, InterfaceReply, NetworkInterfaces
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.windows.ntstatus import (
    STATUS_INVALID_DEVICE_REQUEST,
    STATUS_INVALID_PARAMETER,
    STATUS_NOT_SUPPORTED,
    ntstatus_name,
)

from ._asked import in_the_dark, why_no_speaker

FSCTL = "FSCTL_QUERY_NETWORK_INTERFACE_INFO"
NONE_OFFERED = (STATUS_NOT_SUPPORTED, STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_PARAMETER)
"""How servers without multichannel answer that question (MS-SMB2 3.3.5.15.11)."""

FOREIGN_INTERFACE = Problem(
    "foreign-interface",
    Severity.WARNING,
    says="{subject} offers {tenant}'s hosts interfaces outside {tenant}'s networks: {found}",
    remedy="On {storage}: 'server multi channel support = no' in smb.conf (Samba), Set-SmbServerConfiguration "
    "-EnableMultiChannel $false (Windows), or the appliance's multichannel setting; on the hosts until then: "
    "New-SmbMultichannelConstraint -ServerName {subject} -InterfaceAlias <the host's storage network>",
    means="Every tenant learns the addresses of the others and of the management network, and its hosts try to open "
    "connections to them: time is lost where a firewall stands, isolation where none does.",
)


@check(
    id="smb.multichannel",
    title="The interfaces that the storage offers lie in the tenant's networks",
    tells="Which addresses the storage offers each tenant's hosts for further connections.",
    problems=[FOREIGN_INTERFACE],
    refs=["MS-SMB2 2.2.32.5", "MS-SMB2 3.3.5.15.11", "MS-SMB2 3.2.4.20.10"],
)
def smb_multichannel(site: Site, interfaces: NetworkInterfaces, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        seen = first_seen(one.seen for one in interfaces.of(tenant.name, path.name))
        if not isinstance(seen, Observed):
            yield in_the_dark(path.name, seen or why_no_speaker(tenant, path, vantages), tenant.name)
        elif seen.value.refused == FSCTL and seen.value.status in NONE_OFFERED:
            yield fine(path.name, seen, tenant=tenant.name)
        elif seen.value.refused:
            yield unknown(path.name, seen, tenant=tenant.name, says=_why(seen.value))
        else:
            yield _judged(site, tenant, path, seen)


def _why(said: InterfaceReply) -> str:
    if said.refused == "SESSION_SETUP":
        return f"the session is refused with {ntstatus_name(said.status)} (see smb.session)"
    return f"{said.refused} is refused with {ntstatus_name(said.status)}"


def _judged(site: Site, tenant: Tenant, path: DataPath, seen: Observed[InterfaceReply]) -> Verdict:
    foreign = [one for one in _usable(seen.value.interfaces) if not tenant.holds(one.address)]
    if not foreign:
        return fine(path.name, seen, tenant=tenant.name)
    return FOREIGN_INTERFACE(
        path.name,
        seen,
        tenant=tenant.name,
        expected=f"addresses in {', '.join(tenant.networks)}",
        found=", ".join(dict.fromkeys(_words(site, one) for one in foreign)),
        storage=path.storage,
    )


def _usable(interfaces: Sequence[Interface]) -> Iterator[Interface]:
    for one in interfaces:
        if one.address and not (ip_address(one.address).is_link_local or ip_address(one.address).is_loopback):
            yield one


def _words(site: Site, one: Interface) -> str:
    owner = site.tenant_of_address(one.address)
    return f"{one.address} ({owner.name}'s)" if owner else one.address
