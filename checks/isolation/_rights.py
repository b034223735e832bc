"""Who of a tenant holds backup or restore rights on a storage, by what its LSA told and by what sessions showed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbSessions
from krbcheck.views.memberships import Chain
from krbcheck.windows.access_masks import ACCESS_SYSTEM_SECURITY
from krbcheck.windows.ntstatus import STATUS_SUCCESS

from ._people import Person


@dataclass(frozen=True)
class Holding:
    """`rights` and the `chain` to who holds them; `sid` is the holder's, empty where only sessions showed a right."""

    person: Person
    sid: str
    rights: tuple[str, ...]
    chain: Chain


def holdings(people: Sequence[Person], held: Mapping[str, tuple[str, ...]]) -> Iterator[Holding]:
    """Of each person the shortest chain to a holder; the storage's local groups are within the chains."""
    for person in people:
        chains = sorted((len(chain), sid) for sid, chain in person.sids.items() if sid in held)
        if chains:
            sid = chains[0][1]
            yield Holding(person, sid, held[sid], person.sids[sid])


def by_rights(sessions: SmbSessions, storage: str, principal: str) -> dict[str, int | None]:
    """By share in lower case: the MaximalAccess of its sessions' TREE_CONNECT, None where that was refused."""
    found: dict[str, int | None] = {}
    for one in sessions.sessions:
        if one.storage == storage and one.principal == principal and isinstance(one.seen, Observed):
            for tree in one.seen.value.trees:
                found.setdefault(tree.share.lower(), tree.maximal_access if tree.status == STATUS_SUCCESS else None)
    return found


def shows_rights(access: int | None) -> bool:
    return bool(access and access & ACCESS_SYSTEM_SECURITY)
