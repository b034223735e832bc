"""Backup and restore rights of a tenant's hosts and administrators do not open other tenants' shares.

SeBackupPrivilege and SeRestorePrivilege let their holder read and write files whatever their access lists say. DPM
with an agent on each host, and other products that work alike, ask for them for every host; tenancy forbids exactly
that: on a storage that several tenants share, the right of one tenant's host is a right over all. Both sides are
right, and the site has to decide. Administrators of the storage hold the rights anyway: isolation.administrators
tells of them. Who holds the rights is read by LSARPC, directly or through any depth of groups; what they open is seen
where a session connected to another tenant's share (MaximalAccess bit 0x01000000).

Evidence: all holders of both rights (LSARPC), or the rights of every SID of the tenant's people, the members of the
storage's own groups among the holders, and the people's groups as isolation.administrators requires them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.reasons import Ground
from krbcheck.facts.share_access import ShareAccess
from krbcheck.facts.smb import SmbSessions
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Share, Site, Tenant
from krbcheck.views.backup_right_holders import BackupRightHolders, Holding, RightHolding
from krbcheck.views.storage_people import PeopleAtStorage, Person, StoragePeople
from krbcheck.views.tried_access import TriedAccess, shows_rights
from krbcheck.windows.access_masks import access_words
from krbcheck.windows.quoting import filled

from ._wording import shortened

CROSSES = Problem(
    "crosses",
    Severity.ERROR,
    says="{people} of {tenant} hold {rights} on {storage} ({chain}), which opens {others}: {found}",
    remedy="Decide: the backup product needs the right where it reads as this account, and tenancy forbids it on a "
    "storage of several tenants. Ways out: (1) a storage, or a virtual file server, for each tenant; (2) a backup "
    "service account with a host of its own that is no tenant's, and the right taken from '{holder}' ({revoke}); (3) "
    "encryption of each tenant's disks within its guests, so that what is opened cannot be read; (4) agents within the "
    "guests, which need no right on the storage; (5) accept the risk: waive isolation.backup/crosses for {tenant} with "
    "a reason, a name and a date",
    means="Whoever is administrator of one tenant's host reads, and with the restore right overwrites, the virtual "
    "disks of every tenant of the storage.",
)
REVOKE = (
    "out of the group with the Super Admin role on a VMstore, out of Backup Operators on Windows, net rpc rights "
    "revoke '{holder}' {rights} on Samba; then klist -li 0x3e7 purge on the hosts"
)


@check(
    id="isolation.backup",
    title="Backup rights of a tenant's principals do not open other tenants' shares",
    tells="Which tenant's hosts hold backup or restore rights, through which groups, and which shares that opens.",
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
    plain = [one for one in people.all_of(tenant) if people.administrators.isdisjoint(one.sids)]
    crossing = [one for one in rights.of(plain) if _opens(one, others, tried, storage)]
    told_of = {one.person.name for one in crossing}
    crossing += _shown(storage, [one for one in plain if one.name not in told_of], others, tried)
    ground: Ground = (
        f"{storage} was not queried for the holders of backup rights" if rights.seen is None else rights.seen
    )
    by_holder: dict[str, list[Holding]] = {}
    for one in crossing:
        by_holder.setdefault(one.sid, []).append(one)
    for those in by_holder.values():
        yield _crosses(people, tenant, others, those, tried, ground)
    doubt = people.why_not(tenant)
    if not doubt and not crossing:
        doubt = rights.unread(storage, plain) or _hidden(people, rights)
    if doubt:
        yield unknown(subject, ground, tenant=tenant.name, says=doubt)
    elif not crossing:
        yield fine(subject, ground, tenant=tenant.name)


def _hidden(people: PeopleAtStorage, rights: RightHolding) -> str:
    """Which holders have members that the storage did not return; empty where none has."""
    storage = people.storage.name
    hidden = people.groups.untold((sid for sid in rights.held if sid not in people.administrators), storage)
    names = ", ".join(people.groups.name(sid, storage) for sid in hidden)
    return f"the rights are held by {names}, of which {storage} does not return the members" if hidden else ""


def _opens(one: Holding, others: Sequence[Share], tried: TriedAccess, storage: str) -> bool:
    """Unless a session was refused at every other tenant's share: then the right is not in effect over the network."""
    granted = tried.of_principal(storage, one.person.name)
    answers = [granted[share.name.lower()] for share in others if share.name.lower() in granted]
    return not answers or any(access is not None for access in answers)


def _shown(storage: str, people: Sequence[Person], others: Sequence[Share], tried: TriedAccess) -> Iterator[Holding]:
    """Whose sessions show a right that the storage did not tell of."""
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
    names = list(dict.fromkeys(one.person.name for one in those))
    observed: dict[str, int] = {}
    for one in those:
        for share, access in tried.of_principal(storage, one.person.name).items():
            if access is not None and share in {other.name.lower() for other in others}:
                observed.setdefault(share, access)
    shown = [
        f"{share.name} {access_words(observed[share.name.lower()])}"
        for share in others
        if share.name.lower() in observed
    ]
    holder = people.groups.name(first.sid, storage) if first.sid else first.person.name
    return CROSSES(
        f"{tenant.name} on {storage}",
        ground,
        tenant=tenant.name,
        expected="no backup right for a tenant's own accounts",
        found=f"seen: {', '.join(shown)}" if shown else "computed, nobody tried",
        people=shortened(names),
        rights=" ".join(first.rights),
        storage=storage,
        chain=" → ".join(first.chain),
        others=shortened(list(dict.fromkeys(share.name for share in others))),
        holder=holder,
        revoke=filled(REVOKE, {"holder": holder, "rights": " ".join(first.rights)}),
    )
