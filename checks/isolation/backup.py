"""Checks that backup and restore rights of a tenant's hosts and administrators do not open other tenants' shares.

An account with SeBackupPrivilege or SeRestorePrivilege reads or writes files whatever their access lists contain. DPM
with an agent on each host, and similar products, need these rights for every host. On a storage that several tenants
share, such a right of one tenant's host gives access to the data of all tenants. Both requirements are valid, so the
site has to decide between them. Administrators of the storage have the rights in any case: isolation.administrators
reports them. krbcheck reads the holders of the rights over LSARPC, directly or through any depth of groups. The effect
is observed where a session connected to another tenant's share (MaximalAccess bit 0x01000000).

Evidence: all holders of both rights (LSARPC), or the rights of every SID of the tenant's people, the members of the
storage's own groups among the holders, and the people's groups as isolation.administrators requires them. A session
that was sent and not answered can show a right that the storage does not report, so without it the tenant is not
fine. A right is reported unless every other tenant's share denied a session.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.reasons import Ground
from krbcheck.facts.share_access import ShareAccess
from krbcheck.facts.smb import SmbSessions
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Share, Site, Tenant
from krbcheck.views.backup_right_holders import BackupRightHolders, Holding, RightHolding
from krbcheck.views.storage_people import LOCAL_ADMINISTRATORS, PeopleAtStorage, Person, StoragePeople
from krbcheck.views.tried_access import TriedAccess, shows_rights
from krbcheck.windows.access_masks import access_words
from krbcheck.windows.common_steps import ELEVATED, ROOT, hosts_of, purge_tickets
from krbcheck.windows.remedy import changes, looks, variants

from ._wording import shortened

CROSSES = Problem(
    "crosses",
    Severity.ERROR,
    says="{people} of {tenant} hold {rights} on {storage}, which gives access to {others}",
    remedy=(
        looks(
            says="Decide first: the backup product needs the right, and the isolation of tenants forbids it. Without "
            "risk for running backups: backup agents inside the guests, encryption of the disks inside the guests, a "
            "storage or a virtual file server for each tenant, or a backup service account on a host that belongs to "
            "no tenant"
        ),
        *variants(
            "{storage}",
            windows=[
                changes(
                    "Remove-LocalGroupMember -Group 'Backup Operators' -Member '{holder}'",
                    says="Then remove the right",
                    on="{storage}",
                    needs=ELEVATED,
                    undo="Add-LocalGroupMember -Group 'Backup Operators' -Member '{holder}'",
                    caution="backups of {people} that use this right stop",
                    interrupts=True,
                )
            ],
            samba=[
                changes(
                    "net sam rights revoke '{holder}' {rights}",
                    says="Then remove the right",
                    on="{storage}",
                    needs=ROOT,
                    undo="net sam rights grant '{holder}' {rights}",
                    verify="net sam rights list SeBackupPrivilege",
                    caution="backups of {people} that use this right stop",
                    interrupts=True,
                )
            ],
            vmstore=[
                changes(
                    says="Then remove {holder} from the group with the role Super Admin: Settings > Management Access",
                    on="the VMstore user interface of {storage}",
                    undo_says="add {holder} to the group again",
                    caution="backups of {people} that use this right stop",
                    interrupts=True,
                )
            ],
        ),
        purge_tickets(hosts_of("{tenant}")),
    ),
    means="An administrator of one tenant's host can read the virtual disks of every tenant of the storage, and "
    "overwrite them with the restore right.",
    explains=[explains("isolation.others/breach", "isolation.unstated/reachable", same="storage principal")],
    together=["storage", "holder"],
)


@check(
    id="isolation.backup",
    title="Backup rights of a tenant's principals do not open other tenants' shares",
    tells="Which hosts of a tenant hold backup or restore rights, through which groups, and which shares this opens.",
    problems=[CROSSES],
    refs=["MS-LSAD 3.1.1.2.1", "MS-LSAD 3.1.4.5.9", "MS-SMB2 2.2.10 (MaximalAccess)"],
    part_is_enough=[ShareAccess, SmbSessions],
)
def isolation_backup(
    site: Site, right_holders: BackupRightHolders, storage_people: StoragePeople, tried: TriedAccess
) -> Iterator[Verdict]:
    for storage in site.storages:
        people = storage_people.at(storage.name)
        for tenant in people.tenants:
            yield from _judged(people, tenant, right_holders.at(storage.name), tried)


def _judged(people: PeopleAtStorage, tenant: Tenant, rights: RightHolding, tried: TriedAccess) -> Iterator[Verdict]:
    storage = people.storage.name
    subject = f"{tenant.name} on {storage}"
    others = [share for other in people.site.tenants if other != tenant for share in other.shares_of(storage)]
    own = {share.name.lower() for share in tenant.shares_of(storage)}
    others = [share for share in others if share.name.lower() not in own]
    if not others:
        yield fine(subject, f"{storage} has no share of another tenant", tenant=tenant.name)
        return
    plain = [person for person in people.all_of(tenant) if people.administrators.isdisjoint(person.sids)]
    crossing = [right for right in rights.of(plain) if _opens(right, others, tried, storage)]
    named = {holding.person.name for holding in crossing}
    shown = list(_shown(storage, [person for person in plain if person.name not in named], others, tried))
    unread = _administrators_unread(people) if shown else ""
    crossing += [] if unread else shown
    ground: Ground = (
        f"{storage} was not queried for the holders of backup rights" if rights.seen is None else rights.seen
    )
    by_holder: dict[str, list[Holding]] = {}
    for person in crossing:
        by_holder.setdefault(person.sid, []).append(person)
    for those in by_holder.values():
        yield _crosses(people, tenant, others, those, tried, ground)
    doubt = people.why_not(tenant) or unread
    if not doubt and not crossing:
        names = [principal.name for principal in tenant.principals]
        doubt = (
            rights.unread(storage, plain)
            or _hidden(people, rights)
            or tried.unanswered(storage, names, [share.name for share in others])
        )
    if doubt:
        about = {"storage": [storage], "absent": people.absent}
        missing = people.groups.silences or ([] if crossing else tried.silences(storage, tenant.name))
        yield unknown(subject, ground, tenant=tenant.name, says=doubt, about=about, missing=missing)
    elif not crossing:
        yield fine(subject, ground, tenant=tenant.name)


def _hidden(people: PeopleAtStorage, rights: RightHolding) -> str:
    """Which holders have members that the storage did not return; empty where none has."""
    storage = people.storage.name
    hidden = people.groups.unread_groups((sid for sid in rights.held if sid not in people.administrators), storage)
    names = ", ".join(people.groups.name(sid, storage) for sid in hidden)
    unread = people.groups.members_unread(storage, "these groups")
    return f"the rights are held by {names}, and {unread}" if hidden else ""


def _administrators_unread(people: PeopleAtStorage) -> str:
    """Returns why a session that has a backup right may be that of an administrator; empty if it is not."""
    storage = people.storage.name
    if not people.groups.unread_groups([LOCAL_ADMINISTRATORS], storage):
        return ""
    unread = people.groups.members_unread(storage, "Administrators")
    return f"a session has a backup right, which Administrators have too, and {unread}"


def _opens(holding: Holding, others: Sequence[Share], tried: TriedAccess, storage: str) -> bool:
    """Returns False if a session was denied at every other tenant's share: then the right is not in effect over the
    network.
    """
    granted = tried.of_principal(storage, holding.person.name)
    answers = [granted[share.name.lower()] for share in others if share.name.lower() in granted]
    return len(answers) < len(others) or any(access is not None for access in answers)


def _shown(storage: str, people: Sequence[Person], others: Sequence[Share], tried: TriedAccess) -> Iterator[Holding]:
    """Yields accounts whose sessions show a right that the storage did not report."""
    for person in people:
        granted = tried.of_principal(storage, person.name)
        if granted and any(shows_rights(granted.get(share.name.lower())) for share in others):
            yield Holding(person, "", ("a backup or restore right",), (person.chain_name,))


def _crosses(
    people: PeopleAtStorage,
    tenant: Tenant,
    others: Sequence[Share],
    those: Sequence[Holding],
    tried: TriedAccess,
    ground: Ground,
) -> Verdict:
    storage, first = people.storage.name, those[0]
    names = list(dict.fromkeys(holding.person.name for holding in those))
    observed: dict[str, int] = {}
    for holding in those:
        for share, access in tried.of_principal(storage, holding.person.name).items():
            if access is not None and share in {other.name.lower() for other in others}:
                observed.setdefault(share, access)
    shown = [
        f"{share.name} {access_words(observed[share.name.lower()])}"
        for share in others
        if share.name.lower() in observed
    ]
    holder = people.groups.name(first.sid, storage) if first.sid else first.person.name
    finding = CROSSES(
        f"{tenant.name} on {storage}",
        ground,
        " → ".join(first.chain),
        tenant=tenant.name,
        expected="no backup right for an account of a tenant",
        found=f"observed {', '.join(shown)}" if shown else "computed, not tested",
        people=shortened(names),
        rights=" ".join(first.rights),
        storage=storage,
        chain=" → ".join(first.chain),
        others=shortened(list(dict.fromkeys(share.name for share in others))),
        holder=holder,
    )
    return labelled(finding, storage=storage, principal=names, holder=holder)
