"""Checks that no principal or administrator of a tenant is an administrator of the storage, through any depth of
groups.

An administrator of the storage can open every tenant's shares, change their access lists and read their disks. The
administrators are those that the site file states for the storage, its local group BUILTIN\\Administrators, and, if the
site file states the REST API of a VMstore, the groups and accounts to which its role Super Admin is granted. The
check covers the tenant's principals, the administrators that the site file states for the tenant, and all members of
these groups. It follows groups through any depth, across the trust, and through the storage's local groups; the finding
names the membership chain.

Evidence: the members of the storage's own Administrators, and of everyone the site names the identity and the
memberships of the domains and tokenGroups; for groups of a third domain also the trust, which can filter their SIDs.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.observation import Observed
from krbcheck.facts.reasons import Ground
from krbcheck.facts.share_access import Memberships, ShareAccess
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Site, Tenant
from krbcheck.views.memberships import Chain
from krbcheck.views.rejected_readers import rejected
from krbcheck.views.storage_people import PeopleAtStorage, Person, StoragePeople
from krbcheck.views.vmstore_roles import SuperAdmins, VmstoreRoles
from krbcheck.windows.common_steps import ELEVATED, ROOT, hosts_of, purge_tickets
from krbcheck.windows.ntstatus import STATUS_SUCCESS
from krbcheck.windows.remedy import changes, fill, looks, variants

KEEP = looks(says="Make sure that another administrator of {storage} remains")
LOCAL_GROUP = (
    KEEP,
    *variants(
        "{storage}",
        windows=[
            changes(
                "Remove-LocalGroupMember -Group '{local}' -Member '{top}'",
                on="{storage}",
                needs=ELEVATED,
                undo="Add-LocalGroupMember -Group '{local}' -Member '{top}'",
                caution="what these accounts administer on {storage} for their work stops",
            )
        ],
        samba=[
            changes(
                "net sam delmem '{group}' '{member}'",
                on="{storage}",
                needs=ROOT,
                undo="net sam addmem '{group}' '{member}'",
                verify="net sam listmem '{group}'",
                caution="what these accounts administer on {storage} for their work stops",
            )
        ],
        vmstore=[
            changes(
                says="Settings > Management Access: remove {group} from its role",
                on="the VMstore user interface of {storage}",
                undo_says="add {group} to the role again",
                caution="what these accounts administer on {storage} for their work stops",
            )
        ],
    ),
)
DOMAIN_GROUP = (
    KEEP,
    changes(
        "Remove-ADGroupMember -Identity '{local}' -Members '{member}' -Confirm:$false",
        on="a domain controller of the group's domain",
        needs="the ActiveDirectory module and write access to the group",
        undo="Add-ADGroupMember -Identity '{local}' -Members '{member}'",
        caution="what {member} does by this group elsewhere stops",
    ),
)
OVER_PRIVILEGED = Problem(
    "over-privileged",
    Severity.ERROR,
    says="{who} of {tenant} is an administrator of {storage}: {chain}",
    alternatives=(LOCAL_GROUP, DOMAIN_GROUP),
    remedy=(purge_tickets(hosts_of("{tenant}")),),
    means="An administrator of the tenant, or an attacker on one of its hosts, controls the storage and the virtual "
    "machines of every other tenant.",
    explains=[explains("isolation.others/breach", "isolation.unstated/reachable", same="storage principal")],
    together=["storage", "grant"],
)


@check(
    id="isolation.administrators",
    title="No account of a tenant administers the storage",
    tells="Which host or administrator of a tenant administers the storage, and through which groups.",
    problems=[OVER_PRIVILEGED],
    refs=["MS-DTYP 2.4.2.4", "MS-ADTS 3.1.1.4.5.19 (tokenGroups)"],
    part_is_enough=[ShareAccess],
)
def isolation_administrators(
    site: Site, storage_people: StoragePeople, access: ShareAccess, memberships: Memberships, roles: VmstoreRoles
) -> Iterator[Verdict]:
    for storage in site.storages:
        people = storage_people.at(storage.name)
        supers = roles.super_admins(storage.name)
        grounds = [*_grounds(access, memberships, storage.name), *(supers.grounds if supers else ())]
        for tenant in people.tenants:
            yield from _judged(people, supers, tenant, grounds)


def _grounds(access: ShareAccess, memberships: Memberships, storage: str) -> list[Ground]:
    asked: list[Ground] = [entry.seen for entry in access.storages if entry.storage == storage]
    return asked + [domain.seen for domain in memberships.domains]


def _judged(
    people: PeopleAtStorage, supers: SuperAdmins | None, tenant: Tenant, grounds: list[Ground]
) -> Iterator[Verdict]:
    found = list(_chains(people, supers, tenant))
    storage = people.storage.name
    for person, chain, role in found:
        shown = " → ".join([*chain, f"role {role}"] if role else chain)
        steps = LOCAL_GROUP if role or _is_local(chain[-1], storage) else DOMAIN_GROUP
        member = chain[-2] if len(chain) > 1 else chain[-1]
        values = {
            "who": person.name,
            "storage": storage,
            "group": chain[-1],
            "local": chain[-1].rpartition("\\")[2],
            "top": member,
            "member": member,
        }
        finding = OVER_PRIVILEGED.with_steps(fill(steps, values))(
            f"{person.name} on {storage}",
            *grounds,
            tenant=tenant.name,
            expected=f"no membership in a group that administers {storage}",
            found=shown,
            chain=shown,
            **values,
        )
        grant = " → ".join([*chain, role][-2:] if role else chain[-2:])  # the membership or the role to remove
        held = chain[-1] if role else ""
        yield labelled(finding, storage=storage, principal=person.name, grant=grant, role_holder=held)
    subject = f"{tenant.name} on {storage}"
    if doubt := _doubt(people, tenant) or (supers.why_not if supers else ""):
        about = {"storage": [storage], "absent": people.absent}
        step = supers.next_step(doubt) if supers else ""
        yield unknown(subject, *grounds, tenant=tenant.name, says=doubt, about=about, next_step=step)
    elif not found:
        yield fine(subject, *grounds, tenant=tenant.name)


def _is_local(group: str, storage: str) -> bool:
    """Whether a group is one of the storage's own, as LSARPC names it."""
    return group.rpartition("\\")[0].lower() in ("builtin", storage.lower())


