"""Every data path is a name, not an address.

Kerberos knows services by name. To `\\\\10.77.11.30\\AliceVMs` a Windows host goes with NTLM, if it goes at all: there
is no SPN for an address unless somebody registers one and changes every client (`TryIPSPN`), and the storage cannot be
moved to another address any more. Backup depends on it more than anything: DPM, Veeam and Commvault find the file
server of a virtual disk by the path that Hyper-V has stored, ask it for a remote snapshot by that name over Kerberos,
and refuse or fall back to slower ways for an address. The site file states the paths as the hosts use them, so this is
judged from it alone, without asking anybody.

Evidence: the site file alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine
from krbcheck.site.stated import Site

BY_ADDRESS = Problem(
    "by-address",
    Severity.ERROR,
    says="The data path {subject} of {tenant} is an address; Kerberos and backup need a name",
    remedy="Give the address a name (Add-DnsServerResourceRecordA -ZoneName {zone} -Name {record} -IPv4Address "
    "{address}) and an SPN (setspn -S cifs/{name} {account}); then let the hosts use it, for each virtual machine: "
    "Get-VMHardDiskDrive -VMName <vm> | Set-VMHardDiskDrive -Path \\\\{name}\\<share>\\<disk>.vhdx",
    means="Hosts use NTLM for an address, or nothing where NTLM is off. Remote VSS needs Kerberos and a name, so "
    "backups of running virtual machines fail.",
)


@check(
    id="backup.path",
    title="Every data path is a name",
    tells="Whether Kerberos and the backup products can work with the paths that the hosts use.",
    problems=[BY_ADDRESS],
    refs=["MS-FSRVP", "RFC 4120 section 6.2.1"],
)
def path(site: Site) -> Iterator[Verdict]:
    for tenant, one in site.paths():
        if not one.is_address:
            yield fine(one.name, tenant=tenant.name)
            continue
        address = one.stated_address
        named = [other for other in tenant.data_paths if not other.is_address and other.address == address]
        zone = site.storage(one.storage).domain
        record = f"{one.storage}-{tenant.name}".lower()
        name = named[0].name if named else f"{record}.{zone}"
        yield BY_ADDRESS(
            one.name,
            tenant=tenant.name,
            expected=f"a name, such as {name}",
            found=one.name,
            name=name,
            address=address,
            zone=zone,
            record=record,
            account=site.storage(one.storage).account.partition("@")[0],
        )
