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
from krbcheck.windows.common_steps import ELEVATED, ROOT, TOOLKIT
from krbcheck.windows.ntstatus import STATUS_BAD_NETWORK_NAME, ntstatus_name
from krbcheck.windows.remedy import changes, looks, variants

from ._wording import in_the_dark

NO_SUCH_SHARE = Problem(
    "no-such-share",
    Severity.ERROR,
    says="{subject} does not exist: {storage} has no share {share}",
    remedy=(
        looks(
            says="If the share has a new name or storage, correct it in the site file under tenants: {tenant}: shares"
        ),
        *variants(
            "{storage}",
            windows=[
                looks("Get-SmbShare", on="{storage}", needs=ELEVATED),
                changes(
                    "New-SmbShare -Name '{share}' -Path PATH",
                    says="If it is missing: PATH is its folder",
                    on="{storage}",
                    needs=ELEVATED,
                    undo="Remove-SmbShare -Name '{share}' -Force",
                    verify="Get-SmbShareAccess -Name '{share}'",
                    caution="a new share grants Read to Everyone: set its access list at once",
                ),
            ],
            samba=[
                looks("testparm -s", on="{storage}", shows="the section [{share}]"),
                changes(
                    "printf '\\n[%s]\\n    path = %s\\n    read only = no\\n' '{share}' 'PATH' >> /etc/samba/smb.conf",
                    says="If it is missing: PATH is its folder",
                    on="{storage}",
                    needs=ROOT,
                    undo_says="remove the last three lines of /etc/samba/smb.conf",
                    verify="testparm -s",
                    caution="a new share is open to everyone: set its access list with sharesec at once",
                ),
                changes(
                    "smbcontrol all reload-config",
                    on="{storage}",
                    needs=ROOT,
                    undo_says="restore /etc/samba/smb.conf and reload again",
                ),
            ],
            vmstore=[
                looks("Get-TintriSmbShare", on="a computer with the Tintri Automation Toolkit", needs=TOOLKIT),
                changes(
                    "New-TintriSmbShare -Name '{share}'",
                    says="If it is missing",
                    on="a computer with the Tintri Automation Toolkit",
                    needs=TOOLKIT,
                    undo="Remove-TintriSmbShare -Name '{share}' -Force",
                    verify="Get-TintriSmbShareAccess -Name '{share}'",
                    caution="set the access list of the new share at once",
                ),
            ],
        ),
    ),
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
