"""Who belongs to whom at a storage: the tenants' principals and administrators, the storage's administrators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from krbcheck.site.stated import Site, Storage, Tenant
from krbcheck.views.memberships import EVERYONE, Chain, GroupStanding
from krbcheck.views.view import View

LOCAL_ADMINISTRATORS = "S-1-5-32-544"
WIDE = frozenset({EVERYONE, "S-1-5-2", "S-1-5-7", "S-1-5-11", "S-1-5-15", "S-1-5-32-545", "S-1-5-32-546"})
"""Everyone, NETWORK, ANONYMOUS LOGON, Authenticated Users, This Organization, BUILTIN\\Users and \\Guests."""
WIDE_RIDS = frozenset({"513", "514", "515"})
"""Domain Users, Domain Guests, Domain Computers."""


def is_wide(sid: str) -> bool:
    """Whether it stands for more accounts than any one tenant has."""
    return sid in WIDE or (sid.startswith("S-1-5-21-") and sid.rpartition("-")[2] in WIDE_RIDS)


def is_common(name: str, other: str) -> bool:
    """Returns whether accounts can have both of two wide SIDs; no account has those of two domains."""
    return name in WIDE or other in WIDE or name.rpartition("-")[0] == other.rpartition("-")[0]


@dataclass(frozen=True)
class Person:
    """An account or group of a tenant. `sids` are its own and those above it, with their chains; `alone`
    leaves out what everyone has. `doubt` is the reason why there may be more SIDs, empty where these are all.
    """

    tenant: Tenant
    name: str
    sids: Mapping[str, Chain]
    doubt: str = ""

    @property
    def own(self) -> str:
        """Its own SID, which comes first."""
        return next(iter(self.sids))

    @property
    def chain_name(self) -> str:
        """Its name where a chain begins."""
        return self.sids[self.own][0]

    @cached_property
    def alone(self) -> Mapping[str, Chain]:
        return {sid: chain for sid, chain in self.sids.items() if not is_wide(sid)}


class PeopleAtStorage:
    """The site's people at one storage."""

    def __init__(self, site: Site, storage: Storage, groups: GroupStanding) -> None:
        self.site, self.storage, self.groups = site, storage, groups

    @cached_property
    def tenants(self) -> tuple[Tenant, ...]:
        """Those with shares or data paths on the storage."""
        name = self.storage.name
        return tuple(
            tenant
            for tenant in self.site.tenants
            if tenant.shares_of(name) or any(path.storage == name for path in tenant.data_paths)
        )

    @cached_property
    def administrators(self) -> frozenset[str]:
        """SIDs of the storage's administrators as the site states them, and of its own group of that name."""
        return frozenset({LOCAL_ADMINISTRATORS, *self.stated})

    @cached_property
    def stated(self) -> frozenset[str]:
        return frozenset(sid for name in self.storage.administrators for sid in self.groups.sids_named(name))

    @cached_property
    def backers(self) -> frozenset[str]:
        """SIDs of the accounts and groups that are stated to back up the storage, and of the groups above them."""
        return frozenset(
            above
            for name in self._backup_names
            for sid in self.groups.sids_named(name)
            for above in self.groups.over(sid, self.storage.name)
        )

    @property
    def _backup_names(self) -> list[str]:
        """The accounts and groups that are stated to back up the storage."""
        those = [backup for backup in self.site.backups if backup.storage == self.storage.name]
        return [name for backup in those for name in (backup.group, *backup.accounts) if name]

    def principals(self, tenant: Tenant) -> list[Person]:
        """Those of whom at least some groups are known."""
        found = []
        for principal in tenant.principals:
            standing = self.groups.standing(principal.name, self.storage.name)
            if standing.sids:
                found.append(Person(tenant, principal.name, standing.sids, standing.why_not))
        return found

    @cached_property
    def absent(self) -> tuple[str, ...]:
        """The principals here that no directory contains, although their domains were read."""
        name = self.storage.name
        named = (principal.name for tenant in self.tenants for principal in tenant.principals)
        return tuple(principal for principal in named if self.groups.standing(principal, name).absent)

    def why_not(self, tenant: Tenant) -> str:
        """Why some of the tenant's people or their groups are not known; empty where all are."""
        standings = (self.groups.standing(principal.name, self.storage.name) for principal in tenant.principals)
        doubts = (
            *(standing.why_not for standing in standings),
            *(self.groups.unresolved(administrator) for administrator in tenant.administrators),
        )
        own = (person.own for person in self.managers(tenant))
        return next(filter(None, doubts), "") or self.groups.unread_sids(own) or self.unstated

    @cached_property
    def unstated(self) -> str:
        """Why it is not known who the stated administrators and backup accounts of the storage are, or their groups."""
        doubts = (self.groups.unresolved(name) for name in (*self.storage.administrators, *self._backup_names))
        return next(filter(None, doubts), "") or self.groups.unread(self.storage.domain)

    def managers(self, tenant: Tenant) -> Iterator[Person]:
        """The tenant's administrators, then everyone in them."""
        sids = [sid for name in tenant.administrators for sid in self.groups.sids_named(name)]
        inside = [member for sid in sids for member in self.groups.below(sid)]
        for sid in dict.fromkeys([*sids, *inside]):
            name = self.storage.name
            yield Person(tenant, self.groups.name(sid, name), self.groups.over(sid, name))

    @cached_property
    def _carriers(self) -> Mapping[str, Sequence[int]]:
        """The indexes in `everyone` of the accounts that have a SID."""
        found: dict[str, list[int]] = {}
        for index, person in enumerate(self.everyone):
            for sid in person.sids:
                found.setdefault(sid, []).append(index)
        return found

    @cached_property
    def everyone(self) -> Sequence[Person]:
        """The people of every tenant of the site, tenant by tenant."""
        return [person for tenant in self.site.tenants for person in self.all_of(tenant)]

    @cached_property
    def named(self) -> Mapping[str, Sequence[int]]:
        """The indexes in `everyone` of the accounts with a name."""
        found: dict[str, list[int]] = {}
        for index, person in enumerate(self.everyone):
            found.setdefault(person.name, []).append(index)
        return found

    def carrying(self, sids: Iterable[str], names: Iterable[str] = ()) -> Sequence[Person]:
        """Those who carry one of the SIDs or have one of the names, in the order of `everyone`."""
        indexes = {index for sid in sids for index in self._carriers.get(sid, ())}
        indexes |= {index for name in names for index in self.named.get(name, ())}
        return [self.everyone[index] for index in sorted(indexes)]

    @cached_property
    def known_sids(self) -> frozenset[str]:
        """Every SID of an account in `everyone`, and of the site's administrators and backup accounts."""
        return frozenset(self._carriers) | self.administrators | self.backers

    def sets_for(self, sids: Iterable[str]) -> Iterator[Iterable[str]]:
        """Yields no SIDs, and then the SIDs of each account at this storage that has one of `sids`."""
        yield ()
        here = {tenant.name for tenant in self.tenants}
        yield from (person.sids for person in self.carrying(sids) if person.tenant.name in here)

    @cached_property
    def doubt(self) -> str:
        """Why some people here or their groups are not known; empty where all are."""
        return next((why for tenant in self.tenants if (why := self.why_not(tenant))), "") or self.unstated

    def all_of(self, tenant: Tenant) -> list[Person]:
        return self._all[tenant.name]

    @cached_property
    def _all(self) -> Mapping[str, list[Person]]:
        return {tenant.name: [*self.principals(tenant), *self.managers(tenant)] for tenant in self.site.tenants}


class StoragePeople(View):
    """The site's people at each storage."""

    def __init__(self, site: Site, groups: GroupStanding) -> None:
        self._people = {storage.name: PeopleAtStorage(site, storage, groups) for storage in site.storages}

    def at(self, storage: str) -> PeopleAtStorage:
        return self._people[storage]
