"""Checks that the backup product works with the storage and with the Windows version of the hosts.

DPM 2012 R2 needs its agent on the SMB file server, so it supports Windows file servers only; Microsoft lists storage of
other vendors for DPM 2016 and later. Each DPM version supports certain versions of Windows Server on the hosts
(Microsoft, "What can DPM back up" and "Back up Hyper-V virtual machines"). krbcheck reads them from the computer
accounts (operatingSystem, operatingSystemVersion). Tintri validated DPM 2016 with VMstore firmware 4.4.2 and later;
that later versions of DPM need the same firmware is inferred. Nothing public states the requirements of Veeam and
Commvault for a file server that is not Windows: what the check reports about them is inferred from the requirements
for Windows file servers, and marked so.

Evidence: the product of the site file, the computer accounts of the hosts and of the storage, and the firmware of the
VMstore (REST), or the version of its API where the firmware is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.share_access import ShareAccess
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Backup, Site, realm_of
from krbcheck.views.backup_accounts import BackupAccounts
from krbcheck.views.host_systems import HostSystems
from krbcheck.views.vmstore_firmware import Firmware, VmstoreFirmwares
from krbcheck.windows.remedy import Remedy, changes, fill, looks

HOSTS = {
    "dpm-2012r2": ("2008 R2", "2012", "2012 R2"),
    "dpm-2016": ("2008 R2", "2012", "2012 R2", "2016"),
    "dpm-2019": ("2012", "2012 R2", "2016", "2019", "2022"),
    "dpm-2022": ("2016", "2019", "2022"),
    "dpm-2025": ("2019", "2022", "2025"),
}
"""The releases of Windows Server on Hyper-V hosts that each version of DPM supports."""
INFERENCES = {
    "veeam": "Veeam describes SMB 3.0 file servers that run Windows: an on-host backup needs remote VSS (backup.vss), "
    "an off-host backup full access of the proxy's computer account; that the same is sufficient on {storage} is "
    "inferred",
    "veeam on-host": "Veeam describes SMB 3.0 file servers that run Windows: an on-host backup needs the File Share "
    "Shadow Copy Agent on the server (backup.vss); that the agent of {storage} is sufficient is inferred",
    "veeam off-host": "Veeam describes SMB 3.0 file servers that run Windows: an off-host backup needs full access of "
    "the proxy's computer account to the share, and a domain that is the storage's or trusted; that the same is "
    "sufficient on {storage} is inferred",
    "commvault": "Commvault documents IntelliSnap with Tintri storage for VMware only, so a backup of Hyper-V is a "
    "streaming backup; that its service accounts need the same role as those of Veeam is inferred",
}

NEWER_DPM: Remedy = (
    looks(
        "Get-DPMProtectionGroup", on="the DPM server", needs="DPM Management Shell", shows="what has to be protected"
    ),
    changes(
        says="Upgrade DPM to {newer}, and correct the product under backup in the site file",
        on="the DPM server",
        undo_says="restore the DPM server and its database from their backup",
        caution="a version of DPM upgrades its database; a downgrade is not possible",
        interrupts=True,
    ),
)
NEWER_HOST: Remedy = (
    changes(
        says="Move the virtual machines of {account} to another host, and upgrade it to Windows Server {newest}",
        on="{account}",
        undo_says="install the former release, and move the virtual machines back",
        caution="the host is not available during the upgrade",
        interrupts=True,
    ),
    changes(
        "Update-VMVersion -Name VM",
        says="for each virtual machine: DPM tracks changes only in new configuration versions",
        on="{account}",
        undo_says="restore the virtual machine from a backup",
        caution="the virtual machine must be shut down, and no older host can run it any more",
        interrupts=True,
    ),
)
UNSUPPORTED = Problem(
    "unsupported",
    Severity.ERROR,
    says="{product} does not support {what}: {found}",
    remedy=(),
    means="The product rejects the protection of virtual machines on this storage or these hosts, or its backups fail "
    "although names, tickets and rights are correct.",
    alternatives=(NEWER_DPM, NEWER_HOST),
    together=["product", "upgrade"],
)
INFERRED = Problem(
    "inferred",
    Severity.NOTE,
    says="{product} is not documented to work with {storage}; what it needs is inferred",
    remedy=(looks(says="No fix is needed. Confirm with the vendor of {product} what it needs on {storage}."),),
    means="The other checks of backup apply what the product needs on a Windows file server.",
)

FIRMWARE_TOO_OLD = Problem(
    "firmware-too-old",
    Severity.ERROR,
    says="{storage} has firmware {found}; {product} needs 4.4.2 or later",
    remedy=(
        looks(says="Download firmware 4.4.2 or later from Tintri's support portal, and read its release notes"),
        changes(
            says="Settings > Upgrade: update the firmware",
            on="the VMstore {storage}",
            needs="the role Super Admin",
            undo_says="Tintri's support returns to the former firmware",
            caution="the controllers restart one after the other; update outside the hours of the backup",
            interrupts=True,
        ),
    ),
    means="Tintri validated DPM 2016 with firmware 4.4.2: older firmware does not grant hosts what a backup needs. "
    "That later versions of DPM need it too is inferred.",
)


@check(
    id="backup.product",
    title="The backup product supports the storage and the hosts",
    tells="Which host or storage the product does not support.",
    problems=[UNSUPPORTED, FIRMWARE_TOO_OLD, INFERRED],
    refs=["MS-ADA3 2.56 (operatingSystem)", "MS-ADA3 2.58 (operatingSystemVersion)"],
    part_is_enough=[ShareAccess],
)
def product(
    site: Site, systems: HostSystems, accounts: BackupAccounts, firmwares: VmstoreFirmwares
) -> Iterator[Verdict]:
    for backup in site.backups:
        yield from _storage(site, backup, systems)
        if backup.is_dpm and backup.product != "dpm-2012r2" and site.storage(backup.storage).vmstore_api:
            yield _firmware(backup, firmwares.of(backup.storage))
        if backup.is_dpm:
            yield from (_host(backup, account, systems, accounts) for account in backup.accounts)


def _storage(site: Site, backup: Backup, systems: HostSystems) -> Iterator[Verdict]:
    subject = f"{backup.product} with {backup.storage}"
    if backup.is_dpm and backup.product != "dpm-2012r2":
        yield fine(subject, f"{backup.product} supports SMB 3.0 storage of other vendors")
        return
    system = systems.of(site.storage(backup.storage).account)
    if not system.known:
        yield unknown(subject, *system.why, says=f"whether {backup.storage} runs Windows could not be determined")
    elif system.is_windows:
        yield fine(subject, *system.why)
    elif backup.is_dpm:
        finding = UNSUPPORTED.with_steps(fill(NEWER_DPM, {"newer": "dpm-2016 or later"}))(
            subject,
            *system.why,
            expected="a Windows file server, on which DPM's agent is installed",
            found=f"DPM 2012 R2 needs its agent on the file server; {backup.storage} states "
            f"{system.name or 'no operating system'}",
            product=backup.product,
            what=backup.storage,
        )
        yield labelled(finding, product=backup.product, upgrade="DPM", storage=backup.storage)
    else:
        yield INFERRED(
            subject,
            *system.why,
            expected=f"a statement of the vendor about {backup.storage}",
            found=INFERENCES[f"{backup.product} {backup.mode}".strip()].format(storage=backup.storage),
            product=backup.product,
            storage=backup.storage,
        )


def _firmware(backup: Backup, firmware: Firmware) -> Verdict:
    subject = f"{backup.product} with the firmware of {backup.storage}"
    if firmware.at_least_4_4_2 is None:
        return unknown(subject, *firmware.why, says=firmware.summary, about={"appliance": backup.storage})
    if firmware.at_least_4_4_2:
        return fine(subject, *firmware.why)
    return FIRMWARE_TOO_OLD(
        subject,
        *firmware.why,
        expected="4.4.2 or later",
        found=firmware.summary,
        storage=backup.storage,
        product=backup.product,
    )


def _host(backup: Backup, account: str, systems: HostSystems, accounts: BackupAccounts) -> Verdict:
    subject, tenant = f"{backup.product} with {account}", accounts.tenant_of(account)
    system, supported = systems.of(account), HOSTS[backup.product]
    if not system.known:
        about = {"account": account, "directory": realm_of(account).lower()}
        return unknown(subject, *system.why, tenant=tenant, about=about)
    if not system.release:
        says = f"the account of {account} states no operating system"
        if system.name:
            says = f"the account of {account} states {system.name}, which is not a known release of Windows Server"
        return unknown(subject, *system.why, tenant=tenant, says=says, about={"account": account})
    if system.release in supported:
        return fine(subject, *system.why, tenant=tenant)
    newer = next((name for name, hosts in HOSTS.items() if system.release in hosts and name > backup.product), "")
    steps = (
        fill(NEWER_DPM, {"newer": newer}) if newer else fill(NEWER_HOST, {"account": account, "newest": supported[-1]})
    )
    finding = UNSUPPORTED.with_steps(steps)(
        subject,
        *system.why,
        tenant=tenant,
        expected=f"Windows Server {', '.join(supported)}",
        found=f"it runs Windows Server {system.release}",
        product=backup.product,
        what=account,
    )
    return labelled(finding, product=backup.product, upgrade="DPM" if newer else account, account=account)
