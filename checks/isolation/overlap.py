"""Checks that no two shares of a storage have folders that lie within each other.

Two shares with the same folder, or a share whose folder lies below another share's, are one: an account that may open
the outer share reads and changes the files of the inner share, and the access list of the inner share protects nothing.
krbcheck compares the folders that the storage states for its shares (SRVSVC NetrShareEnum level 502, NetrShareGetInfo
level 2), on Samba with letter case, elsewhere without. A folder that leads elsewhere by a symbolic link, a junction or
a mount point is not seen. Administrative shares contain all folders of a volume: isolation.unstated reports
who reaches them.

Evidence: the folder of each share that the site file states, and of each other share in the list; they are readable for
an administrator of a Windows server, and for every account on Samba.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Site, Storage
from krbcheck.views.share_folders import FolderOf, ShareFolders
from krbcheck.windows.common_steps import ELEVATED, ROOT, TOOLKIT
from krbcheck.windows.remedy import changes, fill, looks, variants

from ._removed_share import REMOVE

OFFLINE = "the virtual machines in share {inner} must be shut down, and start only when their hosts use the new folder"
MOVE = variants(
    "{storage}",
    windows=[
        looks(
            "Get-SmbShare | Select-Object Name, Path",
            says="Choose a folder for {inner} that lies in no other share's folder",
            on="{storage}",
            needs=ELEVATED,
        ),
        looks("Get-SmbShareAccess -Name '{inner}'", says="Write down the list", on="{storage}", needs=ELEVATED),
        changes(
            "Remove-SmbShare -Name '{inner}' -Force",
            says="Then move the folder's content to the new folder, with its NTFS permissions",
            on="{storage}",
            needs=ELEVATED,
            undo="New-SmbShare -Name '{inner}' -Path '{inner_path}' -FullAccess Administrators",
            undo_says="then Grant-SmbShareAccess with each entry of the list",
            caution=OFFLINE,
            interrupts=True,
        ),
        changes(
            "New-SmbShare -Name '{inner}' -Path NEW-FOLDER -FullAccess Administrators",
            says="Then grant each entry of the list again with Grant-SmbShareAccess",
            on="{storage}",
            needs=ELEVATED,
            undo="Remove-SmbShare -Name '{inner}' -Force",
            verify="Get-SmbShareAccess -Name '{inner}'",
            caution="no host has access until its entry is granted",
        ),
    ],
    samba=[
        looks(
            "testparm -s",
            says="Choose a folder for {inner} that lies in no other share's folder",
            on="{storage}",
            shows="the path of each share",
        ),
        changes(
            says="Move the folder's content to the new folder, and set path in the section [{inner}] of "
            "/etc/samba/smb.conf to it",
            on="{storage}",
            needs=ROOT,
            undo_says="move the content back to {inner_path} and set path to it again",
            verify="testparm -s",
            caution=OFFLINE,
            interrupts=True,
        ),
        changes(
            "smbcontrol all reload-config",
            on="{storage}",
            needs=ROOT,
            undo_says="restore /etc/samba/smb.conf and reload again",
        ),
    ],
    vmstore=[
        looks(
            "Get-TintriSmbShare",
            says="Write down the shares and their folders",
            on="a computer with the Tintri Automation Toolkit",
            needs=TOOLKIT,
        ),
        changes(
            says="Make a share with a folder of its own for {inner}, grant the same entries, and move the virtual "
            "machines to it with live storage migration (Move-VMStorage on a host)",
            on="the VMstore user interface of {storage}",
            undo_says="move the virtual machines back to {inner}",
            caution="the storage migration copies all data of the virtual machines",
        ),
    ],
)
NESTED = Problem(
    "nested",
    Severity.ERROR,
    says="The folder of {inner} ({inner_path}) lies within that of share {outer} ({outer_path}) on {storage}",
    alternatives=(MOVE, REMOVE),
    remedy=(),
    means="An account that may open the outer share reads and overwrites the virtual disks in the inner share, "
    "whatever the inner share's access list grants.",
    explains=[explains("isolation.unstated/unstated", same="storage unstated=share")],
    together=["storage", "outer"],
)


class Nesting(NamedTuple):
    """`inner` lies within `outer`, or both are the same folder."""

    inner: FolderOf
    outer: FolderOf


@check(
    id="isolation.overlap",
    title="No two shares' folders lie within each other",
    tells="Which shares contain each other's files, so that the access list of one of them protects nothing.",
    problems=[NESTED],
    refs=["MS-SRVS 2.2.4.26 (shi502_path)", "MS-SRVS 3.1.4.8", "MS-SRVS 3.1.4.10"],
)
def isolation_overlap(site: Site, folders: ShareFolders) -> Iterator[Verdict]:
    owners = {
        (storage.name, share.name.lower()): tenant.name
        for storage in site.storages
        for tenant, share in site.shares_at(storage.name)
    }
    for storage in site.storages:
        yield from _judged(storage, owners, folders)


def _judged(storage: Storage, owners: Mapping[tuple[str, str], str], folders: ShareFolders) -> Iterator[Verdict]:
    known = folders.at(storage.name)
    grounds = folders.grounds(storage.name)
    nested = list(_nested([folder for folder in known if folder.comparable]))
    for nesting in nested:
        inner, outer = nesting
        tenant = next((owners[key] for each in nesting if (key := (storage.name, each.share.lower())) in owners), "")
        unstated = next((each for each in (outer, inner) if not each.stated), None)
        values = {
            "inner": inner.share,
            "outer": outer.share,
            "inner_path": inner.path,
            "outer_path": outer.path,
            "storage": storage.name,
            "unstated": unstated.share if unstated else "",
            "folder": unstated.path if unstated else "",
        }
        finding = NESTED.with_steps(fill(REMOVE if unstated else MOVE, values))(
            f"{inner.share} and {outer.share} on {storage.name}",
            *grounds,
            tenant=tenant,
            expected="folders that do not contain each other",
            found=f"{inner.path} within {outer.path}",
            **values,
        )
        about = {name: values[name] for name in ("storage", "outer", "unstated")}
        yield labelled(finding, **about, share=[each.share for each in nesting if each.stated])
    says, missing = folders.unread(storage.name)
    if says:
        yield unknown(storage.name, *grounds, says=says, about={"storage": storage.name}, missing=missing)
    elif not nested:
        yield fine(storage.name, *grounds)


def _nested(known: Sequence[FolderOf]) -> Iterator[Nesting]:
    """Yields each pair of which one share at least is stated; the inner one of the same folder is the second."""
    for first, second in combinations(known, 2):
        if not (first.stated or second.stated):
            continue
        if second.within(first):
            yield Nesting(second, first)
        elif first.within(second):
            yield Nesting(first, second)
