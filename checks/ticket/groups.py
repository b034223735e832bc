"""A ticket carries the groups of the moment it was made; what changed since reaches the storage only with a new one.

A host that joins a group (the tenant's, the backup group) goes on with the tickets that it holds, for hours, and is
refused what the group grants; one that leaves keeps what it had. Known in three ways. The principal asks its KDC for a
ticket to itself, which the key of its own TGT opens: the groups in it are held against those that every controller
gives now. Where the site names a credential cache, the moment at which each membership was written
(msDS-ReplValueMetaData) is held against the logon of every ticket in it; and the tenant's shares are opened with the
service ticket that lies there and with a fresh one. A Windows KDC copies the groups of the TGT into every ticket that
it makes by it; Samba's adds those that were joined since and keeps those that were left.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Directories
from krbcheck.facts.groups import CachedSessions, CredentialCaches, GroupChanges, OwnGroups
from krbcheck.facts.kerberos import TicketGrants
from krbcheck.facts.smb import SmbSessions
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Principal, Site, Tenant
from krbcheck.windows.quoting import Remedy, filled

from ._grants import why_no_tgt
from ._memberships import Compared, by_access, by_ticket, by_time

STALE_GROUPS = Problem(
    "stale-groups",
    Severity.ERROR,
    says="The tickets of {subject} are older than its memberships: {found}",
    remedy="{mend}",
    means="The groups are in the directory and not in the ticket: the storage refuses what they grant. Only Kerberos "
    "tickets are concerned, and SMB sessions that are open keep the old groups until they are made anew.",
)
LOST_GROUPS = Problem(
    "lost-groups",
    Severity.WARNING,
    says="The tickets of {subject} carry groups that it has left: {found}",
    remedy="{mend}",
    means="What was taken away still works, until the ticket ends (ten hours as a rule) or is purged.",
)
PURGE_HOST = (
    "On {host}: klist -li 0x3e7 purge; then reconnect, since open SMB sessions keep the old groups: Restart-Service "
    "LanmanWorkstation -Force, or restart the host (Get-SmbConnection must show none to the storage before)"
)
PURGE_USER = (
    "In the session of {host}: klist purge; then net use * /delete, or log off and on: open SMB sessions keep the old "
    "groups"
)


def _mend(principal: Principal) -> Remedy:
    """A computer account ends in a dollar sign; its tickets are those of the logon session 0x3e7."""
    name = principal.account
    template, host = (PURGE_HOST, name[:-1]) if name.endswith("$") else (PURGE_USER, name)
    return filled(template, {"host": host})


def _judged(tenant: Tenant, principal: Principal, ways: list[Compared]) -> Iterator[Verdict]:
    found = False
    for problem, lines, expected in (
        (STALE_GROUPS, [line for one in ways for line in one.stale], "the groups that the directory gives now"),
        (LOST_GROUPS, [line for one in ways for line in one.lost], "no group that it has left"),
    ):
        if lines:
            found = True
            yield problem(
                principal.name,
                *(ground for one in ways for ground in one.seen),
                tenant=tenant.name,
                expected=expected,
                found="; ".join(lines),
                groups=lines,
                mend=_mend(principal),
            )
    undecided = [ground for one in ways for ground in one.undecided]
    if undecided and not found:
        yield unknown(principal.name, *undecided, tenant=tenant.name)
    elif not found:
        yield fine(principal.name, *(ground for one in ways for ground in one.seen), tenant=tenant.name)


@check(
    id="ticket.groups",
    title="The groups in every ticket are those that the directory gives now",
    tells="Whether a host's tickets are older than its memberships, so that it is refused what it was granted.",
    problems=[STALE_GROUPS, LOST_GROUPS],
    refs=["MS-PAC 2.5", "RFC 4120 3.3.3 (user-to-user)", "MS-ADTS 3.1.1.4.5.19 (tokenGroups)", "klist -li 0x3e7 purge"],
    part_is_enough=[TicketGrants, SmbSessions],
)
def ticket_groups(
    site: Site,
    own: OwnGroups,
    directories: Directories,
    changes: GroupChanges,
    caches: CredentialCaches,
    cached: CachedSessions,
    fresh: SmbSessions,
    grants: TicketGrants,
    vantages: Vantages,
) -> Iterator[Verdict]:
    for tenant, principal in site.principals():
        by_groups = by_ticket(own, directories, changes, tenant.name, principal.name)
        if by_groups is None:
            why = why_no_tgt(grants, vantages, tenant, principal.name) or "no ticket to itself was asked for"
            by_groups = Compared(undecided=[why])
        ways = [
            by_groups,
            by_time(caches, changes, directories, tenant.name, principal.name),
            by_access(cached, fresh, tenant.name, principal.name),
        ]
        yield from _judged(tenant, principal, ways)
