"""Checks that the interfaces that the storage returns for SMB Multichannel lie in the tenant's networks.

An SMB 3 host queries the storage for all network interfaces that accept further connections, and then connects to them.
If a storage with an address in each tenant's VLAN returns all of them, every tenant learns the addresses of the other
tenants and of the management network. The host loses time on connections that the firewall blocks; where no firewall
blocks them, disk traffic uses a network that is not intended for it. One principal of each tenant sends the query
(FSCTL_QUERY_NETWORK_INTERFACE_INFO) on each data path. Link-local and loopback addresses do not count. A storage that
returns no interfaces passes.

Evidence: the interfaces that the storage returns in a session of one principal of the tenant.
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
from krbcheck.views.query_gaps import why_no_speaker
from krbcheck.windows.common_steps import ELEVATED, hosts_of
from krbcheck.windows.ntstatus import (
    STATUS_INVALID_DEVICE_REQUEST,
    STATUS_INVALID_PARAMETER,
    STATUS_NOT_SUPPORTED,
    ntstatus_name,
)
from krbcheck.windows.remedy import changes, looks, variants
from krbcheck.windows.server_steps import samba_setting, server_setting

from ._wording import in_the_dark

FSCTL = "FSCTL_QUERY_NETWORK_INTERFACE_INFO"
NONE_OFFERED = (STATUS_NOT_SUPPORTED, STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_PARAMETER)
"""Responses of servers that do not support SMB Multichannel (MS-SMB2 3.3.5.15.11)."""

FOREIGN_INTERFACE = Problem(
    "foreign-interface",
    Severity.WARNING,
    says="{subject} returns interfaces outside the networks of {tenant} for SMB Multichannel: {found}",
    remedy=(
        changes(
            "New-SmbMultichannelConstraint -ServerName {subject} -InterfaceAlias INTERFACE -Force",
            says="Without a change on the storage: INTERFACE is the interface of the storage network",
            on=hosts_of("{tenant}"),
            needs=ELEVATED,
            undo="Get-SmbMultichannelConstraint -ServerName {subject} | Remove-SmbMultichannelConstraint -Force",
            verify="Get-SmbMultichannelConnection",
            shows="only addresses in the networks of {tenant}",
        ),
        *variants(
            "{storage}",
            windows=server_setting(
                "{storage}",
                "EnableMultiChannel $false",
                "EnableMultiChannel $true",
                caution="hosts lose additional connections, and with them bandwidth and failover between links",
            ),
            samba=samba_setting(
                "{storage}",
                "global",
                "server multi channel support = no",
                caution="hosts lose additional connections, and with them bandwidth and failover between links",
            ),
            vmstore=[
                looks(
                    says="Disable SMB Multichannel, if this version has the setting",
                    on="the VMstore user interface of {storage}",
                )
            ],
        ),
    ),
    means="Every tenant learns the addresses of the other tenants and of the management network, and its hosts "
    "connect to them. Behind a firewall the hosts lose time; without one the tenants are not isolated.",
    together=["storage"],
)


@check(
    id="smb.multichannel",
    title="The SMB Multichannel interfaces of the storage lie in the tenant's networks",
    tells="Which addresses the storage returns to the hosts of each tenant for SMB Multichannel.",
    problems=[FOREIGN_INTERFACE],
    refs=["MS-SMB2 2.2.32.5", "MS-SMB2 3.3.5.15.11", "MS-SMB2 3.2.4.20.10"],
)
def smb_multichannel(site: Site, interfaces: NetworkInterfaces, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        seen = first_seen(interface.seen for interface in interfaces.of(tenant.name, path.name))
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
        return f"the storage rejects the session with {ntstatus_name(said.status)} (see smb.session)"
    return f"the storage rejects {said.refused} with {ntstatus_name(said.status)}"


def _judged(site: Site, tenant: Tenant, path: DataPath, seen: Observed[InterfaceReply]) -> Verdict:
    foreign = [interface for interface in _usable(seen.value.interfaces) if not tenant.holds(interface.address)]
    if not foreign:
        return fine(path.name, seen, tenant=tenant.name)
    return FOREIGN_INTERFACE(
        path.name,
        seen,
        tenant=tenant.name,
        expected=f"addresses in {', '.join(tenant.networks)}",
        found=", ".join(dict.fromkeys(_words(site, interface) for interface in foreign)),
        storage=path.storage,
    )


def _usable(interfaces: Sequence[Interface]) -> Iterator[Interface]:
    for interface in interfaces:
        if interface.address and not (
            ip_address(interface.address).is_link_local or ip_address(interface.address).is_loopback
        ):
            yield interface


def _words(site: Site, interface: Interface) -> str:
    owner = site.tenant_of_address(interface.address)
    return f"{interface.address} (network of {owner.name})" if owner else interface.address
