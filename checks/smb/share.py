"""Checks that every share that the site file states exists at every data path of its tenant.

A share that was renamed or moved to another storage returns STATUS_BAD_NETWORK_NAME to every host. Each principal that
has a session at a data path connects to each share of its tenant by the name that the hosts use. A share that denies
access exists. Where no principal has a session, the result is not determined.

Evidence: the reply to TREE_CONNECT at the share in a session of a principal of the tenant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.smb import SmbSession, SmbSessions, TreeReply
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine
from krbcheck.site.stated import DataPath, Share, Site, Tenant
from krbcheck.views.query_gaps import why_no_speaker
from krbcheck.windows.ntstatus import STATUS_BAD_NETWORK_NAME, ntstatus_name

from ._wording import in_the_dark

NO_SUCH_SHARE = Problem(
    "no-such-share",
    Severity.ERROR,
    says="{subject} does not exist: {storage} has no share {share}",
    remedy="Get-TintriSmbShare (lists the shares of a VMstore; on Windows: Get-SmbShare); If the share has a new "
    "name or storage, correct tenants: {tenant}: shares in the site file; New-TintriSmbShare -Name {share} (creates "
    "it on a VMstore); New-SmbShare -Name {share} -Path PATH (creates it on Windows); On Samba, add a section "
    "[{share}] to smb.conf of {storage}; Verify: Test-Path {subject} on a host of {tenant}",
    means="Hosts report 'The network name cannot be found', and the virtual machines on the share do not start.",
    explains=[
        explains("isolation.own", "isolation.own/*", "smb.encryption", same="path share"),
        explains("isolation.acl", same="storage share"),
    ],
)


@check(
    id="smb.share",
    title="Every stated share exists at every data path of its tenant",
    tells="Which shares of the site file do not exist on the storage.",
    problems=[NO_SUCH_SHARE],
    refs=["MS-SMB2 3.3.5.7", "MS-ERREF 2.3.1 (0xC00000CC)"],
    part_is_enough=[SmbSessions],
)
def smb_share(site: Site, sessions: SmbSessions, vantages: Vantages) -> Iterator[Verdict]:
    for tenant in site.tenants:
        for path in tenant.data_paths:
            here = sessions.kerberos(tenant.name, path.name)
            for share in tenant.shares_of(path.storage):
                yield _judged(tenant, path, share, here, vantages)


def _judged(tenant: Tenant, path: DataPath, share: Share, here: Sequence[SmbSession], vantages: Vantages) -> Verdict:
    subject = f"\\\\{path.name}\\{share.name}"
    trees = [
        (session.seen, tree)
        for session in here
        if isinstance(session.seen, Observed) and (tree := session.seen.value.proved_tree(share.name)) is not None
    ]
    there = [seen for seen, tree in trees if _exists(tree)]
    if there:
        return fine(subject, there[0], tenant=tenant.name)
    if trees:
        return NO_SUCH_SHARE(
            subject,
            *(seen for seen, _ in trees),
            tenant=tenant.name,
            expected=f"share {share.name}",
            found=ntstatus_name(STATUS_BAD_NETWORK_NAME),
            share=share.name,
            path=path.name,
            storage=path.storage,
        )
    about = {"path": path.name, "share": share.name}
    return in_the_dark(subject, _why_no_session(tenant, path, here, vantages), tenant.name, about)


def _exists(tree: TreeReply) -> bool:
    return tree.status != STATUS_BAD_NETWORK_NAME or tree.redirected


def _why_no_session(tenant: Tenant, path: DataPath, here: Sequence[SmbSession], vantages: Vantages) -> Unobserved | str:
    silent = [session.seen for session in here if isinstance(session.seen, Unobserved)]
    if silent:
        return silent[0]
    if here:
        return f"{path.name} accepted no session of a principal of {tenant.name} (see smb.session)"
    return why_no_speaker(tenant, path, vantages)
