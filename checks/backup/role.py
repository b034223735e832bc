"""Checks that the accounts that back up hold the role Super Admin of the VMstore.

A VMstore has no group Backup Operators: the role Super Admin has its effect. Tintri grants it to a group of the Hyper-V
hosts' computer accounts for DPM, and to the service accounts for Veeam; that Commvault needs the same is inferred. The
role should be granted to a group, so that a new host needs no change on the VMstore, and to no group that contains more
than these accounts, because it gives access to the shares of every tenant. krbcheck reads the roles and their groups by
the REST API, and the groups of each account from the directories. A VMstore that does not return its roles, because the
account is read-only, is not determined: it may have granted the role.

Evidence: the roles with their external groups (REST), and the account's SID and tokenGroups.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from krbcheck.facts.observation import Observed
from krbcheck.facts.share_access import ShareAccess
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Backup, Site
from krbcheck.views.backup_accounts import BackupAccounts, CarriedSids
from krbcheck.views.backup_roles import BackupRoles
from krbcheck.views.vmstore_roles import SuperAdmins
from krbcheck.windows.common_steps import NEW_TICKETS, new_tickets
from krbcheck.windows.remedy import changes, fill, looks

GRANT = changes(
    says="Settings > Management Access: map {group} to the role Super Admin. The reference of the REST API has PUT "
    "/api/v310/role/ID with the list of all external groups, and does not state whether it adds or replaces",
    on="the VMstore {storage}",
    needs="the role Super Admin",
    undo_says="remove the mapping of {group}",
    caution="the role gives access to all shares of the VMstore",
)
UNMAP = changes(
    says="Settings > Management Access: remove the mapping of {holder}, after a backup with the other group succeeded",
    on="the VMstore {storage}",
    undo_says="map {holder} to the role again",
)
MEMBERS = (looks(says="List the members of {holder}, and compare them with backup: accounts in the site file"),)
OWN_GROUP = "a group of these accounts alone"
NO_ROLE = Problem(
    "no-role",
    Severity.ERROR,
    says="{account} does not hold the role Super Admin of {storage}: {found}",
    alternatives=((GRANT, *NEW_TICKETS, UNMAP),),
    remedy=(),
    means="The VMstore denies the account what the permissions of the shares do not grant, so that backups fail.",
    explains=[
        explains("backup.rights/no-backup-right", "backup.rights/no-restore-right", same="account storage"),
        explains("backup.effective", "backup.effective/not-in-effect", same="account storage"),
        explains("backup.vss", same="storage account=denied"),
        explains("backup.role/wider-than-needed", same="storage wide=holder"),
        explains("isolation.administrators/over-privileged", same="storage wide=role_holder"),
    ],
)
ONE_BY_ONE = Problem(
    "granted-one-by-one",
    Severity.WARNING,
    says="{account} holds the role Super Admin of {storage} directly, not by a group",
    alternatives=((GRANT, *NEW_TICKETS, UNMAP),),
    remedy=(),
    means="Every new host needs a change on the VMstore, and a host that is removed keeps the role until an "
    "administrator removes it there.",
)
WIDER = Problem(
    "wider-than-needed",
    Severity.WARNING,
    says="{holder} holds the role Super Admin of {storage} and reaches tenants: {reached}",
    alternatives=((*MEMBERS, GRANT, UNMAP),),
    remedy=(),
    means="These accounts of tenants open the shares of every tenant of the VMstore, whatever the permissions of the "
    "shares contain.",
)


@check(
    id="backup.role",
    title="The group of the backup accounts holds the role Super Admin of the VMstore",
    tells="Which backup account lacks the role, and which group with the role is wider than needed.",
    problems=[NO_ROLE, ONE_BY_ONE, WIDER],
    refs=["Tintri/tintri-rest-api: GET /v310/role", "MS-ADTS 3.1.1.4.5.19 (tokenGroups)"],
    part_is_enough=[ShareAccess],
)
def role(site: Site, roles: BackupRoles, accounts: BackupAccounts) -> Iterator[Verdict]:
    reported: set[str] = set()
    for backup in site.backups:
        supers = roles.super_admins(backup.storage)
        if supers is None:
            continue
        reached = _reached(site, backup, roles, accounts)
        yield from (_judged(backup, account, supers, roles, accounts, reached) for account in backup.accounts)
        if backup.storage not in reported:
            yield from _wider(backup, supers, reached)
        reported.add(backup.storage)


def _judged(
    backup: Backup,
    account: str,
    supers: SuperAdmins,
    roles: BackupRoles,
    accounts: BackupAccounts,
    wide: Collection[str],
) -> Verdict:
    """`wide` are the groups with the role that contain tenants' accounts."""
    subject, tenant = f"{account} on {backup.storage}", accounts.tenant_of(account)
    owner = accounts.of(account)
    grounds = (*supers.grounds, *owner.why)
    if not owner.sid:
        return unknown(subject, *grounds, tenant=tenant, says=f"the SID of {account} is not known")
    by_group = roles.by_group(backup.storage, account, owner)
    if by_group:
        return fine(subject, *grounds, f"the role is granted to {by_group}", tenant=tenant)
    values = {"account": account, "storage": backup.storage, "group": backup.group or OWN_GROUP}
    grant = (*fill([GRANT], values), *new_tickets(account))
    if roles.by_itself(backup.storage, owner):
        return ONE_BY_ONE.with_steps((*grant, *fill([UNMAP], {**values, "holder": account})))(
            subject,
            *grounds,
            tenant=tenant,
            expected=f"the role granted to {values['group']}",
            found=f"the role granted to {account}",
            **values,
        )
    if doubt := roles.doubt(backup.storage, account, owner):
        about = {"appliance": backup.storage} if supers.why_not else {"account": account}
        step = supers.next_step(doubt)
        return unknown(subject, *grounds, tenant=tenant, says=doubt, about=about, next_step=step)
    instead = (step for holder in wide for step in fill([UNMAP], {**values, "holder": holder}))
    finding = NO_ROLE.with_steps((*grant, *instead))(
        subject,
        *grounds,
        tenant=tenant,
        expected=f"the role granted to {values['group']}",
        found=f"it is granted to {roles.granted(backup.storage) or 'no group'}",
        **values,
    )
    group = accounts.group(backup.group) if backup.group else None
    granted = isinstance(group, Observed) and supers.through([group.value.sid]) is not None
    through = "group" if granted else "none"
    return labelled(finding, account=account, storage=backup.storage, through=through, wide=wide)


