"""Checks that every ticket contains the groups that the directory contains now.

A ticket contains the groups at the time of logon; a later change reaches the storage only with a new ticket. A host
that is added to a group (the tenant's, the backup group) uses its old tickets for hours, and is denied what the group
grants; a host that is removed keeps its access. krbcheck compares in three steps. The principal requests a ticket to
itself, which it can decrypt with the session key of its TGT: its groups are compared with those that every controller
returns now. Where the site file states the tickets of the principal's host (a credential cache, or the saved output
of klist), the time at which each membership was written (msDS-ReplValueMetaData) is compared with the logon of each.
And if the principal's secret is a credential cache, the shares are opened with the cached service ticket and a new
one. A Windows KDC copies the groups of the TGT into every service ticket; a Samba KDC adds new groups and keeps
removed ones.

Evidence: the tickets of the principal's host that the site file states, valid when they were read, the groups at the
controllers (tokenGroups) and their changes. The new ticket that krbcheck requests is no evidence of the tickets that
a host already has: without those, the principal is not determined.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.kerberos import TicketGrants
from krbcheck.facts.smb import SmbSessions
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Principal, Site, Tenant
from krbcheck.views.tgt_grants import TgtGrants
from krbcheck.views.ticket_groups import GroupComparison, TicketGroups
from krbcheck.windows.common_steps import ELEVATED, TICKETS_COME_AGAIN, purge_tickets
from krbcheck.windows.remedy import Remedy, changes, fill, looks

PURGE_HOST = (
    looks(
        says="Without risk: open SMB sessions and tickets expire, usually within ten hours",
        on="{host}",
    ),
    purge_tickets("{host}"),
    looks(
        "Get-SmbConnection",
        says="Move the virtual machines on SMB storage to another host",
        on="{host}",
        needs=ELEVATED,
        shows="no connection to the storage",
    ),
    changes(
        "Restart-Service LanmanWorkstation -Force",
        says="Open SMB sessions keep the old groups until the host connects again",
        on="{host}",
        needs=ELEVATED,
        undo_says="not needed: the service is running again",
        caution="virtual machines of {host} on SMB storage lose their disks",
        interrupts=True,
    ),
)
PURGE_USER = (
    looks(
        says="Without risk: open SMB sessions and tickets expire, usually within ten hours",
        on="the logon session of {host}",
    ),
    changes(
        "klist purge",
        on="the logon session of {host}",
        undo_says=TICKETS_COME_AGAIN,
        verify="klist",
        shows="only tickets that were issued after the change",
    ),
    changes(
        "net use * /delete",
        says="Or log off and on: open SMB sessions keep the old groups",
        on="the logon session of {host}",
        undo_says="connect again",
        caution="open files of {host} are closed",
        interrupts=True,
    ),
)
STALE_GROUPS = Problem(
    "stale-groups",
    Severity.ERROR,
    says="The tickets of {subject} are older than its group memberships: {first}",
    alternatives=(PURGE_HOST, PURGE_USER),
    remedy=(),
    means="The directory contains the groups, the ticket does not: the storage denies what they grant. Open SMB "
    "sessions keep the old groups until the host connects again.",
    explains=[
        explains("isolation.own/*", same="principal"),
        explains("backup.effective/not-in-effect", same="principal=account", where={"reason": "stale-groups"}),
    ],
)
LOST_GROUPS = Problem(
    "lost-groups",
    Severity.WARNING,
    says="The tickets of {subject} contain groups that the account left: {first}",
    alternatives=(PURGE_HOST, PURGE_USER),
    remedy=(),
    means="The access that was removed still works until the ticket expires (usually after ten hours) or is purged.",
    explains=[explains("isolation.others/breach", same="principal")],
)
NO_CACHE = (
    "the site file states no tickets of {principal}'s host (tickets: {{ccache: FILE}} or {{klist: [FILE], time_zone: "
    "ZONE}}), and a new ticket does not show their groups"
)


def _fix(principal: Principal) -> Remedy:
    """Returns the remedy: the name of a computer account ends in a dollar sign, and its tickets are in logon session
    0x3e7.
    """
    name = principal.account
    template, host = (PURGE_HOST, name[:-1]) if name.endswith("$") else (PURGE_USER, name)
    return fill(template, {"host": host})


def _judged(tenant: Tenant, principal: Principal, comparisons: list[GroupComparison]) -> Iterator[Verdict]:
    found = False
    for problem, lines, expected in (
        (
            STALE_GROUPS,
            [line for comparison in comparisons for line in comparison.stale],
            "the groups that the directory contains now",
        ),
        (
            LOST_GROUPS,
            [line for comparison in comparisons for line in comparison.lost],
            "no group that the account was removed from",
        ),
    ):
        if lines:
            found = True
            yield problem.with_steps(_fix(principal))(
                principal.name,
                *(ground for comparison in comparisons for ground in comparison.seen),
                tenant=tenant.name,
                expected=expected,
                found="; ".join(lines),
                first=lines[0] if len(lines) == 1 else f"{lines[0]} and {len(lines) - 1} more",
                groups=lines,
            )
    undecided = [ground for comparison in comparisons for ground in comparison.undecided]
    if undecided and not found:
        directories = {domain for comparison in comparisons for domain in comparison.directories}
        about = {"directory": sorted({principal.realm.lower(), *directories})} if directories else None
        yield unknown(principal.name, *undecided, tenant=tenant.name, about=about)
    elif not found:
        yield fine(
            principal.name, *(ground for comparison in comparisons for ground in comparison.seen), tenant=tenant.name
        )


@check(
    id="ticket.groups",
    title="The groups in every ticket are those that the directory contains now",
    tells="Whether the tickets of a host are older than its group memberships, so that it is denied what was granted.",
    problems=[STALE_GROUPS, LOST_GROUPS],
    refs=["MS-PAC 2.5", "RFC 4120 3.3.3 (user-to-user)", "MS-ADTS 3.1.1.4.5.19 (tokenGroups)", "klist -li 0x3e7 purge"],
    part_is_enough=[TicketGrants, SmbSessions],
)
def ticket_groups(site: Site, groups: TicketGroups, tgts: TgtGrants) -> Iterator[Verdict]:
    for tenant, principal in site.principals():
        has_cache = groups.has_cache(tenant.name, principal.name)
        comparisons = [groups.by_time(tenant.name, principal.name), groups.by_access(tenant.name, principal.name)]
        by_groups = groups.by_ticket(tenant.name, principal.name)
        if by_groups is not None:
            comparisons.insert(0, by_groups)
        elif principal.secret is not None or not has_cache:
            why = tgts.why_none(tenant.name, principal.name) or "no ticket to itself was requested"
            comparisons.insert(0, GroupComparison(undecided=[why]))
        if not has_cache:
            unread = f"the credential cache of {principal.name} was not read"
            why = unread if principal.has_cache else NO_CACHE.format(principal=principal.name)
            comparisons.append(GroupComparison(undecided=[why]))
        yield from _judged(tenant, principal, comparisons)
