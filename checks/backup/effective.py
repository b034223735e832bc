"""Checks that the backup right is in effect in a real session of each account that backs up.

A right or a role that was granted to a group reaches the storage only with a ticket that contains the group. A host
uses its tickets for hours, and its open SMB sessions even longer, so a right can be granted and still be denied.
krbcheck connects as the account and queries the File Server Remote VSS agent, which serves only administrators and
backup operators of the server, and opens the root folder of each share with and without backup intent, for reading,
and closes it at once. Where the site file states a credential cache, the session uses the service ticket in it, as the
host does, and another session a new ticket. The agent decides where there is one: Samba ignores backup intent. Where
there is no agent, and the permissions of the share grant access anyway, nothing shows the right, and the result is not
determined. The restore right is not tested, because that would write.

With `--write-probes` each session also creates a folder with a file whose permissions deny everyone to read it, and
reads the file with and without backup intent. Both are removed at once; the storage removes them itself if the
connection ends before. That shows the right at a storage without an agent too.

Evidence: the reply of the agent (MS-FSRVP GetSupportedVersion), the opens with backup intent, the file that denies
everyone, the logon time of the ticket, and when the groups of the account were changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from krbcheck.facts.backup_sessions import BackupReply, BackupSession, BackupSessions, WriteProbe
from krbcheck.facts.observation import Observed
from krbcheck.facts.reasons import Ground
from krbcheck.facts.share_access import ShareAccess
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Backup, Site
from krbcheck.views.backup_accounts import BackupAccounts
from krbcheck.views.backup_standing import BackupStandings, Standing, why_untested
from krbcheck.views.platforms import Platforms
from krbcheck.views.ticket_ages import TicketAges
from krbcheck.windows.remedy import Platform, Remedy, changes, fill, looks

PURGE_HOST: Remedy = (
    looks("klist -li 0x3e7", on="{host}", shows="the start time of the tickets for cifs/{path}"),
    changes(
        "klist -li 0x3e7 purge",
        on="{host}",
        undo_says="none is needed: the host requests new tickets",
        verify="klist -li 0x3e7 get cifs/{path}",
        shows="a ticket with a new start time",
    ),
    changes(
        "Restart-Service LanmanWorkstation -Force",
        on="{host}",
        undo_says="none is needed: the host connects again",
        caution="interrupts the virtual machines of {host} on SMB storage: move them to another host first",
        interrupts=True,
    ),
)
PURGE_USER: Remedy = (
    changes(
        "klist purge",
        on="the logon session of {host}",
        undo_says="none is needed: the session requests new tickets",
        verify="klist get cifs/{path}",
        shows="a ticket with a new start time",
    ),
    changes(
        "Restart-Service VeeamBackupSvc",
        says="or the service that runs as {host}: its open SMB sessions keep the old groups",
        on="the server of the backup product",
        undo_says="none is needed: the service starts again",
        caution="ends running backups",
        interrupts=True,
    ),
)
GROUPS: Remedy = (
    looks("krbcheck run SITE --only ticket.groups,backup", shows="whether the ticket has the group"),
    looks(says="Compare the holder of the right on {storage} with the groups in the ticket of {host}", on="{storage}"),
)
NOT_IN_EFFECT = Problem(
    "not-in-effect",
    Severity.ERROR,
    says="{account} has no backup right in its sessions: {found}",
    remedy=(),
    means="The right is granted on paper, but the storage does not apply it to the account's sessions: backups are "
    "denied access. Usually the account's ticket is older than its membership of the group that holds the right.",
    alternatives=(PURGE_HOST, PURGE_USER, GROUPS),
    explains=[explains("backup.vss", same="storage account=denied")],
)
INTENT_IGNORED = Problem(
    "intent-ignored",
    Severity.NOTE,
    says="{storage} serves {account} as a backup operator, but not its opens with backup intent: {found}",
    remedy=(
        looks(
            "icacls '\\\\{path}\\{share}'",
            on="a Windows host with access to {share}",
            shows="an entry (F) for {account} or one of its groups",
        ),
    ),
    means="What the permissions of a file deny, the account cannot read there, whatever rights it holds: grant full "
    "access on shares and folders to the accounts that back up. Samba ignores backup intent.",
)
BY_A_FILE = (
    "krbcheck run SITE --only backup --write-probes can show whether the right is in effect: it creates a file in the "
    "share, reads it, and removes it"
)
PROBE_LEFT = Problem(
    "probe-left",
    Severity.WARNING,
    says="{folder}, the folder of --write-probes in {share}, may still exist: {found}",
    remedy=(
        changes(
            says="Delete the folder {folder}",
            on="a host with full access to {share}",
            undo_says="none is needed: the folder has a file of krbcheck alone",
        ),
    ),
    means="krbcheck created a folder with a file of one byte and could not verify that the storage removed both.",
)


@check(
    id="backup.effective",
    title="The backup rights are in effect in sessions of the backup accounts",
    tells="Which account is denied although the right was granted, and whether its ticket is too old.",
    problems=[NOT_IN_EFFECT, INTENT_IGNORED, PROBE_LEFT],
    refs=["MS-FSRVP 3.1.4.1 (GetSupportedVersion)", "MS-SMB2 2.2.13 (FILE_OPEN_FOR_BACKUP_INTENT)"],
    part_is_enough=[ShareAccess],
)
def effective(
    site: Site,
    sessions: BackupSessions,
    standings: BackupStandings,
    accounts: BackupAccounts,
    ages: TicketAges,
    vantages: Vantages,
    platforms: Platforms,
) -> Iterator[Verdict]:
    for backup in site.backups:
        for account in backup.accounts:
            tried = sessions.of(backup.storage, account)
            tenant = accounts.tenant_of(account)
            standing = standings.of(backup, account)
            if not tried:
                why = why_untested(site, backup.storage, vantages)
                about = {"storage": backup.storage}
                yield unknown(f"{account} on {backup.storage}", why, tenant=tenant, about=about)
                continue
            seen = [_Tried(session, _state(session, platforms)) for session in tried]
            yield _judged(backup, account, seen, standing, ages, tenant)
            yield from _left(tried, tenant)


class _Tried(NamedTuple):
    """A session, and whether the right is in effect in it; None if nothing shows it."""

    session: BackupSession
    state: bool | None


def _judged(
    backup: Backup, account: str, tried: Sequence[_Tried], standing: Standing, ages: TicketAges, tenant: str
) -> Verdict:
    subject, about = f"{account} on {backup.storage}", {"storage": backup.storage, "account": account}
    grounds: tuple[Ground, ...] = (*(entry.session.seen for entry in tried), *standing.why)
    denied = [entry.session for entry in tried if entry.state is False]
    if denied and standing.held is False:
        says = f"{account} does not hold the rights ({standing.summary}), so they cannot be in effect"
        return unknown(subject, *grounds, tenant=tenant, says=says, about=about)
    if denied:
        return _not_in_effect(backup, account, denied, tried, ages, tenant, grounds)
    silent = [entry.session.seen for entry in tried if not isinstance(entry.session.seen, Observed)]
    if silent:
        return unknown(subject, *silent, tenant=tenant, about=about)
    if all(entry.state for entry in tried):
        ignored = next((session for session, _ in tried if (write := _write(session)) and write.denied), None)
        if ignored is not None:
            return _ignored(backup, account, ignored, tenant, grounds)
        return fine(subject, *grounds, tenant=tenant)
    says, step = _why_not_shown(backup, [session for session, _ in tried])
    return unknown(subject, *grounds, tenant=tenant, says=says, about=about, next_step=step)


def _why_not_shown(backup: Backup, tried: Sequence[BackupSession]) -> tuple[str, str]:
    """Returns why no session shows whether the right is in effect, and the next step."""
    without = f"{backup.storage} has no remote VSS agent that answers, and"
    writes = [write for session in tried if (write := _write(session))]
    if not writes:
        says = "the permissions of the shares grant the same access with and without backup intent"
        return f"{without} {says}", BY_A_FILE
    return f"{without} the file of --write-probes does not show the right: {writes[0].summary()}", ""


def _write(session: BackupSession) -> WriteProbe | None:
    return session.seen.value.write if isinstance(session.seen, Observed) else None


def _state(session: BackupSession, platforms: Platforms) -> bool | None:
    """Whether the right is in effect in a session; None if nothing shows it.

    A file that denies everyone shows nothing at Samba if it is denied: Samba ignores backup intent.
    """
    if not isinstance(session.seen, Observed) or session.seen.value.vss is None:
        return None
    reply: BackupReply = session.seen.value
    assert reply.vss is not None
    if reply.vss.serves or reply.shows_right:
        return True
    platform, _ = platforms.known.get(session.storage.lower(), (None, ""))
    refused = reply.write is not None and reply.write.denied and platform is not Platform.SAMBA
    return False if reply.vss.denies or refused else None


def _ignored(backup: Backup, account: str, session: BackupSession, tenant: str, grounds: Sequence[Ground]) -> Verdict:
    write = _write(session)
    assert write is not None
    return INTENT_IGNORED(
        f"{account} on {backup.storage}",
        *grounds,
        tenant=tenant,
        expected="backup intent opens what the permissions deny",
        found=f"STATUS_ACCESS_DENIED for a file of krbcheck in {write.share}",
        account=account,
        storage=backup.storage,
        path=session.path,
        share=write.share,
        host=account.rpartition("@")[0].removesuffix("$"),
    )


def _left(tried: Sequence[BackupSession], tenant: str) -> Iterator[Verdict]:
    for session in tried:
        write = _write(session)
        if write is not None and write.left:
            share = rf"\\{session.path}\{write.share}"
            finding = PROBE_LEFT(
                rf"{share}\{write.left}",
                session.seen,
                tenant=tenant,
                expected="the folder was removed",
                found=write.refused or "it could be opened after it was closed",
                share=share,
                folder=write.left,
            )
            yield labelled(finding, path=session.path, share=write.share, account=session.principal)


def _not_in_effect(
    backup: Backup,
    account: str,
    denied: Sequence[BackupSession],
    tried: Sequence[_Tried],
    ages: TicketAges,
    tenant: str,
    grounds: Sequence[Ground],
) -> Verdict:
    worst = denied[0]
    newer = [entry for entry, state in tried if state and entry.path == worst.path and not entry.cached]
    joined = ages.joined_since(account, worst.logon) if worst.logon else None
    old = worst.cached and bool(newer or joined)
    found = _denial(worst)
    if old and worst.logon:
        what = "the right works with a new ticket" if newer else "the account was added to a group"
        if joined and joined.exact:
            what = f"the right is granted since {_time(joined.at)} by {joined.group}"
        elif joined:
            what = f"the right is granted by {joined.group}, changed {_time(joined.at)}"
        found = f"{what}, this host's ticket is from {_time(worst.logon)}"
    name = account.rpartition("@")[0]
    host = name.removesuffix("$")
    steps = (PURGE_HOST if name.endswith("$") else PURGE_USER) if old else GROUPS
    values = {"host": host, "path": worst.path, "storage": backup.storage}
    finding = NOT_IN_EFFECT.with_steps(fill(steps, values))(
        f"{account} on {backup.storage}",
        *grounds,
        tenant=tenant,
        expected="the remote VSS agent, or an open with backup intent, serves the account",
        found=found,
        account=account,
        storage=backup.storage,
        reason="stale-groups" if old else "",
    )
    reason = "stale-groups" if old else "holder"
    return labelled(finding, account=account, storage=backup.storage, reason=reason)


def _denial(session: BackupSession) -> str:
    """Returns what denies the right: the agent, or the file that denies everyone."""
    assert isinstance(session.seen, Observed)
    vss, write = session.seen.value.vss, session.seen.value.write
    agent = "the remote VSS agent denies access" if vss is not None and vss.denies else ""
    file = f"backup intent does not open a file in {write.share} that denies everyone" if write and write.denied else ""
    return " and ".join(filter(None, (agent, file)))


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"