def _reached(
    site: Site, backup: Backup, roles: BackupRoles, accounts: BackupAccounts
) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """The tenants' accounts that do not back up and have the role, by its holder and tenant."""
    backing = {name.lower() for entry in site.backups if entry.storage == backup.storage for name in entry.accounts}
    reached: dict[str, dict[str, list[str]]] = {}
    for tenant, principal in site.principals():
        if principal.name.lower() in backing:
            continue
        owner: CarriedSids = accounts.of(principal.name)
        if owner.sid and (holder := roles.by_group(backup.storage, principal.name, owner)):
            reached.setdefault(holder, {}).setdefault(tenant.name, []).append(principal.name)
    return reached


def _wider(
    backup: Backup, supers: SuperAdmins, reached: Mapping[str, Mapping[str, Sequence[str]]]
) -> Iterator[Verdict]:
    """Yields one finding for each group with the role that contains tenants' accounts that do not back up."""
    for holder, tenants in reached.items():
        found = "; ".join(f"{tenant}: {', '.join(names[:3])}" for tenant, names in tenants.items())
        own = backup.group if backup.group and backup.group.lower() != holder.lower() else OWN_GROUP
        steps = (
            *fill(MEMBERS, {"holder": holder}),
            *fill([GRANT], {"group": own, "storage": backup.storage}),
            *fill([UNMAP], {"holder": holder, "storage": backup.storage}),
        )
        finding = WIDER.with_steps(steps)(
            f"{holder} on {backup.storage}",
            *supers.grounds,
            expected="a group of the accounts that back up alone",
            found=found,
            holder=holder,
            group=own,
            storage=backup.storage,
            tenants=list(tenants),
            reached=", ".join(tenants),
        )
        yield labelled(finding, storage=backup.storage, holder=holder)
