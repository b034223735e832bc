"""Whose accounts hold backup or restore rights on a storage, by what its LSA returned (MS-LSAD)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from krbcheck.facts.observation import Observation, Observed, Unobserved, why
from krbcheck.facts.smb import AccountRights, RightsReply
from krbcheck.views.backup_rights import has_rights, holders, lists_holders, rights_of, sids_read, unlisted
from krbcheck.views.memberships import NETWORK, OTHER_ORGANIZATION, THIS_ORGANIZATION, Chain
from krbcheck.views.rejected_readers import rejected
from krbcheck.views.storage_people import Person
from krbcheck.views.view import View

NEVER_GRANTED = frozenset({NETWORK, THIS_ORGANIZATION, OTHER_ORGANIZATION})
"""SIDs of the logon, to which no product grants rights: they are not queried one by one."""


@dataclass(frozen=True)
class Holding:
    """`rights` and the `chain` to who holds them; `sid` is the holder's, empty where only sessions showed a right."""

    person: Person
    sid: str
    rights: tuple[str, ...]
    chain: Chain


@dataclass(frozen=True)
class RightHolding:
    """`held` are the rights by the SID that holds them directly, as far as the storage returned holders."""

    seen: Observation[RightsReply] | None
    held: Mapping[str, tuple[str, ...]]

    def unread(self, storage: str, people: Sequence[Person]) -> str:
        """Why some of the people may hold a right that was not returned; empty where none can."""
        if self.seen is None:
            return f"{storage} was not queried for the holders of backup rights"
        if isinstance(self.seen, Unobserved):
            return why(self.seen)
        reply = self.seen.value
        if lists_holders(reply):
            return ""
        if reply.refused:
            return rejected(storage, reply)
        if found := unlisted(reply):
            return f"{storage} does not return who holds backup and restore rights: {found}"
        unread = {sid for person in people for sid in person.sids} - sids_read(reply) - NEVER_GRANTED
        if not unread:
            return ""
        return f"{storage} lists no holders of backup rights, and did not return the rights of {sorted(unread)[0]}"

    def of(self, people: Sequence[Person]) -> Iterator[Holding]:
        """Of each person the shortest chain to a holder; the storage's local groups are within the chains."""
        for person in people:
            chains = sorted((len(person.sids[sid]), sid) for sid in self.held if sid in person.sids)
            if chains:
                sid = chains[0][1]
                yield Holding(person, sid, self.held[sid], person.sids[sid])


class BackupRightHolders(View):
    def __init__(self, rights: AccountRights) -> None:
        self._rights = rights
        self._known: dict[str, RightHolding] = {}

    def at(self, storage: str) -> RightHolding:
        if storage not in self._known:
            seen = rights_of(self._rights, storage)
            value = seen.value if isinstance(seen, Observed) and has_rights(seen.value) else None
            self._known[storage] = RightHolding(seen, holders(value) if value else {})
        return self._known[storage]
