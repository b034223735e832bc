"""Each principal reaches the shares of its own tenant, with the access that the site states.

Each principal with a Kerberos session connects to every share of its tenant by the name that the hosts type. The answer
carries the most that the share's ACL grants to it (TREE_CONNECT's MaximalAccess). Then the share's root folder is
opened for listing and closed at once, and the storage is asked what the folder's own ACL grants. Both have to cover
what the site states: read, change or full.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from krbcheck.facts.place import Vantages
from krbcheck.facts.storage import SmbSessions, TreeReply
from krbcheck.model import Problem, Severity, Verdict, check, fine, unknown
from krbcheck.ntstatus_codes import (
    STATUS_ACCESS_DENIED,
    STATUS_BAD_NETWORK_NAME,
    STATUS_NETWORK_ACCESS_DENIED,
    STATUS_SUCCESS,
    ntstatus_name,
)
from krbcheck.site import Access, DataPath, Principal, Share, Site, Tenant

from ._shares import FOLDER_NEEDED, NEEDED, Looked, access_words, account_of, looked

SHARE, FOLDER = "the share permissions", "the root folder"
DENIED = (STATUS_ACCESS_DENIED, STATUS_NETWORK_ACCESS_DENIED)
RIGHTS = {
    Access.READ: ("Read", "Read", "RX"),
    Access.CHANGE: ("Change", "Change", "M"),
    Access.FULL: ("FullControl", "Full", "F"),
}
"""The access as Tintri's toolkit, SmbShare and icacls call it."""
GRANT_SHARE = (
    "Grant-TintriSmbShareAccess -Name {share} -User '{account}' -Access {tintri} (VMstore), or Grant-SmbShareAccess "
    "-Name {share} -AccountName '{account}' -AccessRight {windows} -Force (Windows); better to a group of "
    "{tenant}'s hosts than to each host"
)
GRANT_FOLDER = (
    "On the storage: icacls <folder of {share}> /grant '{account}:(OI)(CI){icacls}' (Windows); by a session of an "
    "administrator on other storage"
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
    for tenant, principal in site.principals():
        for path in tenant.data_paths:
            for share in tenant.shares_of(path.storage):
                one = looked(sessions, vantages, tenant, principal, path, share)
                yield _judged(tenant, principal, path, share, one)


def _judged(tenant: Tenant, principal: Principal, path: DataPath, share: Share, one: Looked) -> Verdict:
    if one.tree is None or one.seen is None:
        return unknown(one.subject, *one.why, tenant=tenant.name)
    if says := _undecided(one.tree, guest=one.guest):
        return unknown(one.subject, one.seen, tenant=tenant.name, says=says)
    fault = _fault(share.access, one.tree)
    if fault is None:
        return fine(one.subject, one.seen, tenant=tenant.name)
    tintri, windows, icacls = RIGHTS[share.access]
    values = {
        "principal": principal.name,
        "unc": f"\\\\{path.name}\\{share.name}",
        "share": share.name,
        "account": account_of(principal),
        "tenant": tenant.name,
    }
    mend = fault.mend.format_map(values | {"tintri": tintri, "windows": windows, "icacls": icacls})
    return fault.problem(
        one.subject,
        one.seen,
        expected=str(share.access),
        found=fault.found,
        what=fault.what,
        mend=mend,
        **values,
    )


@dataclass(frozen=True)
class Fault:
    """What is wrong, where (the share or its root folder), and the template of what mends it."""

    problem: Problem
    what: str
    found: str
    mend: str


def _fault(stated: Access, tree: TreeReply) -> Fault | None:
    if tree.status in DENIED:
        return Fault(LOCKED_OUT, SHARE, ntstatus_name(tree.status), GRANT_SHARE)
    if tree.maximal_access & NEEDED[stated] != NEEDED[stated]:
        return Fault(LESS_THAN_STATED, SHARE, access_words(tree.maximal_access), GRANT_SHARE)
    if tree.root in DENIED:
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
