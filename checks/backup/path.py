"""Checks that every data path is a name, not an IP address.

Kerberos identifies services by name. For `\\\\10.77.11.30\\AliceVMs` a Windows host uses NTLM, if it is allowed: no SPN
exists for an address unless an administrator registers one and changes every client (`TryIPSPN`), and the storage
cannot move to another address. Backup depends on names too: DPM, Veeam and Commvault determine the file server of a
virtual disk from the path that Hyper-V stores, request a remote snapshot from it over Kerberos, and for an address fail
or use a slower method. The check reads the paths from the site file only and queries no server.

Evidence: the site file alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled
from krbcheck.site.stated import Site
from krbcheck.windows.common_steps import hosts_of, register_spn
from krbcheck.windows.dns_steps import add_address
from krbcheck.windows.remedy import changes, looks

BY_ADDRESS = Problem(
    "by-address",
    Severity.ERROR,
    says="{subject}, a data path of {tenant}, is an IP address; Kerberos and backup need a name",
    remedy=(
        *add_address("{zone}", "{record}", "{address}", "{server}"),
        *register_spn("cifs/{name}", "{account}", "{zone}"),
        looks(
            "Get-VMHardDiskDrive -VMName * | Where-Object Path -like '\\\\{address}\\*'",
            says="List the virtual disks that use the address",
            on=hosts_of("{tenant}"),
            needs="the Hyper-V module",
        ),
        changes(
            "Get-VMHardDiskDrive -VMName VM | Where-Object Path -like '\\\\{address}\\*' | ForEach-Object {{ "
            "Set-VMHardDiskDrive -VMHardDiskDrive $_ -Path $_.Path.Replace('{address}', '{name}') }}",
            says="For each virtual machine VM of that list",
            on=hosts_of("{tenant}"),
            needs="the Hyper-V module",
            undo="Get-VMHardDiskDrive -VMName VM | Where-Object Path -like '\\\\{name}\\*' | ForEach-Object {{ "
            "Set-VMHardDiskDrive -VMHardDiskDrive $_ -Path $_.Path.Replace('{name}', '{address}') }}",
            verify="klist get cifs/{name}",
            caution="shut down the virtual machine before its paths change",
            interrupts=True,
        ),
        changes(
            says="Replace the address with {name} under data_paths in the site file",
            on="the host of krbcheck",
            undo_says="write the address again",
        ),
    ),
    means="Hosts use NTLM for an address, or fail where NTLM is disabled. Remote VSS needs Kerberos and a name, so "
    "backups of running virtual machines fail.",
    explains=[
        explains(
            "smb.session",
            "smb.share",
            "smb.encryption",
            "smb.multichannel",
            "isolation.own",
            "isolation.others",
            same="path",
        ),
        explains("isolation.acl", same="tenant storage"),
        explains("isolation.unstated", same="principal storage"),
    ],
)


def _server(site: Site, zone: str) -> str:
    """Returns a name server of the zone, as an administrator would name it."""
    domain = site.domain(zone)
    return domain.name_servers[0] if domain and domain.name_servers else zone


@check(
    id="backup.path",
    title="Every data path is a name",
    tells="Whether Kerberos and the backup products can use the paths of the hosts.",
    problems=[BY_ADDRESS],
    refs=["MS-FSRVP", "RFC 4120 section 6.2.1"],
)
def path(site: Site) -> Iterator[Verdict]:
    for tenant, entry in site.paths():
        if not entry.is_address:
            yield fine(entry.name, tenant=tenant.name)
            continue
        address = entry.stated_address
        named = [other for other in tenant.data_paths if not other.is_address and other.address == address]
        zone = site.storage(entry.storage).domain
        record = f"{entry.storage}-{tenant.name}".lower()
        name = named[0].name if named else f"{record}.{zone}"
        finding = BY_ADDRESS(
            entry.name,
            tenant=tenant.name,
            expected=f"a name, such as {name}",
            found=entry.name,
            name=name,
            address=address,
            zone=zone,
            record=record,
            server=_server(site, zone),
            account=site.storage(entry.storage).account.partition("@")[0],
        )
        principals = [principal.name for principal in tenant.principals]
        yield labelled(finding, address=address, path=entry.name, principal=principals)
