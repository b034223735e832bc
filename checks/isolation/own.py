"""Each principal reaches the shares of its own tenant, with the access that the site states.

Each principal with a Kerberos session connects to every share of its tenant by the name that the hosts type. The answer
carries the most that the share's ACL grants to it (TREE_CONNECT's MaximalAccess). Then the share's root folder is
opened for listing and closed at once, and the storage is asked what the folder's own ACL grants. Both have to cover
what the site states: read, change or full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
from krbcheck.site import Access, DataPath, Principal, Share, Site, Tenant

from ._shares import FOLDER_NEEDED, NEEDED, Looked, access_words, accounts_of, all_looked

SHARE, FOLDER = "the share permissions", "the root folder"
DENIED = (STATUS_ACCESS_DENIED, STATUS_NETWORK_ACCESS_DENIED)
RIGHTS = {
    Access.READ: ("Read", "Read", "RX"),
    Access.CHANGE: ("Change", "Change", "M"),
    Access.FULL: ("FullControl", "Full", "F"),
}
"""The access as Tintri's toolkit, SmbShare and icacls call it."""
GRANT_SHARE = (
    "{each}Grant-TintriSmbShareAccess -Name {share} -User {who} -Access {tintri}{end} (VMstore), or "
    "{each}Grant-SmbShareAccess -Name {share} -AccountName {who} -AccessRight {windows} -Force{end} (Windows); better "
    "to a group of {tenant}'s hosts than to each host"
)
GRANT_FOLDER = (
    "On the storage: icacls <folder of {share}> {icacls} (Windows), or the same from a host in a session of the "
    "storage's administrator"
)

LOCKED_OUT = Problem(
    "locked-out",
    Severity.ERROR,
    says="{principal} is refused at {what} of {unc}: {found}",
    remedy="{mend}",
    means="The host has a session and may not use its own share: its virtual machines do not start.",
)
LESS_THAN_STATED = Problem(
    "less-than-stated",
    Severity.ERROR,
    says="{principal} gets {found} by {what} of {unc}; the site states {expected}",
    remedy="{mend}",
    means="Hyper-V needs full control, of the share and of its folders. With less, some operations work and others "
    "fail: a virtual machine runs, and its checkpoint or migration does not.",
)


@check(
    id="isolation.own",
    title="Each principal reaches its tenant's shares with the stated access",
    tells="Which principal is refused at its own share, or gets less than it should.",
    problems=[LOCKED_OUT, LESS_THAN_STATED],
    refs=["MS-SMB2 2.2.10 (MaximalAccess)", "MS-SMB2 2.2.14.2.5"],
)
def isolation_own(site: Site, sessions: SmbSessions, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        for share in tenant.shares_of(path.storage):
            yield from _judged(tenant, path, share, all_looked(sessions, vantages, tenant, path, share))


def _judged(tenant: Tenant, path: DataPath, share: Share, looked: Sequence[Looked]) -> Iterator[Verdict]:
    """Those with the same fault are mended by the same words."""
    faults = {one.subject: _fault(share.access, one) for one in looked}
    for one in looked:
        fault = faults[one.subject]
        if one.tree is None or one.seen is None:
            yield one.in_the_dark(tenant)
        elif says := _undecided(one.tree, guest=one.guest):
            yield one.in_the_dark(tenant, says)
        elif fault is None:
            yield fine(one.subject, one.seen, tenant=tenant.name)
        else:
            same = [other.principal for other in looked if faults[other.subject] == fault]
            yield fault.problem(
                one.subject,
                one.seen,
                tenant=tenant.name,
                expected=str(share.access),
                found=fault.found,
                what=fault.what,
                principal=one.principal.name,
                unc=f"\\\\{path.name}\\{share.name}",
                share=share.name,
                mend=_mend(fault, tenant, share, same),
            )


def _mend(fault: Fault, tenant: Tenant, share: Share, principals: Sequence[Principal]) -> str:
    tintri, windows, icacls = RIGHTS[share.access]
    accounts = [f"'{one}'" for one in accounts_of(tenant, principals)]
    each = f"{', '.join(accounts)} | ForEach-Object {{ " if len(accounts) > 1 else ""
    return fault.mend.format(
        each=each,
        end=" }" if each else "",
        who="$_" if each else accounts[0],
        icacls=" ".join(f"/grant {one[:-1]}:(OI)(CI){icacls}'" for one in accounts),
        share=share.name,
        tenant=tenant.name,
        tintri=tintri,
        windows=windows,
    )


@dataclass(frozen=True)
class Fault:
    """What is wrong, where (the share or its root folder), and the template of what mends it."""

    problem: Problem
    what: str
    found: str
    mend: str


def _fault(stated: Access, one: Looked) -> Fault | None:
    tree = one.tree
    if tree is None or _undecided(tree, guest=one.guest):
        return None
    if tree.status in DENIED:
        return Fault(LOCKED_OUT, SHARE, ntstatus_name(tree.status), GRANT_SHARE)
    if tree.maximal_access & NEEDED[stated] != NEEDED[stated]:
        return Fault(LESS_THAN_STATED, SHARE, access_words(tree.maximal_access), GRANT_SHARE)
    if tree.root is not None and tree.root in DENIED:
        return Fault(LOCKED_OUT, FOLDER, ntstatus_name(tree.root), GRANT_FOLDER)
    held = tree.root_access
    if held is not None and held & FOLDER_NEEDED[stated] != FOLDER_NEEDED[stated]:
        return Fault(LESS_THAN_STATED, FOLDER, access_words(held), GRANT_FOLDER)
    return None


def _undecided(tree: TreeReply, *, guest: bool) -> str:
    """Why a TREE_CONNECT says nothing about what the principal may do; empty where it does."""
    if guest:
        return "the session is a guest's, not the principal's (see smb.session)"
    if tree.redirected:
        return "the storage sends to another node, which was not asked"
    if tree.status == STATUS_BAD_NETWORK_NAME:
        return "there is no such share (see smb.share)"
    if tree.status not in (STATUS_SUCCESS, *DENIED):
        return f"TREE_CONNECT ends with {ntstatus_name(tree.status)}"
    if tree.root not in (STATUS_SUCCESS, *DENIED, None):
        return f"the root folder does not open: {ntstatus_name(tree.root)}"
    return ""
