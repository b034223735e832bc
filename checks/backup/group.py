"""Checks that the backup accounts are members of the group that holds the rights.

Rights and roles are granted to a group, so that a new host needs no change on the storage. The members are the hosts'
computer accounts for DPM, and the service accounts for Veeam and Commvault. krbcheck reads the members of the group
from every domain controller of its domain, through any depth of groups and with foreign members of a trusted domain,
and the groups of the account from its own domain. One of the two is sufficient.

Evidence: the account's SID and tokenGroups, and the members of the stated group.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.observation import Observed
from krbcheck.facts.share_access import ShareAccess
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Backup, Site, realm_of
from krbcheck.views.backup_accounts import BackupAccounts, plain
from krbcheck.windows.common_steps import NEW_TICKETS, ROOT, controller, new_tickets
from krbcheck.windows.group_steps import add_member
from krbcheck.windows.remedy import changes, fill, looks, variants

ADD = add_member(
    "{name}", "{sam}", "{domain}", says="If the account is in a trusted domain, the group must be domain local"
)
MAKE_GROUP = (
    *variants(
        "{domain}",
        windows=[
            changes(
                "New-ADGroup -Name '{name}' -GroupScope Global",
                on=controller("{domain}"),
                needs="the ActiveDirectory module and the right to create groups",
                undo="Remove-ADGroup -Identity '{name}' -Confirm:$false",
            )
        ],
        samba=[
            changes(
                "samba-tool group add '{name}'",
                on=controller("{domain}"),
                needs=ROOT,
                undo="samba-tool group delete '{name}'",
            )
        ],
    ),
    *ADD,
)
CORRECT_ACCOUNT = (
    looks(says="Correct {account} under backup: accounts in the site file, or create the account in {domain}"),
)
NOT_MEMBER = Problem(
    "not-member",
    Severity.ERROR,
    says="{account} is not a member of {group}: {found}",
    alternatives=(ADD, MAKE_GROUP, CORRECT_ACCOUNT, NEW_TICKETS),
    remedy=(),
    means="The account does not get what the group is granted: its backups and restores are denied access.",
    explains=[
        explains("backup.rights", "backup.effective", "backup.effective/not-in-effect", same="account"),
        explains("backup.role/no-role", same="account", where={"through": "group"}),
        explains("backup.vss", same="account=denied"),
    ],
)


@check(
    id="backup.group",
    title="The backup accounts are members of the stated group",
    tells="Which backup account is missing in the group that holds the rights.",
    problems=[NOT_MEMBER],
    refs=["MS-ADTS 3.1.1.4.5.19 (tokenGroups)"],
    part_is_enough=[ShareAccess],
)
def backup_group(site: Site, accounts: BackupAccounts) -> Iterator[Verdict]:
    for backup in site.backups:
        if backup.group:
            for account in backup.accounts:
                yield _judged(accounts, backup, account)


def _judged(accounts: BackupAccounts, backup: Backup, account: str) -> Verdict:
    tenant = accounts.tenant_of(account)
    subject = f"{account} in {backup.group}"
    about = {"account": account, "directory": realm_of(account).lower()}
    owner, group = accounts.of(account), accounts.group(backup.group)
    if not owner.sid and not owner.missing:
        return unknown(subject, *owner.why, tenant=tenant, about=about)
    if not isinstance(group, Observed):
        return unknown(subject, group, tenant=tenant, about=about)
    held = group.value
    if held.sid and (held.sid in owner.sids or owner.sids.intersection(held.members)):
        return fine(subject, *owner.why, group, tenant=tenant)
    if held.sid and not owner.complete and not owner.missing:
        says = f"tokenGroups of {account} could not be read, so {backup.group} may contain it by another group"
        return unknown(subject, *owner.why, group, tenant=tenant, about=about, says=says)
    template, found = ADD, "neither a direct nor a nested member"
    if owner.missing:
        template, found = CORRECT_ACCOUNT, "the account does not exist"
    elif not held.sid:
        template, found = MAKE_GROUP, "the group does not exist"
    sam, _, realm = account.rpartition("@")
    values = {"name": plain(backup.group), "sam": sam, "domain": realm.lower(), "account": account}
    tickets = () if template is CORRECT_ACCOUNT else new_tickets(account)
    finding = NOT_MEMBER.with_steps((*fill(template, values), *tickets))(
        subject,
        *owner.why,
        group,
        tenant=tenant,
        expected=f"a member of {backup.group}, which holds the rights for {backup.product}",
        found=found,
        account=account,
        group=backup.group,
    )
    return labelled(finding, account=account)
