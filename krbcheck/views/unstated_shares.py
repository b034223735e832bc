"""The shares that a storage lists and the site file does not state, and who reaches them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from krbcheck.facts.directory import first_seen
from krbcheck.facts.grouping import grouped
from krbcheck.facts.listed_shares import ListedShares, ShareList, UnstatedSession, listed_at, unstated
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved, why
from krbcheck.facts.reasons import Ground, reason_of
from krbcheck.facts.share_access import Listing, ShareAccess
from krbcheck.facts.vantages import Vantages
from krbcheck.site.expected_access import Expected, expected_elsewhere
from krbcheck.site.stated import DataPath, Principal, Site, Tenant
from krbcheck.views.computed_access import ComputedAccess, judged_by_lists
from krbcheck.views.descriptor_pairs import DescriptorPair
from krbcheck.views.observed_access import Judged, Outcome, judged
from krbcheck.views.rejected_readers import rejected
from krbcheck.views.tried_access import TriedShare, why_not_asked
from krbcheck.views.view import View
from krbcheck.windows.descriptor import Descriptor

ADMINISTRATIVE = re.compile(r"(?:admin|[a-z])\$", re.IGNORECASE)
"""The names of the shares that Windows makes for administrators: ADMIN$, and one for each volume."""


def is_administrative(share: str) -> bool:
    return ADMINISTRATIVE.fullmatch(share) is not None


SILENCE = frozenset((Gap.TIMED_OUT, Gap.OUT_OF_TIME, Gap.REFUSED, Gap.CLOSED, Gap.UNREACHABLE))
"""The gaps of a storage that did not answer a principal at all."""


class UnstatedShares(View):
    """By storage; letter case of share names is ignored."""

    def __init__(
        self, site: Site, access: ShareAccess, listed: ListedShares, computed: ComputedAccess, vantages: Vantages
    ) -> None:
        self._site, self._access, self._listed = site, access, listed
        self._computed, self._vantages = computed, vantages

    def at(self, storage: str) -> Sequence[str]:
        """Returns the shares with files that some list contains and the site file does not, by name."""
        return self._names[storage]

    def grounds(self, storage: str, share: str = "") -> list[Ground]:
        """Returns the lists of the storage as evidence; with `share`, those that contain it."""
        lists: list[Ground] = []
        for answer in self._listed.storages:
            if answer.storage == storage and (not share or _has(answer.seen, share)):
                lists.append(answer.seen)
        for listing in self._access.listings:
            if listing.storage == storage and (not share or _has(listing.seen, share)):
                lists.append(listing.seen)
        return lists

    def unread(self, storage: str) -> tuple[str, Sequence[Unobserved], Sequence[str]]:
        """Returns why shares may be missing in the lists, the missing answers, and the principals whose lists are not
        known; an empty text if none can be missing.
        """
        seen = first_seen(answer.seen for answer in self._listed.storages if answer.storage == storage)
        match seen:
            case None:
                return f"{storage} was not queried for its list of shares", (), ()
            case Unobserved():
                return why(seen), (seen,), ()
            case Observed(value=reply) if reply.refused:
                return rejected(storage, reply), (), ()
        return self._hidden(storage)

    def _hidden(self, storage: str) -> tuple[str, Sequence[Unobserved], Sequence[str]]:
        """Returns the same of a list that does not contain every stated share, as with access-based enumeration: a
        share may be missing that only a principal is shown whose list is not known.
        """
        known = {entry.share.lower() for entry in listed_at(storage, (), self._listed.storages)}
        hidden = [share for lower, share in self._site.share_names(storage).items() if lower not in known]
        shown = grouped(
            (entry for entry in self._access.listings if entry.storage == storage), lambda entry: entry.principal
        )
        principals = [
            principal.name
            for of in self._site.tenants
            if any(path.storage == storage for path in of.data_paths)
            for principal in of.principals
        ]
        lists = {name: first_seen(entry.seen for entry in shown.get(name, ())) for name in principals}
        without = [name for name, seen in lists.items() if not isinstance(seen, Observed) or seen.value.refused]
        if not hidden or not without:
            return "", (), ()
        lacking = f"the list of {storage} does not contain every share ({hidden[0]} is missing)"
        missing = [seen for seen in lists.values() if isinstance(seen, Unobserved)]
        if len(missing) == len(without) and all(seen.gap in SILENCE for seen in missing):
            return why(missing[0]), missing, without
        return f"{lacking}, and the list that {without[0]} is shown is not known", missing, without

    def tried(self, tenant: Tenant, path: DataPath, share: str) -> Iterator[TriedShare]:
        """Yields each principal of the tenant at one of these shares, by the tenant's own data path.

        Without a secret the share permissions decide, if they were read.
        """
        storage = self._site.storage(path.storage)
        for principal in tenant.principals:
            seen = first_seen(
                session.seen for session in self._sessions.get((tenant.name, path.name, principal.name), ())
            )
            elsewhere = expected_elsewhere(principal, storage)
            tree = None
            if isinstance(seen, Observed):
                result = judged(elsewhere, seen.value, share)
                tree = seen.value.proved_tree(share)
            else:
                result = self._without(tenant, principal, path, share, elsewhere, seen)
            ground = reason_of(seen) if seen is not None else result.says
            yield TriedShare(principal, path.name, share, result, ground, seen, tree)

    def _without(
        self,
        tenant: Tenant,
        principal: Principal,
        path: DataPath,
        share: str,
        elsewhere: Expected,
        seen: Unobserved | None,
    ) -> Judged:
        """Judges a principal without a session."""
        descriptor = self._descriptors.get((path.storage, share.lower()))
        if descriptor is not None and seen is None and principal.secret is None:
            found = self._computed.by(principal.name, path.storage, DescriptorPair(descriptor, None))
            if found is not None:
                return judged_by_lists(elsewhere, found)
        says = why_not_asked(self._vantages, tenant, principal, path) if seen is None else why(seen)
        return Judged(Outcome.UNKNOWN, says=says)

    @cached_property
    def _names(self) -> Mapping[str, Sequence[str]]:
        found = {}
        for storage in self._site.storages:
            stated = set(self._site.share_names(storage.name))
            entries = listed_at(storage.name, self._access.listings, self._listed.storages)
            found[storage.name] = tuple(unstated(stated, entries).values())
        return found

    @cached_property
    def _descriptors(self) -> Mapping[tuple[str, str], Descriptor]:
        return {
            (answer.storage, share): descriptor
            for answer in reversed(self._listed.storages)
            if isinstance(answer.seen, Observed)
            for share, descriptor in answer.seen.value.descriptors.items()
        }

    @cached_property
    def _sessions(self) -> Mapping[tuple[str, str, str], Sequence[UnstatedSession]]:
        return grouped(self._listed.sessions, lambda session: (session.tenant, session.path, session.principal))


def _has(seen: Observation[ShareList] | Observation[Listing], share: str) -> bool:
    if not isinstance(seen, Observed):
        return False
    names = seen.value.names if isinstance(seen.value, Listing) else [entry.share for entry in seen.value.listed]
    return share.lower() in (name.lower() for name in names)
