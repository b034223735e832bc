"""Each principal reaches the shares of its own tenant, with the access that the site states.

Each principal with a Kerberos session connects to every share of its tenant by the name that the hosts type. The answer
carries the most that the share's ACL grants to it (TREE_CONNECT's MaximalAccess). Then the share's root folder is
opened with what the site states (where that is refused: for listing) and closed at once, and the storage is asked what
the folder's own ACL grants. Both have to cover what the site states: read, change or full.

Evidence: the principal's own session, with the reply to its TREE_CONNECT and to the open of the root folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.smb import SmbSessions
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine
from krbcheck.site.stated import Access, DataPath, Principal, Share, Site, Tenant
from krbcheck.views.observed_access import Outcome, Wall
from krbcheck.views.tried_access import TriedShare, TriedShares
from krbcheck.windows.quoting import Remedy, filled

from ._wording import accounts_of, not_determined

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
MENDS = {Wall.SHARE: GRANT_SHARE, Wall.FOLDER: GRANT_FOLDER}

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
    part_is_enough=[SmbSessions],
)
def isolation_own(site: Site, tried: TriedShares) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        for share in tenant.shares_of(path.storage):
            yield from _judged(tenant, path, share, list(tried.of(tenant, path, tenant, share)))


def _judged(tenant: Tenant, path: DataPath, share: Share, looked: Sequence[TriedShare]) -> Iterator[Verdict]:
    """Those with the same fault are mended by the same words."""
    for one in looked:
        said = one.judged
        if one.unknown or one.seen is None:
            yield not_determined(one, tenant)
        elif said.wall is None:
            yield fine(one.subject, one.ground, tenant=tenant.name)
        else:
            same = [other.principal for other in looked if other.judged == said]
            problem = LOCKED_OUT if said.outcome is Outcome.LOCKED_OUT else LESS_THAN_STATED
            yield problem(
                one.subject,
                one.ground,
                tenant=tenant.name,
                expected=str(share.access),
                found=said.found,
                what=str(said.wall),
                principal=one.principal.name,
                unc=f"\\\\{path.name}\\{share.name}",
                share=share.name,
                mend=_mend(MENDS[said.wall], tenant, share, same),
            )


def _mend(template: str, tenant: Tenant, share: Share, principals: Sequence[Principal]) -> Remedy:
    tintri, windows, icacls = RIGHTS[share.access]
    accounts = [filled("'{account}'", {"account": one}) for one in accounts_of(tenant, principals)]
    each = f"{', '.join(accounts)} | ForEach-Object {{ " if len(accounts) > 1 else ""
    values = {
        "each": Remedy(each),
        "end": Remedy(" }" if each else ""),
        "who": Remedy("$_") if each else accounts[0],
        "icacls": Remedy(" ".join(f"/grant {one[:-1]}:(OI)(CI){icacls}'" for one in accounts)),
        "share": share.name,
        "tenant": tenant.name,
        "tintri": tintri,
        "windows": windows,
    }
    return filled(template, values)
