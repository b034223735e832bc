"""Which scenario shows each statement that the vendors make about backups, and how many faults of backup the lab has.

The statements are those of Microsoft about DPM ("Back up Hyper-V virtual machines", "What can DPM back up"), of Veeam
about SMB 3.0, of Tintri about Hyper-V hosts, and of MS-SMB2, MS-FSRVP and MS-LSAD about backup rights.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.lab.catalogue import all_faults
from fixtures.scenarios import SCENARIOS, expected_of, pinned_of

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tutorials" / "failed-backup.md"
FEWEST_FAULTS = 30
BACKUP = ("backup.", "isolation.backup/", "isolation.administrators/", "isolation.vlan/", "spn.vmstore/")

SHOWN_BY = (
    ("DPM 2012 R2 needs its agent on the SMB file server", "handmade-dpm-2012r2-needs-its-agent-on-the-file-server",
     "backup.product/unsupported"),
    ("DPM 2012 R2 works with a Windows file server", "handmade-dpm-2012r2-with-a-windows-file-server", ""),
    ("DPM 2016 supports no host newer than Windows Server 2016", "handmade-dpm-2016-with-a-newer-host",
     "backup.product/unsupported"),
    ("DPM 2025 supports no host older than Windows Server 2019", "dpm-2025-with-older-hosts",
     "backup.product/unsupported"),
    ("DPM 2022 supports no host older than Windows Server 2016", "handmade-dpm-2022-with-an-older-host",
     "backup.product/unsupported"),
    ("DPM 2016 needs firmware 4.4.2 of a VMstore", "vmstore-old-firmware", "backup.product/firmware-too-old"),
    ("DPM needs the File Server VSS Agent Service on each SMB server",
     "handmade-dpm-needs-the-file-server-vss-agent-on-each-smb-server", "backup.vss/no-remote-vss"),
    ("DPM needs full share and folder permissions of the computer accounts", "dpm-hosts-with-change",
     "backup.access/less-than-full"),
    ("Computer accounts with full permissions can back up", "handmade-dpm-hosts-have-full-access", ""),
    ("DPM supports no IP address as a storage location", "data-path-by-address", "backup.path/by-address"),
    ("DPM supports no IP address in the path of a disk", "vmstore-disk-by-address", "backup.machines/by-address"),
    ("DPM supports no path of 260 characters or more", "vmstore-path-too-long", "backup.machines/path-too-long"),
    ("DPM protects hosts of a trusted domain", "handmade-dpm-protects-hosts-of-a-trusted-domain", ""),
    ("DPM does not protect hosts of a domain without a trust", "dpm-server-of-untrusted-domain",
     "backup.domain/untrusted"),
    ("Agent and DPM server authenticate to each other", "handmade-dpm-needs-a-trust-in-both-directions",
     "backup.domain/one-way"),
    ("The agents connect to ports of the DPM server", "dpm-server-port-closed", "backup.server/port-closed"),
    ("The agents resolve the name of the DPM server", "dpm-server-without-address", "backup.server/no-address"),
    ("The hosts are in a group with backup rights", "host-not-in-backup-group", "backup.group/not-member"),
    ("The group of the hosts has the role Super Admin of the VMstore", "vmstore-role-missing", "backup.role/no-role"),
    ("A read-only account of the VMstore need not see the roles", "vmstore-roles-hidden", ""),
    ("A VMstore grants the role to a group, not to each host", "vmstore-role-to-each-host",
     "backup.role/granted-one-by-one"),
    ("Veeam on the host needs the agent on the SMB3 server",
     "handmade-veeam-on-host-needs-the-agent-on-the-smb3-server", "backup.vss/no-remote-vss"),
    ("Veeam off the host reads without remote VSS", "handmade-veeam-off-host-reads-without-remote-vss", ""),
    ("The computer account of Veeam's proxy has full access to the share", "handmade-veeam-proxy-needs-full-access",
     "backup.access/less-than-full"),
    ("The domains of Veeam's proxy and of the SMB3 server trust each other", "veeam-proxy-trusted-one-way",
     "backup.domain/one-way"),
    ("The service accounts of Veeam have the role Super Admin of the VMstore", "veeam-account-without-role",
     "backup.role/no-role"),
    ("The members of Backup Operators hold both rights", "access-backup-operator", "isolation.backup/crosses"),
    ("A group that contains the tenants' hosts opens the shares of all tenants", "backup-rights-to-hosts",
     "isolation.backup/crosses"),
    ("A storage need not return the holders of rights over LSARPC", "lsarpc-denied", ""),
    ("SeBackupPrivilege reads regardless of the ACL", "backup-right-missing", "backup.rights/no-backup-right"),
    ("SeRestorePrivilege writes regardless of the ACL", "restore-right-missing", "backup.rights/no-restore-right"),
    ("A server may evaluate the right at an open with backup intent",
     "handmade-backup-intent-opens-what-the-acl-denies", ""),
    ("Only a read shows that the right is in effect", "handmade-only-a-read-shows-the-right", ""),
    ("Samba ignores backup intent over SMB 2", "handmade-samba-ignores-backup-intent", ""),
    ("The agent of remote VSS serves administrators and backup operators only",
     "handmade-agent-denies-who-is-no-backup-operator", "backup.effective/not-in-effect"),
    ("The agent may not support a share", "remote-vss-not-supported", "backup.vss/share-not-supported"),
    ("A ticket contains the groups of the time when it was issued", "handmade-ticket-is-older-than-the-membership",
     "backup.effective/not-in-effect"),
    ("A right that is granted after the ticket is not in effect before a purge", "backup-right-not-in-effect",
     "backup.effective/not-in-effect"),
    ("The cache of a host contains tickets from before a change of groups", "stale-groups",
     "ticket.groups/stale-groups"),
    ("An appliance need not return rights, roles and remote VSS", "appliance-without-interfaces", ""),
)  # fmt: skip
"""A statement, the scenario that shows it, and the code of its finding; no code where the statement is met, or where
nothing can be determined."""

NOT_VISIBLE = (
    "Auto-mount is enabled on the host",
    "TCP Chimney offload is disabled on the host",
    "No virtual machine has files both on the storage and on a local disk",
    "The configuration version of each virtual machine is 5.0 or later",
    "The DPM agent of each host runs and is of the DPM server's version",
    "DPM 2012 R2 has update rollup 3 or later",
    "Files are not restored to a computer that uses remote SMB shares",
    "DPM, VMM and the hosts are in one domain",
    "The open SMB sessions of the host are newer than its tickets",
    "The agent of a host in a cluster without a trust uses certificates",
)
"""What the vendors state and no query from outside shows: it is inside the host or the backup server. The page about
failed backups has each with a command that shows it there.
"""


@pytest.mark.parametrize(("statement", "scenario", "code"), SHOWN_BY, ids=[scenario for _, scenario, _ in SHOWN_BY])
def test_each_statement_about_backups_has_a_scenario(statement: str, scenario: str, code: str) -> None:
    assert scenario in SCENARIOS, statement
    codes = {line.partition(" | ")[0] for line in expected_of(scenario)}
    assert codes >= {code} if code else not codes, statement
    assert [line for line in pinned_of(scenario) if line.startswith("backup.")], statement


def test_each_scenario_of_a_statement_is_named_once() -> None:
    scenarios = [scenario for _, scenario, _ in SHOWN_BY]
    assert len(set(scenarios)) == len(scenarios)


@pytest.mark.parametrize("statement", NOT_VISIBLE)
def test_what_is_not_visible_from_outside_is_documented_with_a_command(statement: str) -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith(f"| {statement} |")]
    assert len(rows) == 1, statement
    *_, shown_by, _ = rows[0].split("|")
    assert shown_by.strip(), statement


def test_the_page_lists_nothing_that_krbcheck_reports() -> None:
    rows = [line.split("|")[1].strip() for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    assert set(rows) == {*NOT_VISIBLE, "prerequisite"}


def test_the_lab_has_enough_faults_of_backup() -> None:
    """Those that lead to findings; what a REST API does not return leads to none, and is not counted."""
    faults = [
        fault.name
        for fault in all_faults().values()
        if any(code.startswith(BACKUP) for code in fault.leads_to)
        or (fault.name.startswith("vmstore-") and fault.leads_to)
    ]
    assert len(faults) >= FEWEST_FAULTS, sorted(faults)
