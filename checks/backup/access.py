"""Checks that the computer accounts that back up have full access to the shares of their tenant, and to the folders.

DPM requires full permissions of the computer accounts of all Hyper-V hosts on the share and on its folder (Microsoft,
"Back up Hyper-V virtual machines"); Veeam requires them for an off-host proxy, whose computer account reads the disks.
isolation.acl compares the access lists with what the site file states, which may be less; this check compares them with
what the product needs. krbcheck computes the access from both descriptors and from the groups of the account, as
isolation.acl does. On a VMstore the role Super Admin has the same effect (backup.role). An account that is no tenant's
principal has no stated shares, so that only its backup rights are checked (backup.rights).

Evidence: the descriptors of the share and of its root folder, and the memberships of the account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from krbcheck.facts.share_access import ShareAccess
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Backup, Share, Site, Tenant, realm_of
from krbcheck.views.access_lists import AccessLists, ShareLists
from krbcheck.views.backup_standing import BackupStandings
from krbcheck.views.computed_access import Computed, ComputedAccess
from krbcheck.windows.access_masks import FULL, access_words
from krbcheck.windows.common_steps import ELEVATED, ROOT, STORAGE_ADMINISTRATOR, TOOLKIT
from krbcheck.windows.remedy import Remedy, changes, fill, looks, variants

SHARE = variants(
    "{storage}",
    windows=[
        changes(
            "Grant-SmbShareAccess -Name '{share}' -AccountName '{who}' -AccessRight Full -Force",
            on="{storage}",
            needs=ELEVATED,
            undo="Revoke-SmbShareAccess -Name '{share}' -AccountName '{who}' -Force",
            verify="Get-SmbShareAccess -Name '{share}'",
            shows="an entry Full for {who}",
            caution="if the account had an entry before, write it down: the undo removes all its entries",
        ),
    ],
    samba=[
        changes(
            "sharesec '{share}' --add='{sid}:ALLOWED/0x0/FULL'",
            says="{sid} is {who}. If an entry denies it access, remove that entry",
            on="{storage}",
            needs=ROOT,
            undo="sharesec '{share}' --remove='{sid}:ALLOWED/0x0/FULL'",
            verify="sharesec '{share}' --view",
            shows="{sid}:ALLOWED/0x0/FULL",
        ),
    ],
    vmstore=[
        changes(
            "Grant-TintriSmbShareAccess -Name '{share}' -User '{who}' -Access FullControl",
            on="a computer with the Tintri Automation Toolkit",
            needs=TOOLKIT,
            undo_says="Remove the entry with Revoke-TintriSmbShareAccess",
            verify="Get-TintriSmbShareAccess -Name '{share}'",
            shows="an entry FullControl for {who}",
        ),
    ],
)
"""Grants full access on the share."""
FOLDER = (
    changes(
        "icacls '\\\\{path}\\{share}' /grant '{who}:(OI)(CI)F'",
        says="Grant full control of the root folder",
        on="a host of {tenant}",
        needs=STORAGE_ADMINISTRATOR,
        undo="icacls '\\\\{path}\\{share}' /remove:g '{who}'",
        verify="icacls '\\\\{path}\\{share}'",
        shows="{who}:(OI)(CI)(F)",
        caution="the undo removes every entry of the account that grants: write down those before",
    ),
)
LESS_THAN_FULL = Problem(
    "less-than-full",
    Severity.ERROR,
    says="{account} does not have full access to {share} on {storage}, which {product} needs: {found}",
    alternatives=(SHARE, FOLDER),
    remedy=(looks(says="State access: full for {share} in the site file, so that isolation.acl expects it"),),
    means="The backup of a virtual machine fails with access denied at the first file that the account cannot open.",
)


@check(
    id="backup.access",
    title="The backup accounts have full access to the shares of their tenant",
    tells="Which backup account has less than full access to which share or folder.",
    problems=[LESS_THAN_FULL],
    refs=["MS-DTYP 2.5.3.2", "Microsoft, Back up Hyper-V virtual machines (2025-03-27)"],
    part_is_enough=[ShareAccess],
)
def access(
    site: Site, access_lists: AccessLists, computed: ComputedAccess, standings: BackupStandings
) -> Iterator[Verdict]:
    for backup in site.backups:
        if not backup.is_dpm and backup.mode != "off-host":
            continue
        lists = {entry.share.name.lower(): entry for entry in access_lists.of(site.storage(backup.storage))}
        for tenant, account, share in _stated(site, backup):
            yield _judged(backup, tenant, account, lists[share.name.lower()], computed, standings)


def _stated(site: Site, backup: Backup) -> Iterator[tuple[Tenant, str, Share]]:
    """The computer accounts that are a tenant's principals, each with the shares of the tenant on the storage."""
    wanted = {name.lower() for name in backup.accounts if name.partition("@")[0].endswith("$")}
    for tenant, principal in site.principals():
        if principal.name.lower() in wanted:
            for share in tenant.shares_of(backup.storage):
                yield tenant, principal.name, share