def _chains(people: PeopleAtStorage, supers: SuperAdmins | None, tenant: Tenant) -> Iterator[tuple[Person, Chain, str]]:
    """Yields the shortest chain for each account, and the role at its end if a role makes it an administrator; an
    account that is a member only through a reported one is not reported again.
    """
    reported: set[str] = set()
    found = [(person, *_shortest(people, supers, person)) for person in people.all_of(tenant)]
    for person, chain, role in sorted(found, key=lambda entry: len(entry[1])):
        if chain and not reported.intersection(chain[1:]) and chain[0] not in reported:
            reported.add(chain[0])
            yield person, chain, role


def _shortest(people: PeopleAtStorage, supers: SuperAdmins | None, person: Person) -> tuple[Chain, str]:
    """Returns the shortest chain, which is empty if there is none, and the role at its end."""
    held = [(person.sids[sid], "") for sid in people.administrators if sid in person.sids]
    if supers is not None and (granted := supers.through(sorted(person.sids, key=lambda sid: len(person.sids[sid])))):
        sid, holder = granted
        held.append((person.sids[sid], holder.role))
    return min(held, key=lambda entry: len(entry[0]), default=((), ""))


def _doubt(people: PeopleAtStorage, tenant: Tenant) -> str:
    """Returns why there may be a chain that is not seen; empty where there can be none."""
    if doubt := people.why_not(tenant):
        return doubt
    reply = people.groups.lists_of(people.storage.name)
    if reply is None:
        silent = (storage.seen for storage in people.groups.access.storages if storage.storage == people.storage.name)
        return next(
            (
                rejected(people.storage.name, observation.value)
                if isinstance(observation, Observed)
                else observation.detail
                for observation in silent
            ),
            f"the local groups of {people.storage.name} were not queried",
        )
    if (
        reply.aliases_left_out
        or reply.aliases_status != STATUS_SUCCESS
        or any(alias.status for alias in reply.aliases if alias.sid in people.administrators)
    ):
        return people.groups.members_unread(people.storage.name, "its local group Administrators")
    return ""
