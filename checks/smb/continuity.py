"""What Hyper-V likes to have beside SMB 3.0: handles that outlive a failover, leases, continuously available shares.

Microsoft supports Hyper-V over SMB on any SMB 3.0 share, and recommends a continuously available one: its handles are
persistent, so that the storage may hand a running virtual machine's disk from one of its controllers to the other, and
the machine only waits. Without it a failover of the storage takes the disk away and the machine stops with an I/O
error. Leases let a host keep what it read. The storage tells of both in its answer to a NEGOTIATE of SMB 3 (the
capabilities 0x10 and 0x02), and of each share in the answer to a TREE_CONNECT (0x10). Nothing here is a fault.
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
from krbcheck.windows.ntstatus import STATUS_SUCCESS

from ._asked import in_the_dark, seen_or_why

SMB_2_1, SMB_3_0 = 0x0210, 0x0300

NO_PERSISTENT_HANDLES = Problem(
    "no-persistent-handles",
    Severity.NOTE,
    says="{subject} gives no persistent handles",
    remedy="Nothing to mend where {storage} is a single server; an appliance with two controllers or a cluster has a "
    "setting or firmware for it ('continuous availability', 'transparent failover'; on Windows the role File Server "
    "for scale-out)",
    means="A failover or restart of the storage takes their disks from running virtual machines instead of letting "
    "them wait.",
)
NO_LEASES = Problem(
    "no-leases",
    Severity.NOTE,
    says="{subject} gives no leases",
    remedy="On {storage}: 'smb2 leases = yes' with 'kernel oplocks = no' in smb.conf (Samba), or "
    "Set-SmbServerConfiguration -EnableLeasing $true (Windows)",
    means="Hosts must ask the storage again for what they read a moment ago, and lose caches whenever a file is opened "
    "twice.",
)
NOT_CONTINUOUS = Problem(
    "not-continuous",
    Severity.NOTE,
    says="{subject} is not continuously available, though {path} gives persistent handles",
    remedy="Set-SmbShare -Name {share} -ContinuouslyAvailable $true (Windows), or the share's setting on {storage}",
    means="The handles of this share do not survive a failover of the storage.",
)


@check(
    id="smb.continuity",
    title="Virtual disks outlive a failover of the storage",
    tells="Whether the storage has what Hyper-V likes beside SMB 3.0.",
    problems=[NO_PERSISTENT_HANDLES, NO_LEASES, NOT_CONTINUOUS],
    refs=["MS-SMB2 2.2.4 (Capabilities)", "MS-SMB2 2.2.10 (Capabilities)", "MS-SMB2 3.3.5.9.12"],
    part_is_enough=[SmbSessions],
)
def smb_continuity(site: Site, dialects: SmbDialects, sessions: SmbSessions, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        seen = seen_or_why((one.seen for one in dialects.of(tenant.name, path.name)), vantages, tenant.name)
        if not isinstance(seen, Observed):
            yield in_the_dark(path.name, seen, tenant.name)
            continue
        verdicts = list(_of_path(tenant, path, seen))
        yield from verdicts or [fine(path.name, seen, tenant=tenant.name)]
        if _gives(seen.value, SMB_3_0, CAP_PERSISTENT_HANDLES):
            for share in tenant.shares_of(path.storage):
                yield from _of_share(tenant, path, share, sessions)


def _gives(said: DialectReplies, oldest: int, capability: int) -> bool:
    """In any dialect from `oldest` on: what a server is able to do it says only to dialects that know of it."""
    return any(one.dialect >= oldest and one.capabilities & capability for one in said.spoken)


def _of_path(tenant: Tenant, path: DataPath, seen: Observed[DialectReplies]) -> Iterator[Verdict]:
    """Storage that is too old for either is smb.dialect's matter."""
    spoken = [one.dialect for one in seen.value.spoken]
    for problem, oldest, capability, what in (
        (NO_PERSISTENT_HANDLES, SMB_3_0, CAP_PERSISTENT_HANDLES, "persistent handles"),
        (NO_LEASES, SMB_2_1, CAP_LEASING, "leases"),
    ):
        if max(spoken, default=0) >= oldest and not _gives(seen.value, oldest, capability):
            yield problem(path.name, seen, tenant=tenant.name, expected=what, found=f"no {what}", storage=path.storage)


def _of_share(tenant: Tenant, path: DataPath, share: Share, sessions: SmbSessions) -> Iterator[Verdict]:
    """Nothing where no principal could connect to it: isolation.own and smb.share tell of that."""
    subject = f"\\\\{path.name}\\{share.name}"
    for seen in (one.seen for one in sessions.kerberos(tenant.name, path.name)):
        if not isinstance(seen, Observed) or not (told := _capabilities(seen.value, share.name)):
            continue
        if told[0] & CAP_CONTINUOUS:
            yield fine(subject, seen, tenant=tenant.name)
        else:
            yield NOT_CONTINUOUS(
                subject,
                seen,
                tenant=tenant.name,
                expected="continuously available",
                found="not",
                path=path.name,
                share=share.name,
                storage=path.storage,
            )
        return


def _capabilities(said: SmbSetUp, share: str) -> tuple[int, ...]:
    tree = said.tree(share)
    return (tree.capabilities,) if tree is not None and tree.status == STATUS_SUCCESS else ()
