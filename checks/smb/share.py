"""Every share that the site states is there, under every data path of its tenant.

A share that was renamed, or that lives on another storage, gives STATUS_BAD_NETWORK_NAME to every host. Each principal
that has a session at a data path connects to each share of its tenant by the name that the hosts type; one that is
refused access has found the share. Where no principal has a session nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.smb import SmbSession, SmbSessions, TreeReply
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine
from krbcheck.site.stated import DataPath, Share, Site, Tenant
from krbcheck.windows.ntstatus import STATUS_BAD_NETWORK_NAME, ntstatus_name

from ._asked import in_the_dark, why_no_speaker

NO_SUCH_SHARE = Problem(
    "no-such-share",
    Severity.ERROR,
    says="There is no share {share} at {path}",
    remedy="New-TintriSmbShare -Name {share} (VMstore), New-SmbShare -Name {share} -Path PATH (Windows), or a "
    "[{share}] section in smb.conf (Samba); if the share has another name or storage now, correct it in the site file "
    "under tenants: {tenant}: shares. Get-TintriSmbShare or Get-SmbShare lists what {storage} has",
    means="Hosts get 'the network name cannot be found', and the virtual machines on the share do not start.",
)


@check(
    id="smb.share",
    title="Every stated share exists at every data path of its tenant",
    tells="Which shares the storage does not know by the name that the site states.",
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
        (one.seen, tree)
        for one in here
        if isinstance(one.seen, Observed) and (tree := one.seen.value.tree(share.name)) is not None
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
    return in_the_dark(subject, _why_no_session(tenant, path, here, vantages), tenant.name)


def _exists(tree: TreeReply) -> bool:
    return tree.status != STATUS_BAD_NETWORK_NAME or tree.redirected


def _why_no_session(tenant: Tenant, path: DataPath, here: Sequence[SmbSession], vantages: Vantages) -> Unobserved | str:
    silent = [one.seen for one in here if isinstance(one.seen, Unobserved)]
    if silent:
        return silent[0]
    if here:
        return f"no principal of {tenant.name} has a session at {path.name} (see smb.session)"
    return why_no_speaker(tenant, path, vantages)
