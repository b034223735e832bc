"""Who of a tenant holds backup or restore rights on a storage, by what its LSA told and by what sessions showed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from krbcheck.facts.storage import BACKUP_RIGHTS, AccountRights, RightsReply, SmbSessions
from krbcheck.matrix import ACCESS_SYSTEM_SECURITY
from krbcheck.memberships import Chain
from krbcheck.model import Observation, Observed
from krbcheck.ntstatus_codes import STATUS_NO_MORE_ENTRIES, STATUS_SUCCESS

from ._people import Person


@dataclass(frozen=True)
class Holding:
    """`rights` and the `chain` to who holds them; `sid` is the holder's, empty where only sessions showed a right."""

    person: Person
    sid: str
    rights: tuple[str, ...]
    chain: Chain


def holders(reply: RightsReply) -> Mapping[str, tuple[str, ...]]:
    """The rights by the SID that holds them directly."""
    found: dict[str, tuple[str, ...]] = {}
    for one in reply.holders:
        for sid in one.sids:
            found[sid] = (*found.get(sid, ()), one.right)
    for each in reply.sids:
        held = tuple(right for right in each.rights if right in BACKUP_RIGHTS)
        if held and each.sid not in found:
            found[each.sid] = held
    return found


def is_told(reply: RightsReply) -> bool:
    """Whether the storage told of the holders, or of the rights of the SIDs in question."""
    if reply.refused or not reply.holders:
        return False
    listed = all(one.status in (STATUS_SUCCESS, STATUS_NO_MORE_ENTRIES) for one in reply.holders)
    return listed or bool(reply.sids)


def holdings(people: Sequence[Person], held: Mapping[str, tuple[str, ...]]) -> Iterator[Holding]:
    """Of each person the shortest chain to a holder; the storage's local groups are within the chains."""
    for person in people:
        chains = sorted((len(chain), sid) for sid, chain in person.sids.items() if sid in held)
        if chains:
            sid = chains[0][1]
            yield Holding(person, sid, held[sid], person.sids[sid])


def rights_of(rights: AccountRights, storage: str) -> Observation[RightsReply] | None:
    """The answer that told, if one did; else the first."""
    answers = [one.seen for one in rights.storages if one.storage == storage]
    told = [one for one in answers if isinstance(one, Observed) and is_told(one.value)]
    return next(iter(told or answers), None)


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
