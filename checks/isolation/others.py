"""No principal reaches a share of another tenant, on a storage that they have in common.

Each principal with a Kerberos session connects to every share that the site states for other tenants on the same
storage, by its own tenant's data path; each has to be refused, but for an account that the site names among the
storage's administrators. Where a share connects its root folder is opened for listing, and closed at once: a folder
that refuses what its share allows is one wall where there ought to be two. The access obtained tells the
cause: full control alone is a grant in the share's ACL, to the principal or to a group as wide as Everyone; the bit
ACCESS_SYSTEM_SECURITY (0x01000000) in it tells that backup or restore rights are held, which open every share of the
storage whatever its ACL says. What backup products ask for and what tenancy forbids is then one and the same grant.

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
from krbcheck.windows.quoting import filled

from ._wording import accounts_of, not_determined

REVOKE_SHARE = (
    "Get-TintriSmbShareAccess -Name {share} (VMstore) or Get-SmbShareAccess -Name {share} (Windows) shows which entry "
    "lets {accounts} in: itself, a group it is in, Everyone or Authenticated Users. Take it out: "
    "Revoke-TintriSmbShareAccess, or Revoke-SmbShareAccess -Name {share} -AccountName ACCOUNT -Force"
)
REVOKE_RIGHTS = (
    "Take the backup and restore rights from {accounts} on {storage}: out of the group with the Super Admin role "
    "(VMstore) or out of Backup Operators (Windows), or net rpc rights revoke GROUP SeBackupPrivilege "
    "SeRestorePrivilege -S {path} (Samba); then klist -li 0x3e7 purge on the host. Back up with an account that is no "
    "tenant's"
)

BREACH = Problem(
    "breach",
    Severity.ERROR,
    says="{principal} reaches {owner}'s share {share} by {path}: {found}",
    remedy="{mend}",
    means="Whoever is administrator on one of this tenant's hosts acts as its computer account, and so reads or "
    "destroys the virtual machines of the other tenant.",
)


@check(
    id="isolation.others",
    title="No principal reaches another tenant's share",
    tells="Which tenant's hosts open which other tenant's share, and by what grant.",
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
    """Those whom the same grant lets in are mended by the same words."""
    by_grant: defaultdict[str, list[Principal]] = defaultdict(list)
    for one in looked:
        if one.tree is not None and one.judged.outcome is Outcome.BREACH:
            by_grant[_mend(one.tree.maximal_access)].append(one.principal)
    for one in looked:
        if one.unknown or one.seen is None:
            yield not_determined(one, tenant)
        elif one.tree is not None and one.judged.outcome is Outcome.BREACH:
            mend = _mend(one.tree.maximal_access)
            values = {"owner": owner.name, "share": share.name, "path": path.name, "storage": path.storage}
            accounts = ", ".join(accounts_of(tenant, by_grant[mend]))
            yield BREACH(
                one.subject,
                one.ground,
                tenant=tenant.name,
                expected="refused",
                found=one.judged.found,
                principal=one.principal.name,
                mend=filled(mend, values | {"accounts": accounts}),
                **values,
            )
        else:
            yield fine(one.subject, one.ground, tenant=tenant.name)


def _mend(access: int) -> str:
    """The rights alone do not grant every bit of full control: where all are there, the share's ACL grants too."""
    if not access & ACCESS_SYSTEM_SECURITY:
        return REVOKE_SHARE
    return f"{REVOKE_RIGHTS}. And {REVOKE_SHARE}" if access & FULL == FULL else REVOKE_RIGHTS
