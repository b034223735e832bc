"""Checks that every share that a storage lists is stated in the site file, or closed to tenants.

A share that is forgotten keeps the access list of the day on which it was made, and a new share is often open to
everyone. krbcheck reads the list of shares of each storage (SRVSVC NetrShareEnum) as the reader of the storage's domain
and as each tenant's principals. A `$` at the end of a name hides a share on the client only: the list contains it. Each
principal with a Kerberos session then connects to each share that the site file does not state, through its own
tenant's data path, and opens the root folder for listing. For a principal without a secret the share permissions
decide, if the reader may read them. IPC$ is the share of named pipes, which every session needs, and has no folder.

A storage with access-based enumeration lists a share only to accounts that can open it, and a Samba share with
`browseable = no` is in no list. To find shares that are closed to the reader too, use an administrator of the storage
as the reader.

Evidence: the list that the reader received; for each tenant the sessions of its principals, with the reply to
TREE_CONNECT at each share that is not stated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Fine, Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Storage, Tenant
from krbcheck.views.observed_access import Outcome
from krbcheck.views.tried_access import TriedShare
from krbcheck.views.unstated_shares import UnstatedShares, is_administrative
from krbcheck.windows.common_steps import ELEVATED, ROOT, TOOLKIT
from krbcheck.windows.remedy import changes, looks, variants

from ._share_entries import revoke_of
from ._wording import shortened

STATE = looks(says="If the share belongs to a tenant, add it to the site file under tenants: TENANT: shares, and stop")
INSPECT = variants(
    "{storage}",
    windows=[
        looks(
            "Get-SmbShare -Name '{share}' | Select-Object Name, Path, Description",
            says="Find out what the share contains and who uses it",
            on="{storage}",
            needs=ELEVATED,
        )
    ],
    samba=[
        looks(
            "testparm -s",
            says="Find out what the share contains and who uses it",
            on="{storage}",
            shows="the section [{share}] with its path",
        )
    ],
    vmstore=[
        looks(
            "Get-TintriSmbShare -Name '{share}'",
            says="Find out what the share contains and who uses it",
            on="a computer with the Tintri Automation Toolkit",
            needs=TOOLKIT,
        )
    ],
)
CLOSE = revoke_of("{people}")

REACHABLE = Problem(
    "reachable",
    Severity.ERROR,
    says="{people} of {tenant} can open share {share} on {storage}, which the site file does not state: {found}",
    remedy=(STATE, *INSPECT, *CLOSE),
    means="The share is under no other check. The tenant can read the files in it, and where it has write access, "
    "store files that hosts of other tenants then open.",
    together=["storage", "share"],
)
UNSTATED = Problem(
    "unstated",
    Severity.WARNING,
    says="{storage} has share {share}, which the site file does not state; no tenant was granted access to it",
    remedy=(
        STATE,
        *INSPECT,
        *variants(
            "{storage}",
            windows=[
                changes(
                    "Remove-SmbShare -Name '{share}' -Force",
                    says="If no account needs it; the folder and its files remain",
                    on="{storage}",
                    needs=ELEVATED,
                    undo_says="New-SmbShare with the path, and Grant-SmbShareAccess with each entry of its access list",
                    verify="Get-SmbShare",
                    caution="accounts that still use the share lose it: first write down Get-SmbShareAccess",
                )
            ],
            samba=[
                changes(
                    says="If no account needs it: put a # before each line of the section [{share}] in "
                    "/etc/samba/smb.conf, then run smbcontrol all reload-config",
                    on="{storage}",
                    needs=ROOT,
                    undo_says="remove the # again, and reload",
                    verify="testparm -s",
                    shows="no section [{share}]",
                    caution="accounts that still use the share lose it",
                )
            ],
            vmstore=[
                changes(
                    "Remove-TintriSmbShare -Name '{share}' -Force",
                    says="If no account needs it",
                    on="a computer with the Tintri Automation Toolkit",
                    needs=TOOLKIT,
                    undo="New-TintriSmbShare -Name '{share}'",
                    verify="Get-TintriSmbShare",
                    caution="accounts that still use the share lose it: first write down Get-TintriSmbShareAccess",
                )
            ],
        ),
    ),
    means="The share is closed today. Its access list is under no check, so the next change of it is not seen.",
    together=["storage"],
)
ADMINISTRATIVE = Problem(
    "administrative",
    Severity.NOTE,
    says="{storage} has administrative shares, which are closed to tenants: {found}",
    remedy=(looks(says="Nothing to do: a Windows server makes these shares for its administrators at every start"),),
    means="An administrator of the storage reads every volume through these shares, whatever the other shares grant.",
)


@check(
    id="isolation.unstated",
    title="Every share that a storage lists is stated, or closed to tenants",
    tells="Which shares the site file does not state, hidden and administrative ones too, and who can open them.",
    problems=[REACHABLE, UNSTATED, ADMINISTRATIVE],
    refs=["MS-SRVS 3.1.4.8", "MS-SRVS 2.2.2.4", "MS-SMB2 2.2.10 (MaximalAccess)"],
)
def isolation_unstated(site: Site, shares: UnstatedShares) -> Iterator[Verdict]:
    for storage in site.storages:
        paths = [
            (tenant, path) for tenant, path in site.paths() if path.storage == storage.name and not path.is_address
        ]
        yield from _judged(storage, paths, shares)


def _judged(storage: Storage, paths: Sequence[tuple[Tenant, DataPath]], shares: UnstatedShares) -> Iterator[Verdict]:
    closed = []
    for share in shares.at(storage.name):
        of_share = list(_at_share(storage, paths, share, shares))
        yield from of_share
        if not of_share:
            says = f"no principal of a tenant was tried at share {share}, which the site file does not state"
            yield unknown(f"{share} on {storage.name}", *shares.grounds(storage.name, share), says=says)
            continue
        if not all(isinstance(verdict, Fine) for verdict in of_share):
            continue
        if is_administrative(share):
            closed.append(share)
        else:
            yield UNSTATED(
                f"{share} on {storage.name}",
                *shares.grounds(storage.name, share),
                expected="a share of the site file, or no share",
                found=f"share {share}",
                share=share,
                storage=storage.name,
            )
    if closed:
        grounds = [ground for share in closed for ground in shares.grounds(storage.name, share)]
        yield ADMINISTRATIVE(
            storage.name, *grounds, expected="closed to tenants", found=", ".join(closed), storage=storage.name
        )
    yield _listed(storage, shares)


def _listed(storage: Storage, shares: UnstatedShares) -> Verdict:
    """The verdict on the list itself: without it there may be shares of which nothing is known."""
    says, missing, principals = shares.unread(storage.name)
    subject, grounds = f"shares of {storage.name}", shares.grounds(storage.name)
    if says:
        about = {"storage": storage.name, "principal": principals}
        return unknown(subject, *missing, *grounds, says=says, about=about, missing=missing)
    return fine(subject, *grounds)


def _at_share(
    storage: Storage, paths: Sequence[tuple[Tenant, DataPath]], share: str, shares: UnstatedShares
) -> Iterator[Verdict]:
    """Yields one verdict for each data path of a tenant."""
    for tenant, path in paths:
        looked = list(shares.tried(tenant, path, share))
        subject = f"\\\\{path.name}\\{share}"
        let_in = [entry for entry in looked if entry.judged.outcome is Outcome.BREACH]
        doubtful = [entry for entry in looked if entry.unknown]
        if let_in:
            yield _reachable(storage, tenant, subject, share, let_in)
        elif doubtful:
            about = {"principal": [entry.principal.name for entry in doubtful], "path": path.name, "share": share}
            first = doubtful[0]
            grounds = [entry.seen or entry.ground for entry in doubtful]
            yield unknown(subject, *grounds, tenant=tenant.name, says=first.judged.says, about=about)
        elif looked:
            yield fine(subject, *(entry.ground for entry in looked), tenant=tenant.name)


def _reachable(storage: Storage, tenant: Tenant, subject: str, share: str, let_in: Sequence[TriedShare]) -> Verdict:
    names = [entry.principal.name for entry in let_in]
    first = let_in[0].judged
    return REACHABLE(
        subject,
        *(entry.ground for entry in let_in),
        tenant=tenant.name,
        expected="access denied, or a share of the site file",
        found=first.found or first.says,
        people=shortened(names),
        principal=names,
        share=share,
        path=let_in[0].path,
        storage=storage.name,
    )
