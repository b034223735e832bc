"""The accounts that back up are in the group that is to hold the rights.

Rights and roles are granted to a group, so that a new host needs no work on the storage. With DPM the hosts' computer
accounts are its members, with Veeam and Commvault the service accounts. The group's members are read from every
controller of its domain, through any depth of groups and with the foreign ones of a trusted domain; the account's own
groups are read from its own domain. One of the two suffices.

Evidence: the account's SID and tokenGroups, and the members of the stated group.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.observation import Observed
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Backup, Site
from krbcheck.views.backup_accounts import BackupAccounts, plain
from krbcheck.windows.quoting import filled

NOT_MEMBER = Problem(
    "not-member",
    Severity.ERROR,
    says="{account} is not in {group}: {found}",
    remedy="{mend}",
    means="What is granted to the group does not reach this account: its backups and restores are refused access.",
)
ADD = (
    "Add-ADGroupMember -Identity '{name}' -Members '{sam}' (for an account of a trusted domain: -Members "
    "(Get-ADObject -Filter \"sAMAccountName -eq '{sam}'\" -Server {domain}), into a domain local group); then on the "
    "host: klist -li 0x3e7 purge"
)
MAKE_GROUP = "New-ADGroup -Name '{name}' -GroupScope Global; then Add-ADGroupMember -Identity '{name}' -Members '{sam}'"
CORRECT_ACCOUNT = "Correct {account} under backup: accounts in the site file, or make the account in {domain}"


@check(
    id="backup.group",
    title="The accounts that back up are in the stated group",
    tells="Which backup account is missing in the group that holds the rights.",
    problems=[NOT_MEMBER],
    refs=["MS-ADTS 3.1.1.4.5.19 (tokenGroups)"],
)
def backup_group(site: Site, accounts: BackupAccounts) -> Iterator[Verdict]:
    for backup in site.backups:
        if backup.group:
            for account in backup.accounts:
                yield _judged(accounts, backup, account)


def _judged(accounts: BackupAccounts, backup: Backup, account: str) -> Verdict:
    tenant = accounts.tenant_of(account)
    subject = f"{account} in {backup.group}"
    owner, group = accounts.of(account), accounts.group(backup.group)
    if not owner.sid and not owner.missing:
        return unknown(subject, *owner.why, tenant=tenant)
    if not isinstance(group, Observed):
        return unknown(subject, group, tenant=tenant)
    held = group.value
    if held.sid and (held.sid in owner.sids or owner.sids.intersection(held.members)):
        return fine(subject, *owner.why, group, tenant=tenant)
    if held.sid and not owner.complete and not owner.missing:
        says = f"tokenGroups of {account} could not be read, so {backup.group} may contain it by another group"
        return unknown(subject, *owner.why, group, tenant=tenant, says=says)
    template, found = ADD, "not among its members, nested ones included"
    if owner.missing:
        template, found = CORRECT_ACCOUNT, "there is no such account"
    elif not held.sid:
        template, found = MAKE_GROUP, "there is no such group"
    sam, _, realm = account.rpartition("@")
    mend = filled(template, {"name": plain(backup.group), "sam": sam, "domain": realm.lower(), "account": account})
    return NOT_MEMBER(
        subject,
        *owner.why,
        group,
        tenant=tenant,
        expected=f"a member of {backup.group}, which holds the rights for {backup.product}",
        found=found,
        account=account,
        group=backup.group,
        mend=mend,
    )
