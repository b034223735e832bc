"""Checks that the backup right is in effect in a real session of each account that backs up.

A right or a role that was granted to a group reaches the storage only with a ticket that contains the group. A host
uses its tickets for hours, and its open SMB sessions even longer, so a right can be granted and still be denied.
krbcheck connects as the account and queries the File Server Remote VSS agent, which serves only administrators and
backup operators of the server, and opens the root folder of each share with and without backup intent, for reading,
and closes it at once. Where the site file states a credential cache, the session uses the service ticket in it, as the
host does, and another session a new ticket. The agent decides where there is one: Samba ignores backup intent. Where
there is no agent, and the permissions of the share grant access anyway, nothing shows the right, and the result is not
determined. The restore right is not tested, because that would write.

Evidence: the reply of the agent (MS-FSRVP GetSupportedVersion), the opens with backup intent, the logon time of the
ticket, and when the groups of the account were changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from krbcheck.facts.backup_sessions import BackupReply, BackupSession, BackupSessions
from krbcheck.facts.observation import Observed
from krbcheck.facts.reasons import Ground
from krbcheck.facts.share_access import ShareAccess
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Backup, Site
from krbcheck.views.backup_accounts import BackupAccounts
from krbcheck.views.backup_standing import BackupStandings, Standing, why_untested
from krbcheck.views.ticket_ages import TicketAges
from krbcheck.windows.remedy import Remedy, changes, fill, looks

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
)


@check(
    id="backup.effective",
    title="The backup rights are in effect in sessions of the backup accounts",
    tells="Which account is denied although the right was granted, and whether its ticket is too old.",
    problems=[NOT_IN_EFFECT],
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
) -> Iterator[Verdict]:
    for backup in site.backups:
        for account in backup.accounts:
            tried = sessions.of(backup.storage, account)
            tenant = accounts.tenant_of(account)
            standing = standings.of(backup, account)
            yield _judged(site, backup, account, tried, standing, ages, tenant, vantages)


def _judged(
    site: Site,
    backup: Backup,
    account: str,
    tried: Sequence[BackupSession],
    standing: Standing,
    ages: TicketAges,
    tenant: str,
    vantages: Vantages,
) -> Verdict:
    subject = f"{account} on {backup.storage}"
    if not tried:
        return unknown(subject, why_untested(site, backup.storage, vantages), tenant=tenant)
    grounds: tuple[Ground, ...] = (*(session.seen for session in tried), *standing.why)
    denied = [session for session in tried if _state(session) is False]
    if denied and standing.held is False:
        says = f"{account} does not hold the rights ({standing.summary}), so they cannot be in effect"
        return unknown(subject, *grounds, tenant=tenant, says=says)
    if denied:
        return _not_in_effect(backup, account, denied, tried, ages, tenant, grounds)
    silent = [session.seen for session in tried if not isinstance(session.seen, Observed)]
    if silent:
        return unknown(subject, *silent, tenant=tenant)
    if all(_state(session) for session in tried):
        return fine(subject, *grounds, tenant=tenant)
    says = (
        f"{backup.storage} has no remote VSS agent that answers, and the permissions of the shares grant the same "
        "access with and without backup intent, so nothing shows whether the right is in effect"
    )
    return unknown(subject, *grounds, tenant=tenant, says=says)


def _state(session: BackupSession) -> bool | None:
    """Whether the right is in effect in a session; None if nothing shows it."""
    if not isinstance(session.seen, Observed) or session.seen.value.vss is None:
        return None
    reply: BackupReply = session.seen.value
    assert reply.vss is not None
    if reply.vss.serves or reply.shows_right:
        return True
    return False if reply.vss.denies else None


def _not_in_effect(
    backup: Backup,
    account: str,
    denied: Sequence[BackupSession],
    tried: Sequence[BackupSession],
    ages: TicketAges,
    tenant: str,
    grounds: Sequence[Ground],
) -> Verdict:
    worst = denied[0]
    newer = [session for session in tried if _state(session) and session.path == worst.path and not session.cached]
    joined = ages.joined_since(account, worst.logon) if worst.logon else None
    old = worst.cached and bool(newer or joined)
    found = "the remote VSS agent denies access"
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
    return NOT_IN_EFFECT.with_steps(fill(steps, values))(
        f"{account} on {backup.storage}",
        *grounds,
        tenant=tenant,
        expected="the remote VSS agent serves the account",
        found=found,
        account=account,
        storage=backup.storage,
        reason="stale-groups" if old else "",
    )


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"
