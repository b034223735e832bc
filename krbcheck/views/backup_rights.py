"""The holders of backup or restore rights on a storage, which open shares without their ACLs (MS-LSAD)."""

from __future__ import annotations

from collections.abc import Mapping

from krbcheck.facts.observation import Observation, Observed
from krbcheck.facts.smb import BACKUP_RIGHTS, AccountRights, RightsReply
from krbcheck.windows.ntstatus import (
    STATUS_NO_MORE_ENTRIES,
    STATUS_OBJECT_NAME_NOT_FOUND,
    STATUS_SUCCESS,
    ntstatus_name,
)

LISTED = (STATUS_SUCCESS, STATUS_NO_MORE_ENTRIES)
"""The answers that list the holders of a right: some, or none."""


def holders(reply: RightsReply) -> Mapping[str, tuple[str, ...]]:
    """The rights by the SID that holds them directly."""
    found: dict[str, tuple[str, ...]] = {}
    for holder in reply.holders:
        for sid in holder.sids:
            found[sid] = (*found.get(sid, ()), holder.right)
    for each in reply.sids:
        held = tuple(right for right in each.rights if right in BACKUP_RIGHTS)
        if held and each.sid not in found:
            found[each.sid] = held
    return found


def has_rights(reply: RightsReply) -> bool:
    """Returns whether the storage returned the holders of the rights, or the rights of the queried SIDs."""
    return lists_holders(reply) or bool(not reply.refused and reply.holders and reply.sids)


def lists_holders(reply: RightsReply) -> bool:
    """Returns whether it listed all holders of each right: an account that is neither listed nor in a listed group has
    none.
    """
    listed = {holder.right for holder in reply.holders if holder.status in LISTED}
    return not reply.refused and listed.issuperset(BACKUP_RIGHTS)


def unlisted(reply: RightsReply) -> str:
    """Returns why the holders of a right are not known; empty if the rights of SIDs were queried instead."""
    for right in BACKUP_RIGHTS:
        found = next((holder for holder in reply.holders if holder.right == right), None)
        if found is None:
            return f"the holders of {right} were not queried"
        if found.status not in LISTED and not (found.denied and reply.sids):
            return f"{ntstatus_name(found.status)} when queried for {right}"
    return ""


def sids_read(reply: RightsReply) -> frozenset[str]:
    """The SIDs of which the storage returned all rights, none included."""
    answers = (STATUS_SUCCESS, STATUS_OBJECT_NAME_NOT_FOUND)
    return frozenset(sid.sid for sid in reply.sids if sid.status in answers)


def rights_of(rights: AccountRights, storage: str) -> Observation[RightsReply] | None:
    """Returns the first answer that contains rights; else the first answer; None if there is none."""
    answers = [entry.seen for entry in rights.storages if entry.storage == storage]
    replies = [answer for answer in answers if isinstance(answer, Observed) and has_rights(answer.value)]
    return next(iter(replies or answers), None)
