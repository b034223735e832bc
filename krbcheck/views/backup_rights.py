"""Who holds backup or restore rights on a storage, as its LSA told (MS-LSAD): they open shares whatever lists say."""

from __future__ import annotations

from collections.abc import Mapping

from krbcheck.facts.observation import Observation, Observed
from krbcheck.facts.smb import BACKUP_RIGHTS, AccountRights, RightsReply
from krbcheck.windows.ntstatus import STATUS_NO_MORE_ENTRIES, STATUS_SUCCESS


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
    return lists_holders(reply) or bool(not reply.refused and reply.holders and reply.sids)


def lists_holders(reply: RightsReply) -> bool:
    """Whether it told of all holders: who is not among them, nor in a group that is, holds no right."""
    listed = all(one.status in (STATUS_SUCCESS, STATUS_NO_MORE_ENTRIES) for one in reply.holders)
    return not reply.refused and bool(reply.holders) and listed


def rights_of(rights: AccountRights, storage: str) -> Observation[RightsReply] | None:
    """The answer that told, if one did; else the first."""
    answers = [one.seen for one in rights.storages if one.storage == storage]
    told = [one for one in answers if isinstance(one, Observed) and is_told(one.value)]
    return next(iter(told or answers), None)
