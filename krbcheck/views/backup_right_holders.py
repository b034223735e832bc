"""Whose accounts hold backup or restore rights on a storage, by what its LSA returned (MS-LSAD)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from krbcheck.facts.observation import Observation, Observed
from krbcheck.facts.smb import AccountRights, RightsReply
from krbcheck.views.backup_rights import holders, is_told, rights_of
from krbcheck.views.memberships import Chain
from krbcheck.views.storage_people import Person
from krbcheck.views.view import View


@dataclass(frozen=True)
class Holding:
    """`rights` and the `chain` to who holds them; `sid` is the holder's, empty where only sessions showed a right."""

    person: Person
    sid: str
    rights: tuple[str, ...]
    chain: Chain


@dataclass(frozen=True)
class RightHolding:
    """`held` are the rights by the SID that holds them directly; `told` whether the storage returned any holders."""

    seen: Observation[RightsReply] | None
    told: bool
    held: Mapping[str, tuple[str, ...]]

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
            value = seen.value if isinstance(seen, Observed) and is_told(seen.value) else None
            self._known[storage] = RightHolding(seen, value is not None, holders(value) if value else {})
        return self._known[storage]
