"""Checks that the storage has remote VSS, where the backup product uses it.

For a consistent backup of running virtual machines on SMB storage, the host requests a shadow copy from the file server
by the File Server Remote VSS protocol (MS-FSRVP). Microsoft lists its agent (File Server VSS Agent Service) as a
prerequisite of DPM, and Veeam one of its on-host backup; DPM 2016 and later use resilient change tracking on hosts with
Windows Server 2016 and later, and may do without. krbcheck connects to the agent in a session of each account that
backs up, at each data path of the storage, and calls GetSupportedVersion and IsPathSupported for each share: these two
change nothing. A storage that serves no RPC at all is not determined: its missing pipe is no evidence.

Evidence: the replies of the agent (pipe FssagentRpc) at each data path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.backup_sessions import BackupReply, BackupSession, BackupSessions, PathSupport
from krbcheck.facts.observation import Observed
from krbcheck.facts.share_access import ShareAccess
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Backup, Site
from krbcheck.views.backup_standing import BackupStandings, why_untested
from krbcheck.views.rejected_readers import no_interface
from krbcheck.windows.hresult import hresult_name
from krbcheck.windows.remedy import changes, looks, variants

NO_REMOTE_VSS = Problem(
    "no-remote-vss",
    Severity.WARNING,
    says="{path} has no remote VSS agent, which {product} uses: {found}",
    remedy=variants(
        "{storage}",
        windows=(
            changes(
                "Install-WindowsFeature FS-VSS-Agent",
                on="{storage}, each node",
                undo="Uninstall-WindowsFeature FS-VSS-Agent",
                verify="Get-WindowsFeature FS-VSS-Agent",
                shows="Installed",
            ),
        ),
        samba=(
            changes(
                says="Add a module with snapshots (btrfs, snapper or shell_snap) to vfs objects of each share, and "
                "start the service for remote VSS (rpcd_fsrvp)",
                on="{storage}",
                undo_says="remove the module from vfs objects",
                verify="rpcclient {path} --use-kerberos=required -c fss_get_sup_version",
                shows="server {path} supports FSRVP versions",
            ),
        ),
        vmstore=(looks(says="Confirm with Tintri that remote VSS is available with this firmware", on="{storage}"),),
    ),
    means="The host cannot request a shadow copy from the storage. Backups of running virtual machines fail, or the "
    "product uses a slower method.",
)
SHARE_NOT_SUPPORTED = Problem(
    "share-not-supported",
    Severity.WARNING,
    says="{share} on {path} has no remote VSS although {path} has an agent: {found}",
    remedy=(
        looks("vssadmin list providers", on="the file server, if it runs Windows", shows="a provider for the volume"),
        looks(
            says="Check that snapshots are enabled for the volume of {share}; some storages support no share whose "
            "path is the root of a volume",
            on="{storage}",
        ),
    ),
    means="A shadow copy of this share cannot be made, so that its virtual machines have no consistent backup.",
)


@check(
    id="backup.vss",
    title="The storage has remote VSS where the backup product uses it",
    tells="Which data path has no remote VSS agent, and which share it does not support.",
    problems=[NO_REMOTE_VSS, SHARE_NOT_SUPPORTED],
    refs=["MS-FSRVP 3.1.4.1 (GetSupportedVersion)", "MS-FSRVP 3.1.4.9 (IsPathSupported)"],
    part_is_enough=[ShareAccess],
)
def vss(site: Site, sessions: BackupSessions, standings: BackupStandings, vantages: Vantages) -> Iterator[Verdict]:
    done: set[str] = set()
    for backup in site.backups:
        if not backup.uses_remote_vss:
            continue
        tried = [session for account in backup.accounts for session in sessions.of(backup.storage, account)]
        for path in dict.fromkeys(session.path for session in tried):
            if path not in done:
                yield from _path(backup, [session for session in tried if session.path == path], standings)
            done.add(path)
        if not tried:
            yield unknown(backup.storage, why_untested(site, backup.storage, vantages))


def _path(backup: Backup, tried: Sequence[BackupSession], standings: BackupStandings) -> Iterator[Verdict]:
    first = tried[0]
    replies = [session.seen for session in tried if isinstance(session.seen, Observed) and session.seen.value.vss]
    serving = [seen for seen in replies if seen.value.vss and seen.value.vss.serves]
    if serving:
        yield from _shares(first, serving)
    elif not replies:
        yield unknown(first.path, *(session.seen for session in tried), tenant=first.tenant)
    elif denied := [session.principal for session in tried if _denies(session)]:
        says = "the remote VSS agent denies the accounts that back up, so the shares could not be queried"
        about = {"path": first.path, "denied": denied}
        yield unknown(first.path, *replies, tenant=first.tenant, says=says, about=about)
    elif not standings.serves_rpc(first.storage):
        yield unknown(first.path, *replies, tenant=first.tenant, says=no_interface(first.storage))
    else:
        reply = replies[0].value.vss
        assert reply is not None
        yield NO_REMOTE_VSS(
            first.path,
            *replies,
            tenant=first.tenant,
            expected="an agent of the File Server Remote VSS protocol",
            found=reply.summary(),
            path=first.path,
            product=backup.product,
            storage=first.storage,
        )


def _denies(session: BackupSession) -> bool:
    vss = session.seen.value.vss if isinstance(session.seen, Observed) else None
    return vss is not None and vss.denies


def _shares(first: BackupSession, serving: Sequence[Observed[BackupReply]]) -> Iterator[Verdict]:
    paths: dict[str, PathSupport] = {}
    for seen in serving:
        for path in seen.value.vss.paths if seen.value.vss else ():
            if path.share not in paths or path.is_supported:
                paths[path.share] = path
    if not paths:
        yield fine(first.path, *serving, tenant=first.tenant)
    for share, path in paths.items():
        subject = rf"\\{first.path}\{share}"
        if path.is_supported:
            yield fine(subject, *serving, tenant=first.tenant)
            continue
        yield SHARE_NOT_SUPPORTED(
            subject,
            *serving,
            tenant=first.tenant,
            expected="IsPathSupported: supported",
            found=hresult_name(path.error) if path.error else "the agent returns that the share is not supported",
            path=first.path,
            share=share,
            storage=first.storage,
        )
