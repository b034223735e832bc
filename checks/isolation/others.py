"""Checks that no principal has access to a share of another tenant, on a storage that both use.

Each principal with a Kerberos session connects to every share that the site file states for other tenants on the same
storage, through its own tenant's data path. The storage must deny access to every principal, except to an account that
the site file states as an administrator of the storage. A server may have a share for one of its names alone: where the
share does not exist by the name of the tenant's data path, krbcheck tests it in the same session by the names of the
owner's data paths (Bob's name in the UNC path, at Alice's address). Where a connection succeeds, krbcheck opens the
root folder for listing and closes it at once: if only the folder denies access, one of two protections is missing. The
granted access shows the cause. Full control without the bit ACCESS_SYSTEM_SECURITY (0x01000000) comes from the share's
ACL, for the principal or for a group such as Everyone. The bit shows backup or restore rights, which open every share
of the storage whatever its ACL contains. In that case the grant that the backup product needs is the grant that
isolation forbids.

Access is as expected if a principal has at least the access that the site file states for its tenant's share, by the
share permissions and by the NTFS permissions of the root folder, and if it has no access to the share of any other
tenant. Accounts that the site file states as administrators of the storage may have any access. Sessions without an
account must have none.

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
from krbcheck.windows.common_steps import ELEVATED, ROOT, hosts_of, purge_tickets
from krbcheck.windows.quoting import Filled, filled
from krbcheck.windows.remedy import Remedy, changes, fill, looks, variants

from ._share_entries import revoke_of
from ._wording import accounts_of, not_determined

REVOKE_SHARE = revoke_of("{accounts}")
STOPS = "backups with {accounts} stop: first use a backup account that belongs to no tenant"
REVOKE_RIGHTS = (
    *variants(
        "{storage}",
        windows=[
            changes(
                "Remove-LocalGroupMember -Group 'Backup Operators' -Member {each}",
                on="{storage}",
                needs=ELEVATED,
                undo="Add-LocalGroupMember -Group 'Backup Operators' -Member {each}",
                caution=STOPS,
                interrupts=True,
            )
        ],
        samba=[
            looks(
                "net sam rights list SeBackupPrivilege",
                says="Find the group of {accounts} that holds the right",
                on="{storage}",
                needs=ROOT,
            ),
            changes(
                "net sam rights revoke 'GROUP' SeBackupPrivilege SeRestorePrivilege",
                on="{storage}",
                needs=ROOT,
                undo="net sam rights grant 'GROUP' SeBackupPrivilege SeRestorePrivilege",
                verify="net sam rights list SeBackupPrivilege",
                caution=STOPS,
                interrupts=True,
            ),
        ],
        vmstore=[
            changes(
                says="Settings > Management Access: remove {accounts} from the group with the role Super Admin",
                on="the VMstore user interface of {storage}",
                undo_says="add the accounts to the group again",
                caution=STOPS,
                interrupts=True,
            )
        ],
    ),
    purge_tickets(hosts_of("{tenant}")),
)

BREACH = Problem(
    "breach",
    Severity.ERROR,
    says="{principal} has access to share {share} of {owner} through {path}: {found}",
    alternatives=(REVOKE_RIGHTS, REVOKE_SHARE),
    remedy=(),
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
    shares = {storage.name: list(site.shares_at(storage.name)) for storage in site.storages}
    for tenant, path in site.paths():
        own = {share.name.lower() for share in tenant.shares_of(path.storage)}
        for owner, share in shares[path.storage]:
            if owner.name != tenant.name and share.name.lower() not in own:
                yield from _judged(tenant, path, owner, share, list(tried.of(tenant, path, owner, share)))


def _judged(
    tenant: Tenant, path: DataPath, owner: Tenant, share: Share, looked: Sequence[TriedShare]
) -> Iterator[Verdict]:
    """Yields the verdicts; all principals with the same grant get the same remedy."""
    by_grant: defaultdict[Remedy, list[Principal]] = defaultdict(list)
    for entry in looked:
        if entry.tree is not None and entry.judged.outcome is Outcome.BREACH:
            by_grant[_fix(entry.tree.maximal_access)].append(entry.principal)
    for entry in looked:
        if entry.unknown or entry.seen is None:
            yield not_determined(entry, tenant)
        elif entry.tree is not None and entry.judged.outcome is Outcome.BREACH:
            fix = _fix(entry.tree.maximal_access)
            values = {"owner": owner.name, "share": share.name, "path": path.name, "storage": path.storage}
            whose = {"tenant": tenant.name}
            accounts = accounts_of(tenant, by_grant[fix])
            each = Filled(", ".join(filled("'{account}'", {"account": account}) for account in accounts))
            steps = fill(fix, values | whose | {"accounts": ", ".join(accounts), "each": each})
            yield BREACH.with_steps(steps)(
                entry.subject,
                entry.ground,
                tenant=tenant.name,
                expected="access denied",
                found=entry.judged.found,
                principal=entry.principal.name,
                **values,
            )
        else:
            yield fine(entry.subject, entry.ground, tenant=tenant.name)


def _fix(access: int) -> Remedy:
    """Returns the remedy. The rights alone do not grant every bit of full control: where all are granted, the share's
    ACL grants access too.
    """
    if not access & ACCESS_SYSTEM_SECURITY:
        return REVOKE_SHARE
    return REVOKE_RIGHTS + REVOKE_SHARE if access & FULL == FULL else REVOKE_RIGHTS
