"""Checks the SMB features that Hyper-V recommends: persistent handles, leases, continuously available shares.

Microsoft supports Hyper-V over SMB on every SMB 3.0 share and recommends a continuously available share. The handles of
such a share are persistent: after a failover of the storage the host reopens them, and the virtual machine only waits.
Without persistent handles a failover closes the virtual disk, and the virtual machine stops with an I/O error. Leases
let a host cache what it has read. The storage reports both capabilities in its SMB 3 NEGOTIATE response (0x10 and 0x02)
and continuous availability in its TREE_CONNECT response (0x10). Every finding of this check is a note.

Evidence: the reply to NEGOTIATE of each dialect, and the reply to TREE_CONNECT in a session at the share.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbSessions, SmbSetUp
from krbcheck.facts.smb_features import CAP_CONTINUOUS, CAP_LEASING, CAP_PERSISTENT_HANDLES, DialectReplies, SmbDialects
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine
from krbcheck.site.stated import DataPath, Share, Site, Tenant
from krbcheck.views.query_gaps import seen_or_why
from krbcheck.windows.common_steps import ELEVATED
from krbcheck.windows.ntstatus import STATUS_SUCCESS
from krbcheck.windows.remedy import changes, looks, variants
from krbcheck.windows.server_steps import samba_setting, server_setting

from ._wording import in_the_dark

SMB_2_1, SMB_3_0 = 0x0210, 0x0300

NO_PERSISTENT_HANDLES = Problem(
    "no-persistent-handles",
    Severity.NOTE,
    says="{subject} does not support persistent handles",
    remedy=(
        looks(says="No fix is needed if {storage} is a single server"),
        *variants(
            "{storage}",
            windows=[
                looks(
                    "Get-SmbShare | Select-Object Name, ContinuouslyAvailable",
                    says="On a Windows failover cluster, shares of the role File Server support persistent handles",
                    on="{storage}",
                )
            ],
            vmstore=[
                looks(
                    says="Update the firmware, or enable continuous availability in the SMB settings",
                    on="the VMstore user interface of {storage}",
                )
            ],
        ),
    ),
    means="After a failover or restart of the storage, running virtual machines lose their disks instead of waiting "
    "for them.",
)
NO_LEASES = Problem(
    "no-leases",
    Severity.NOTE,
    says="{subject} does not support leases",
    remedy=(
        looks(says="No fix is needed: without leases the hosts only cache less"),
        *variants(
            "{storage}",
            windows=server_setting("{storage}", "EnableLeasing $true", "EnableLeasing $false"),
            samba=(
                looks(says="Open files break if kernel oplocks change: use a maintenance window", on="{storage}"),
                *samba_setting("{storage}", "global", "kernel oplocks = no"),
                *samba_setting("{storage}", "global", "smb2 leases = yes"),
            ),
        ),
    ),
    means="Hosts read the same data from the storage again, and lose their cache whenever a file is opened a second "
    "time.",
)
NOT_CONTINUOUS = Problem(
    "not-continuous",
    Severity.NOTE,
    says="{subject} is not continuously available, although {path} supports persistent handles",
    remedy=(
        looks(says="No fix is needed if the virtual machines may stop during a failover of {storage}"),
        *variants(
            "{storage}",
            windows=[
                changes(
                    "Set-SmbShare -Name '{share}' -ContinuouslyAvailable $true -Force",
                    says="On a failover cluster, in a maintenance window: open handles stay as they are",
                    on="{storage}",
                    needs=ELEVATED,
                    undo="Set-SmbShare -Name '{share}' -ContinuouslyAvailable $false -Force",
                    verify="Get-SmbShare -Name '{share}' | Select-Object ContinuouslyAvailable",
                )
            ],
            vmstore=[
                looks(
                    says="Enable continuous availability in the settings of the share",
                    on="the VMstore user interface of {storage}",
                )
            ],
        ),
    ),
    means="The open files of this share do not survive a failover of the storage.",
)


@check(
    id="smb.continuity",
    title="Virtual disks stay open during a failover of the storage",
    tells="Whether the storage supports the SMB features that Hyper-V recommends.",
    problems=[NO_PERSISTENT_HANDLES, NO_LEASES, NOT_CONTINUOUS],
    refs=["MS-SMB2 2.2.4 (Capabilities)", "MS-SMB2 2.2.10 (Capabilities)", "MS-SMB2 3.3.5.9.12"],
    part_is_enough=[SmbSessions],
)
def smb_continuity(site: Site, dialects: SmbDialects, sessions: SmbSessions, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        seen = seen_or_why((dialect.seen for dialect in dialects.of(tenant.name, path.name)), vantages, tenant.name)
        if not isinstance(seen, Observed):
            yield in_the_dark(path.name, seen, tenant.name)
            continue
        verdicts = list(_of_path(tenant, path, seen))
        yield from verdicts or [fine(path.name, seen, tenant=tenant.name)]
        if _gives(seen.value, SMB_3_0, CAP_PERSISTENT_HANDLES):
            for share in tenant.shares_of(path.storage):
                yield from _of_share(tenant, path, share, sessions)


def _gives(said: DialectReplies, oldest: int, capability: int) -> bool:
    """Whether any dialect from `oldest` on has the capability: a server reports it only in dialects that define it."""
    return any(negotiated.dialect >= oldest and negotiated.capabilities & capability for negotiated in said.spoken)


def _of_path(tenant: Tenant, path: DataPath, seen: Observed[DialectReplies]) -> Iterator[Verdict]:
    """Judges persistent handles and leases. smb.dialect reports storage that is too old for either."""
    spoken = [negotiated.dialect for negotiated in seen.value.spoken]
    for problem, oldest, capability, what in (
        (NO_PERSISTENT_HANDLES, SMB_3_0, CAP_PERSISTENT_HANDLES, "persistent handles"),
        (NO_LEASES, SMB_2_1, CAP_LEASING, "leases"),
    ):
        if max(spoken, default=0) >= oldest and not _gives(seen.value, oldest, capability):
            yield problem(path.name, seen, tenant=tenant.name, expected=what, found=f"no {what}", storage=path.storage)


def _of_share(tenant: Tenant, path: DataPath, share: Share, sessions: SmbSessions) -> Iterator[Verdict]:
    """Judges one share. Yields nothing where no principal could connect: isolation.own and smb.share report that."""
    subject = f"\\\\{path.name}\\{share.name}"
    for seen in (session.seen for session in sessions.kerberos(tenant.name, path.name)):
        if not isinstance(seen, Observed) or not (answers := _capabilities(seen.value, share.name)):
            continue
        if answers[0] & CAP_CONTINUOUS:
            yield fine(subject, seen, tenant=tenant.name)
        else:
            yield NOT_CONTINUOUS(
                subject,
                seen,
                tenant=tenant.name,
                expected="continuously available",
                found="not continuously available",
                path=path.name,
                share=share.name,
                storage=path.storage,
            )
        return


def _capabilities(said: SmbSetUp, share: str) -> tuple[int, ...]:
    tree = said.proved_tree(share)
    return (tree.capabilities,) if tree is not None and tree.status == STATUS_SUCCESS else ()
