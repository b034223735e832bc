"""Who belongs to whom at a storage: the tenants' principals and administrators, the storage's administrators."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from krbcheck.site.stated import Site, Storage, Tenant
from krbcheck.views.memberships import EVERYONE, Chain, Groups

LOCAL_ADMINISTRATORS = "S-1-5-32-544"
WIDE = frozenset({EVERYONE, "S-1-5-2", "S-1-5-7", "S-1-5-11", "S-1-5-15", "S-1-5-32-545", "S-1-5-32-546"})
"""Everyone, NETWORK, ANONYMOUS LOGON, Authenticated Users, This Organization, BUILTIN\\Users and \\Guests."""
WIDE_RIDS = frozenset({"513", "514", "515"})
"""Domain Users, Domain Guests, Domain Computers."""


MOST_NAMED = 5


def is_wide(sid: str) -> bool:
    """Whether it stands for more accounts than any one tenant has."""
    return sid in WIDE or (sid.startswith("S-1-5-21-") and sid.rpartition("-")[2] in WIDE_RIDS)


def is_common(one: str, other: str) -> bool:
    """Whether accounts carry both of two wide SIDs: those of two domains nobody does."""
    return one in WIDE or other in WIDE or one.rpartition("-")[0] == other.rpartition("-")[0]


@dataclass(frozen=True)
class Person:
    """An account or group of a tenant. `sids` are its own and those above it, with their chains; `alone`
    leaves out what everyone has.
    """

    tenant: Tenant
    name: str
    sids: Mapping[str, Chain]

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


def shortened(names: Sequence[str]) -> list[str]:
    """As many as a sentence bears."""
    more = len(names) - MOST_NAMED
    return [*names[:MOST_NAMED], f"{more} more"] if more > 0 else list(names)


class People:
    """The site's people at one storage."""

    def __init__(self, site: Site, storage: Storage, groups: Groups) -> None:
        self.site, self.storage, self.groups = site, storage, groups

    @cached_property
    def tenants(self) -> tuple[Tenant, ...]:
        """Those with shares or data paths on the storage."""
        name = self.storage.name
        return tuple(
            one
            for one in self.site.tenants
            if one.shares_of(name) or any(path.storage == name for path in one.data_paths)
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
        names = [
            name
            for backup in self.site.backups
            if backup.storage == self.storage.name
            for name in (backup.group, *backup.accounts)
            if name
        ]
        return frozenset(
            above
            for name in names
            for sid in self.groups.sids_named(name)
            for above in self.groups.over(sid, self.storage.name)
        )

    def principals(self, tenant: Tenant) -> list[Person]:
        """Those whose groups are known."""
        found = []
        for one in tenant.principals:
            standing = self.groups.standing(one.name, self.storage.name)
            if standing.sids:
                found.append(Person(tenant, one.name, standing.sids))
        return found

    def why_not(self, tenant: Tenant) -> str:
        """Why some principal's groups are not known; empty where all are."""
        standings = (self.groups.standing(one.name, self.storage.name) for one in tenant.principals)
        return next((one.why_not for one in standings if one.why_not), "")

    def managers(self, tenant: Tenant) -> Iterator[Person]:
        """The tenant's administrators, then everyone in them."""
        sids = [sid for name in tenant.administrators for sid in self.groups.sids_named(name)]
        inside = [member for sid in sids for member in self.groups.below(sid)]
        for sid in dict.fromkeys([*sids, *inside]):
            name = self.storage.name
            yield Person(tenant, self.groups.name(sid, name), self.groups.over(sid, name))

    def each(self) -> Iterator[Collection[str]]:
        """The SIDs of nobody in particular, then of everyone who has to do with the storage."""
        yield ()
        yield from (person.sids for tenant in self.tenants for person in self.all_of(tenant))

    def all_of(self, tenant: Tenant) -> list[Person]:
        return self._all[tenant.name]

    @cached_property
    def _all(self) -> Mapping[str, list[Person]]:
        return {one.name: [*self.principals(one), *self.managers(one)] for one in self.site.tenants}
