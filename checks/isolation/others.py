"""No principal reaches a share of another tenant, on a storage that they have in common.

Each principal with a Kerberos session connects to every share that the site states for other tenants on the same
storage, by its own tenant's data path; each has to be refused. Nothing is opened there. The access obtained tells the
cause: full control alone is a grant in the share's ACL, to the principal or to a group as wide as Everyone; the bit
ACCESS_SYSTEM_SECURITY (0x01000000) in it tells that backup or restore rights are held, which open every share of the
storage whatever its ACL says. What backup products ask for and what tenancy forbids is then one and the same grant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from krbcheck.facts.place import Vantages
from krbcheck.facts.storage import SmbSessions, TreeReply
from krbcheck.model import Problem, Severity, Verdict, check, fine
from krbcheck.ntstatus_codes import (
    STATUS_ACCESS_DENIED,
    STATUS_BAD_NETWORK_NAME,
    STATUS_NETWORK_ACCESS_DENIED,
    STATUS_SUCCESS,
    ntstatus_name,
)
from krbcheck.site import DataPath, Principal, Share, Site, Tenant

from ._shares import ACCESS_SYSTEM_SECURITY, FULL, Looked, access_words, accounts_of, all_looked

REFUSED = (STATUS_ACCESS_DENIED, STATUS_NETWORK_ACCESS_DENIED, STATUS_BAD_NETWORK_NAME)
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
)
def isolation_others(site: Site, sessions: SmbSessions, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        own = {share.name.lower() for share in tenant.shares_of(path.storage)}
        for owner in site.tenants:
            for share in owner.shares_of(path.storage):
                if owner.name != tenant.name and share.name.lower() not in own:
                    looked = all_looked(sessions, vantages, tenant, path, share)
                    yield from _judged(tenant, path, owner, share, looked)


def _judged(tenant: Tenant, path: DataPath, owner: Tenant, share: Share, looked: Sequence[Looked]) -> Iterator[Verdict]:
    """Those whom the same grant lets in are mended by the same words."""
    by_grant: defaultdict[str, list[Principal]] = defaultdict(list)
    for one in looked:
        if one.tree is not None and one.tree.status == STATUS_SUCCESS:
            by_grant[_mend(one.tree.maximal_access)].append(one.principal)
    for one in looked:
        if one.tree is None or one.seen is None:
            yield one.in_the_dark(tenant)
        elif one.tree.status == STATUS_SUCCESS:
            mend = _mend(one.tree.maximal_access)
            values = {"owner": owner.name, "share": share.name, "path": path.name, "storage": path.storage}
            accounts = ", ".join(accounts_of(tenant, by_grant[mend]))
            yield BREACH(
                one.subject,
                one.seen,
                tenant=tenant.name,
                expected="refused",
                found=access_words(one.tree.maximal_access),
                principal=one.principal.name,
                mend=mend.format_map(values | {"accounts": accounts}),
                **values,
            )
        elif says := _undecided(one.tree, guest=one.guest):
            yield one.in_the_dark(tenant, says)
        else:
            yield fine(one.subject, one.seen, tenant=tenant.name)


def _undecided(tree: TreeReply, *, guest: bool) -> str:
    """Why a refusal says nothing about the principal; empty where it does."""
    if guest:
        return "the session is a guest's, not the principal's (see smb.session)"
    if tree.redirected or tree.status not in REFUSED:
        return f"TREE_CONNECT ends with {ntstatus_name(tree.status)}"
    return ""


def _mend(access: int) -> str:
    """The rights alone do not grant every bit of full control: where all are there, the share's ACL grants too."""
    if not access & ACCESS_SYSTEM_SECURITY:
        return REVOKE_SHARE
    return f"{REVOKE_RIGHTS}. And {REVOKE_SHARE}" if access & FULL == FULL else REVOKE_RIGHTS
