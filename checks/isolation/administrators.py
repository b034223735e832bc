"""No tenant's principal or administrator is among the storage's administrators, however deeply nested.

Who administers the storage reaches every tenant's shares, changes their access lists and reads the disks below them.
The storage's administrators are those that the site states for it and its own group BUILTIN\\Administrators. A tenant's
people are its principals, its administrators as the site states them, and everyone within those groups. Their groups
are followed through any depth, over the trust, and through the storage's own groups; the finding names the chain.

Evidence: the members of the storage's own Administrators, and of everyone the site names the identity and the
memberships of the domains and tokenGroups.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.observation import Observed
from krbcheck.facts.reasons import Ground
from krbcheck.facts.share_access import Memberships, ShareAccess
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site, Tenant
from krbcheck.views.memberships import Chain
from krbcheck.views.storage_people import PeopleAtStorage, Person, StoragePeople
from krbcheck.windows.ntstatus import STATUS_SUCCESS

OVER_PRIVILEGED = Problem(
    "over-privileged",
    Severity.ERROR,
    says="{who} of {tenant} is among the administrators of {storage}: {chain}",
    remedy="Take it out where the chain is wrong: Remove-ADGroupMember -Identity '{group}' -Members '{member}' "
    "(directory), net localgroup '{group}' '{member}' /delete (the storage's own groups), or "
    "the role of '{group}' (VMstore: Settings, Management access); then klist -li 0x3e7 purge on the hosts",
    means="A tenant's administrator, or whoever takes over one of its hosts, is master of the storage and of every "
    "other tenant's virtual machines.",
)


@check(
    id="isolation.administrators",
    title="No tenant is among the storage's administrators",
    tells="Which tenant's host or administrator administers the storage, and by which chain of groups.",
    problems=[OVER_PRIVILEGED],
    refs=["MS-DTYP 2.4.2.4", "MS-ADTS 3.1.1.4.5.19 (tokenGroups)"],
    part_is_enough=[ShareAccess],
)
def isolation_administrators(
    site: Site, storage_people: StoragePeople, access: ShareAccess, memberships: Memberships
) -> Iterator[Verdict]:
    for storage in site.storages:
        people = storage_people.at(storage.name)
        grounds = _grounds(access, memberships, storage.name)
        for tenant in people.tenants:
            yield from _judged(people, tenant, grounds)


def _grounds(access: ShareAccess, memberships: Memberships, storage: str) -> list[Ground]:
    asked: list[Ground] = [one.seen for one in access.storages if one.storage == storage]
    return asked + [one.seen for one in memberships.domains]


def _judged(people: PeopleAtStorage, tenant: Tenant, grounds: list[Ground]) -> Iterator[Verdict]:
    found = list(_chains(people, tenant))
    storage = people.storage.name
    for person, chain in found:
        yield OVER_PRIVILEGED(
            f"{person.name} on {storage}",
            *grounds,
            tenant=tenant.name,
            expected=f"no group that administers {storage}",
            found=" → ".join(chain),
            who=person.name,
            storage=storage,
            chain=" → ".join(chain),
            group=chain[-1],
            member=chain[-2] if len(chain) > 1 else chain[-1],
        )
    subject = f"{tenant.name} on {storage}"
    if doubt := _doubt(people, tenant):
        yield unknown(subject, *grounds, tenant=tenant.name, says=doubt)
    elif not found:
        yield fine(subject, *grounds, tenant=tenant.name)


def _chains(people: PeopleAtStorage, tenant: Tenant) -> Iterator[tuple[Person, Chain]]:
    """The shortest for each; who is only there through another one that is told is not told again."""
    told: set[str] = set()
    for person in sorted(people.all_of(tenant), key=lambda one: len(_shortest(people, one) or ())):
        chain = _shortest(people, person)
        if chain and not told.intersection(chain[1:]) and chain[0] not in told:
            told.add(chain[0])
            yield person, chain


def _shortest(people: PeopleAtStorage, person: Person) -> Chain | None:
    held = [person.sids[sid] for sid in people.administrators if sid in person.sids]
    return min(held, key=len, default=None)


def _doubt(people: PeopleAtStorage, tenant: Tenant) -> str:
    """Why a chain may be there that is not seen; empty where none can be."""
    if doubt := people.why_not(tenant):
        return doubt
    told = people.groups.told(people.storage.name)
    if told is None:
        silent = (one.seen for one in people.groups.access.storages if one.storage == people.storage.name)
        return next(
            (one.value.told() if isinstance(one, Observed) else one.detail for one in silent),
            f"{people.storage.name} was not asked for its own groups",
        )
    if told.aliases_status != STATUS_SUCCESS or any(
        one.status for one in told.aliases if one.sid in people.administrators
    ):
        return f"{people.storage.name} does not tell who is in its own Administrators"
    return ""
