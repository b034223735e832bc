"""Checks that the backup accounts hold SeBackupPrivilege and SeRestorePrivilege on the storage.

With these rights an account reads and writes files whatever their ACLs contain; without them it can back up only the
files that it can open. krbcheck queries the storage's LSA for the holders of each right (LSARPC), in a Kerberos session
of an ordinary account of the storage's domain. A holder is an account or a group. The groups of an account are those
that its directory returns, the stated groups that it is a member of, the groups of the storage's domain, and the
storage's local groups (such as Backup Operators), whose members the storage's SAM returns. Where a storage denies the
list, krbcheck queries the rights of each SID instead. On a VMstore the role Super Admin gives both rights
(backup.role). An appliance without LSARPC and without a REST API does not return them.

Evidence: the holders of each right (LSARPC), or the rights of every SID of the account, with the account's tokenGroups,
the members of the stated group, those of the storage's own groups, and, if a group of another domain holds the right,
the memberships of the account in the storage's domain.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from krbcheck.facts.directory import first_seen
from krbcheck.facts.observation import Observed
from krbcheck.facts.share_access import ShareAccess
from krbcheck.facts.smb import BACKUP_RIGHT, RESTORE_RIGHT, AccountRights, RightsReply
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Backup, Site
from krbcheck.views.backup_accounts import BackupAccounts
from krbcheck.views.backup_standing import BackupStandings
from krbcheck.views.rejected_readers import rejected
from krbcheck.views.right_standing import standing_of
from krbcheck.windows.common_steps import ELEVATED, NEW_TICKETS, ROOT, new_tickets
from krbcheck.windows.remedy import changes, fill, looks, variants

SESSION = "SESSION_SETUP"
"""Rejected at this step, the storage received no query."""

CROSSES = "on a storage of several tenants the right opens the shares of all of them (isolation.backup)"
REMEDY = (
    *variants(
        "{storage}",
        windows=[
            changes(
                "Add-LocalGroupMember -Group 'Backup Operators' -Member '{holder}'",
                on="{storage}",
                needs=ELEVATED,
                undo="Remove-LocalGroupMember -Group 'Backup Operators' -Member '{holder}'",
                caution=CROSSES,
            )
        ],
        samba=[
            changes(
                "net sam rights grant '{holder}' {right}",
                on="{storage}",
                needs=ROOT,
                undo="net sam rights revoke '{holder}' {right}",
                verify="net sam rights list {right}",
                shows="the list contains {holder}",
                caution=CROSSES,
            )
        ],
        vmstore=[
            changes(
                says="Settings > Management Access: add {holder} to the group with the role Super Admin",
                on="the VMstore user interface of {storage}",
                needs="the role Super Admin",
                undo_says="remove {holder} from that group",
                caution=CROSSES,
            )
        ],
    ),
)
NO_BACKUP_RIGHT = Problem(
    "no-backup-right",
    Severity.ERROR,
    says="{account} does not hold SeBackupPrivilege on {storage}",
    alternatives=((*REMEDY, *NEW_TICKETS),),
    remedy=(),
    means="A backup fails with access denied at the first file whose ACL does not grant access to the account.",
    explains=[
        explains("backup.effective", "backup.effective/not-in-effect", same="account storage"),
        explains("backup.vss", same="storage account=denied"),
    ],
)
NO_RESTORE_RIGHT = Problem(
    "no-restore-right",
    Severity.ERROR,
    says="{account} does not hold SeRestorePrivilege on {storage}",
    alternatives=((*REMEDY, *NEW_TICKETS),),
    remedy=(),
    means="Backups succeed but restores fail: files cannot be restored with their owners and ACLs.",
)
NOT_TOLD = Problem(
    "not-told",
    Severity.NOTE,
    says="{storage} does not return the holders of backup and restore rights: {found}",
    remedy=(
        looks(says="No fix is needed if {storage} is an appliance with its own roles"),
        *variants(
            "{storage}",
            windows=[looks("secedit /export /areas USER_RIGHTS /cfg rights.txt", on="{storage}", needs=ELEVATED)],
            samba=[looks("net sam rights list SeBackupPrivilege", on="{storage}", needs=ROOT)],
            vmstore=[
                looks(
                    says="Settings > Management Access: the group of the backup accounts must have the role "
                    "Super Admin",
                    on="the VMstore user interface of {storage}",
                )
            ],
        ),
    ),
    means="The rights are part of the Windows security model; an appliance need not return them over RPC.",
)
PROBLEMS = {BACKUP_RIGHT: NO_BACKUP_RIGHT, RESTORE_RIGHT: NO_RESTORE_RIGHT}


@check(
    id="backup.rights",
    title="The backup accounts hold backup and restore rights on the storage",
    tells="Which backup account lacks which right.",
    problems=[NO_BACKUP_RIGHT, NO_RESTORE_RIGHT, NOT_TOLD],
    refs=["MS-LSAD 3.1.4.5.9", "MS-LSAD 3.1.4.5.10", "MS-LSAD 3.1.1.2.1"],
    part_is_enough=[ShareAccess],
)
def backup_rights(
    site: Site, rights: AccountRights, accounts: BackupAccounts, standings: BackupStandings, vantages: Vantages
) -> Iterator[Verdict]:
    reported: set[str] = set()
    for backup in site.backups:
        seen = first_seen(storage.seen for storage in rights.storages if storage.storage == backup.storage)
        if supported := [name for name in backup.accounts if _by_role(standings, backup, name)]:
            yield from (_fine_by_role(standings, backup, name, accounts) for name in supported)
            backup = replace(backup, accounts=tuple(name for name in backup.accounts if name not in supported))
            if not backup.accounts:
                continue
        if not isinstance(seen, Observed):
            why = seen if seen is not None else _why_not_asked(site, backup, vantages)
            yield from (
                unknown(_subject(name, backup), why, tenant=accounts.tenant_of(name), about=_about(name, backup))
                for name in backup.accounts
            )
        elif seen.value.refused and seen.value.refused != SESSION:
            if backup.storage not in reported:
                yield NOT_TOLD(
                    backup.storage,
                    seen,
                    expected="a response over LSARPC",
                    found=seen.value.summary(),
                    storage=backup.storage,
                )
            reported.add(backup.storage)
            says = rejected(backup.storage, seen.value)
            for account in backup.accounts:
                yield unknown(
                    _subject(account, backup),
                    seen,
                    tenant=accounts.tenant_of(account),
                    says=says,
                    about=_about(account, backup),
                )
        else:
            for account in backup.accounts:
                yield from _judged(site, backup, account, seen, accounts)


def _by_role(standings: BackupStandings, backup: Backup, account: str) -> bool:
    """Whether the role Super Admin of a VMstore gives the account both rights."""
    standing = standings.by_role(backup.storage, account)
    return standing is not None and standing.held is True


def _fine_by_role(standings: BackupStandings, backup: Backup, account: str, accounts: BackupAccounts) -> Verdict:
    standing = standings.of(backup, account)
    return fine(_subject(account, backup), standing.summary, *standing.why, tenant=accounts.tenant_of(account))


def _subject(account: str, backup: Backup) -> str:
    return f"{account} on {backup.storage}"


def _about(account: str, backup: Backup) -> dict[str, str]:
    return {"account": account, "storage": backup.storage}


def _why_not_asked(site: Site, backup: Backup, vantages: Vantages) -> str:
    """Returns why the storage was not queried: no host has an address of its tenants, or it has no data path with a
    name.
    """
    for tenant, path in site.named_paths():
        if path.storage == backup.storage and not vantages.asked(tenant.name):
            return vantages.why_not(tenant.name)
    return f"{backup.storage} has no data path with a name, so it cannot be queried with Kerberos"


def _judged(
    site: Site, backup: Backup, account: str, seen: Observed[RightsReply], accounts: BackupAccounts
) -> Iterator[Verdict]:
    """One finding for each right that is missing, else one verdict for both."""
    about = _about(account, backup)
    subject, tenant = _subject(account, backup), accounts.tenant_of(account)
    if seen.value.refused:
        says = rejected(backup.storage, seen.value)
        yield unknown(subject, seen, tenant=tenant, says=says, about=about)
        return
    owner = accounts.at(account, backup.storage)
    if not owner.sid:
        yield unknown(subject, *owner.why, tenant=tenant, about=about)
        return
    group = accounts.group(backup.group)
    group_sid = group.value.sid if isinstance(group, Observed) else ""
    standing = {right: standing_of(seen.value, owner, right, group_sid, accounts.name) for right in PROBLEMS}
    lacking = [right for right, entry in standing.items() if entry.held is False]
    unclear = [entry.summary for entry in standing.values() if entry.held is None]
    if lacking and backup.group and not isinstance(group, Observed):
        yield unknown(
            subject,
            seen,
            *owner.why,
            group,
            tenant=tenant,
            says=f"the members of {backup.group} were not read",
            about=about,
        )
        return
    for right in lacking:
        values = {"account": account, "storage": backup.storage, "holder": backup.group or account, "right": right}
        finding = PROBLEMS[right].with_steps((*fill(REMEDY, values), *new_tickets(account)))(
            subject,
            seen,
            *owner.why,
            tenant=tenant,
            expected=f"{right} for the account or one of its groups, as {backup.product} needs it",
            found=standing[right].summary,
            **values,
        )
        yield labelled(finding, **about)
    if unclear:
        yield unknown(subject, seen, *owner.why, tenant=tenant, says="; ".join(unclear), about=about)
    elif not lacking:
        yield fine(subject, seen, *owner.why, tenant=tenant)
