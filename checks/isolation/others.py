"""Checks that no principal has access to a share of another tenant, on a storage that both use.

Each principal with a Kerberos session connects to every share that the site file states for other tenants on the same
storage, through its own tenant's data path. The storage must deny access to every principal, except to an account that
the site file states as an administrator of the storage. Where a connection succeeds, krbcheck opens the root folder for
listing and closes it at once: if only the folder denies access, one of two protections is missing. The granted access
shows the cause. Full control without the bit ACCESS_SYSTEM_SECURITY (0x01000000) comes from the share's ACL, for the
principal or for a group such as Everyone. The bit shows backup or restore rights, which open every share of the storage
whatever its ACL contains. In that case the grant that the backup product needs is the grant that isolation forbids.

Evidence: the principal's own session, with the reply to its TREE_CONNECT at the other tenant's share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from krbcheck.facts.smb import SmbSessions
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine
from krbcheck.site.stated import DataPath, Principal, Share, Site, Tenant
from krbcheck.views.observed_access import Outcome
from krbcheck.views.tried_access import TriedShare, TriedShares
from krbcheck.windows.access_masks import ACCESS_SYSTEM_SECURITY, FULL
from krbcheck.windows.quoting import Filled, filled

from ._wording import accounts_of, not_determined

REVOKE_SHARE = (
    "Get-TintriSmbShareAccess -Name {share} (lists the entries of a VMstore; on Windows: Get-SmbShareAccess -Name "
    "{share}); Find the entry that applies to {accounts}: the account, one of its groups, Everyone or Authenticated "
    "Users; Get-TintriSmbShareAccess -Name {share} | Select-Object -Index NUMBER | Revoke-TintriSmbShareAccess "
    "-Force (on a VMstore, NUMBER is the position of the entry in the list, from 0); Revoke-SmbShareAccess -Name "
    "{share} -AccountName ACCOUNT -Force (on Windows)"
)
REVOKE_RIGHTS = (
    "Use a backup account that belongs to no tenant, because backups with {accounts} stop; On a VMstore, remove "
    "{accounts} from the group with the role Super Admin; Remove-LocalGroupMember -Group 'Backup Operators' -Member "
    "{each} (on {storage}, if it runs Windows); net rpc rights revoke GROUP SeBackupPrivilege SeRestorePrivilege -S "
    "{path} -U ADMINISTRATOR (on Samba); klist -li 0x3e7 purge (on the hosts)"
)

BREACH = Problem(
    "breach",
    Severity.ERROR,
    says="{principal} has access to share {share} of {owner} through {path}: {found}",
    remedy="{fix}; Verify: krbcheck run SITE --only isolation.others",
    means="An administrator of one of this tenant's hosts can act as its computer account, and read or destroy the "
    "virtual machines of the other tenant.",
)


@check(
    id="isolation.others",
    title="No principal has access to another tenant's share",
    tells="Which tenant's hosts can open which other tenant's share, and through which grant.",
    problems=[BREACH],
    refs=["MS-SMB2 2.2.10 (MaximalAccess)", "MS-LSAD 3.1.1.2.1"],
    part_is_enough=[SmbSessions],
)
def isolation_others(site: Site, tried: TriedShares) -> Iterator[Verdict]:
    shares = {
        storage.name: [(owner, share) for owner in site.tenants for share in owner.shares_of(storage.name)]
        for storage in site.storages
    }
    for tenant, path in site.paths():
        own = {share.name.lower() for share in tenant.shares_of(path.storage)}
        for owner, share in shares[path.storage]:
            if owner.name != tenant.name and share.name.lower() not in own:
                yield from _judged(tenant, path, owner, share, list(tried.of(tenant, path, owner, share)))


def _judged(
    tenant: Tenant, path: DataPath, owner: Tenant, share: Share, looked: Sequence[TriedShare]
) -> Iterator[Verdict]:
    """Yields the verdicts; all principals with the same grant get the same remedy."""
    by_grant: defaultdict[str, list[Principal]] = defaultdict(list)
    for entry in looked:
        if entry.tree is not None and entry.judged.outcome is Outcome.BREACH:
            by_grant[_fix(entry.tree.maximal_access)].append(entry.principal)
    for entry in looked:
        if entry.unknown or entry.seen is None:
            yield not_determined(entry, tenant)
        elif entry.tree is not None and entry.judged.outcome is Outcome.BREACH:
            fix = _fix(entry.tree.maximal_access)
            values = {"owner": owner.name, "share": share.name, "path": path.name, "storage": path.storage}
            accounts = accounts_of(tenant, by_grant[fix])
            each = Filled(", ".join(filled("'{account}'", {"account": account}) for account in accounts))
            yield BREACH(
                entry.subject,
                entry.ground,
                tenant=tenant.name,
                expected="access denied",
                found=entry.judged.found,
                principal=entry.principal.name,
                fix=filled(fix, values | {"accounts": ", ".join(accounts), "each": each}),
                **values,
            )
        else:
            yield fine(entry.subject, entry.ground, tenant=tenant.name)


def _fix(access: int) -> str:
    """Returns the remedy. The rights alone do not grant every bit of full control: where all are granted, the share's
    ACL grants access too.
    """
    if not access & ACCESS_SYSTEM_SECURITY:
        return REVOKE_SHARE
    return f"{REVOKE_RIGHTS}; {REVOKE_SHARE}" if access & FULL == FULL else REVOKE_RIGHTS
