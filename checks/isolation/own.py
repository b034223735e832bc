"""Checks that each principal has the stated access to the shares of its own tenant.

Each principal with a Kerberos session connects to every share of its tenant by the name that the hosts use. The
response contains the maximal access that the share's ACL grants (TREE_CONNECT MaximalAccess). Then krbcheck opens the
root folder with the stated access (where that is denied: for listing), closes it at once, and queries the access that
the folder's ACL grants. Both must include the access that the site file states: read, change or full.

Access is as expected if a principal has at least the access that the site file states for its tenant's share, by the
share permissions and by the NTFS permissions of the root folder, and if it has no access to the share of any other
tenant. Accounts that the site file states as administrators of the storage may have any access. Sessions without an
account must have none.

Evidence: the principal's own session, with the reply to its TREE_CONNECT and to the open of the root folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.smb import SmbSessions
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine
from krbcheck.site.stated import Access, DataPath, Principal, Share, Site, Tenant
from krbcheck.views.observed_access import Outcome, Wall
from krbcheck.views.tried_access import TriedShare, TriedShares
from krbcheck.windows.common_steps import ELEVATED, ROOT, TOOLKIT
from krbcheck.windows.quoting import Filled, filled
from krbcheck.windows.remedy import Remedy, changes, fill, looks, variants

from ._wording import accounts_of, not_determined

RIGHTS = {
    Access.READ: ("Read", "Read", "RX"),
    Access.CHANGE: ("Change", "Change", "M"),
    Access.FULL: ("FullControl", "Full", "F"),
}
"""The access as Tintri's toolkit, SmbShare and icacls name it."""
BETTER = "Better: grant access to a group of the hosts of {tenant} instead of to each host"
GRANT_SHARE = variants(
    "{storage}",
    windows=[
        changes(
            "Grant-SmbShareAccess -Name '{share}' -AccountName {all} -AccessRight {windows} -Force",
            says=BETTER,
            on="{storage}",
            needs=ELEVATED,
            undo="Revoke-SmbShareAccess -Name '{share}' -AccountName {all} -Force",
            verify="Get-SmbShareAccess -Name '{share}'",
        )
    ],
    samba=[
        changes(
            "sharesec '{share}' --add='SID:ALLOWED/0/{samba}'",
            says="SID is that of the account, from wbinfo -n; " + BETTER,
            on="{storage}",
            needs=ROOT,
            undo="sharesec '{share}' --remove='SID:ALLOWED/0/{samba}'",
            verify="sharesec '{share}' --view",
        )
    ],
    vmstore=[
        changes(
            "{all} | ForEach-Object {{ Grant-TintriSmbShareAccess -Name '{share}' -User $_ -Access {tintri} }}",
            says=BETTER,
            on="a computer with the Tintri Automation Toolkit",
            needs=TOOLKIT,
            undo_says="Revoke-TintriSmbShareAccess for the new entries",
            verify="Get-TintriSmbShareAccess -Name '{share}'",
        )
    ],
)
GRANT_FOLDER = (
    looks("icacls PATH", says="PATH is the folder of {share}: write down the list", on="{storage}", needs=ELEVATED),
    changes(
        "icacls PATH {icacls}",
        says="If the storage has no icacls, run it as its administrator on a Windows host, with the UNC path",
        on="{storage}",
        needs=ELEVATED,
        undo="icacls PATH /remove:g {listed}",
        verify="icacls PATH",
    ),
)
FIXES = {Wall.SHARE: GRANT_SHARE, Wall.FOLDER: GRANT_FOLDER}

LOCKED_OUT = Problem(
    "locked-out",
    Severity.ERROR,
    says="{principal} is denied access to {unc} by {what}: {found}",
    alternatives=(GRANT_SHARE, GRANT_FOLDER),
    remedy=(),
    means="The host has a session but no access to its own share: its virtual machines do not start.",
    explains=[explains("smb.encryption", "isolation.acl", same="storage share principal")],
)
LESS_THAN_STATED = Problem(
    "less-than-stated",
    Severity.ERROR,
    says="{principal} has {found} on {unc} by {what}; the site file states {expected}",
    alternatives=(GRANT_SHARE, GRANT_FOLDER),
    remedy=(),
    means="Hyper-V needs full control of the share and of its folders. With less, some operations succeed and others "
    "fail: a virtual machine runs, but its checkpoint or migration fails.",
)


@check(
    id="isolation.own",
    title="Each principal has the stated access to its tenant's shares",
    tells="Which principal is denied access to its own share, or has less than the site file states.",
    problems=[LOCKED_OUT, LESS_THAN_STATED],
    refs=["MS-SMB2 2.2.10 (MaximalAccess)", "MS-SMB2 2.2.14.2.5"],
    part_is_enough=[SmbSessions],
)
def isolation_own(site: Site, tried: TriedShares) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        for share in tenant.shares_of(path.storage):
            yield from _judged(tenant, path, share, list(tried.of(tenant, path, tenant, share)))


def _judged(tenant: Tenant, path: DataPath, share: Share, looked: Sequence[TriedShare]) -> Iterator[Verdict]:
    """Yields the verdicts; all principals with the same fault get the same remedy."""
    for entry in looked:
        said = entry.judged
        if entry.unknown or entry.seen is None:
            yield not_determined(entry, tenant)
        elif said.wall is None:
            yield fine(entry.subject, entry.ground, tenant=tenant.name)
        else:
            same = [other.principal for other in looked if other.judged == said]
            problem = LOCKED_OUT if said.outcome is Outcome.LOCKED_OUT else LESS_THAN_STATED
            steps = _fix(FIXES[said.wall], tenant, share, same)
            yield problem.with_steps(steps)(
                entry.subject,
                entry.ground,
                tenant=tenant.name,
                expected=str(share.access),
                found=said.found,
                what=str(said.wall),
                principal=entry.principal.name,
                unc=f"\\\\{path.name}\\{share.name}",
                share=share.name,
                path=path.name,
            )


def _fix(template: Remedy, tenant: Tenant, share: Share, principals: Sequence[Principal]) -> Remedy:
    tintri, windows, icacls = RIGHTS[share.access]
    accounts = [filled("'{account}'", {"account": name}) for name in accounts_of(tenant, principals)]
    values = {
        "all": Filled(", ".join(accounts)),
        "listed": Filled(" ".join(accounts)),
        "samba": str(share.access).upper(),
        "storage": share.storage,
        "icacls": Filled(" ".join(f"/grant {account[:-1]}:(OI)(CI){icacls}'" for account in accounts)),
        "share": share.name,
        "tenant": tenant.name,
        "tintri": tintri,
        "windows": windows,
    }
    return fill(template, values)