def _judged(
    backup: Backup,
    tenant: Tenant,
    account: str,
    lists: ShareLists,
    computed: ComputedAccess,
    standings: BackupStandings,
) -> Verdict:
    storage, share = backup.storage, lists.share.name
    subject, about = f"{account} at {lists.subject}", {"principal": account, "share": share, "storage": storage}
    role = standings.by_role(storage, account)
    if role is not None and role.held:
        return fine(subject, role.summary, *role.why, tenant=tenant.name)
    found = computed.at(account, storage, share)
    if found is None:
        says = lists.why_not or f"the access list of {share} was not read, or the groups of {account} are not known"
        return unknown(subject, lists.ground, tenant=tenant.name, says=says, about=about)
    if found.doubt:
        return unknown(subject, lists.ground, tenant=tenant.name, says=found.doubt, about=about)
    lacks = _lacks(found)
    if lacks:
        sid = computed.groups.sids_named(account)[0]
        return _finding(backup, tenant, account, lists, lacks, found, sid)
    if found.folder_access is None:
        says = f"the access list of {share}'s root folder was not read"
        return unknown(subject, lists.ground, tenant=tenant.name, says=says, about=about)
    return fine(subject, lists.ground, found.why, tenant=tenant.name)


def _lacks(found: Computed) -> dict[str, Remedy]:
    """What is known to grant less than full access, each with the steps that grant it; the folder may be not known."""
    lacks: dict[str, Remedy] = {}
    if found.share_access & FULL != FULL:
        lacks[f"the share grants {_words(found.share_access)}"] = SHARE
    if found.folder_access is not None and found.folder_access & FULL != FULL:
        lacks[f"its root folder grants {_words(found.folder_access)}"] = FOLDER
    return lacks


def _words(access: int) -> str:
    return access_words(access) if access else "no access"


def _finding(
    backup: Backup,
    tenant: Tenant,
    account: str,
    lists: ShareLists,
    lacks: Mapping[str, Remedy],
    found: Computed,
    sid: str,
) -> Verdict:
    storage, share = backup.storage, lists.share.name
    paths = (path.name for path in tenant.data_paths if path.storage == storage and not path.is_address)
    values = {
        "account": account,
        "who": rf"{realm_of(account)}\{account.partition('@')[0]}",
        "sid": sid,
        "storage": storage,
        "share": share,
        "product": backup.product,
        "path": next(paths, storage),
    }
    steps = fill([step for remedy in lacks.values() for step in remedy], values | {"tenant": tenant.name})
    finding = LESS_THAN_FULL.with_steps(steps)(
        f"{account} at {lists.subject}",
        lists.ground,
        found.why,
        tenant=tenant.name,
        expected="full access on the share and on its folder",
        found=", ".join(lacks),
        **values,
    )
    return labelled(finding, principal=account, share=share, storage=storage)
