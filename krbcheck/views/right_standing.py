"""Whether an account holds a right on a storage, by what the storage's LSA and SAM told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from krbcheck.facts.smb import RightHolders, RightsReply
from krbcheck.views.backup_accounts import CARRIED_BY_ALL, CarriedSids
from krbcheck.windows.ntstatus import (
    STATUS_NO_MORE_ENTRIES,
    STATUS_OBJECT_NAME_NOT_FOUND,
    STATUS_SUCCESS,
    ntstatus_name,
)

KNOWN = {
    "S-1-1-0": "Everyone",
    "S-1-5-11": "Authenticated Users",
    "S-1-5-32-544": "Administrators",
    "S-1-5-32-551": "Backup Operators",
}


@dataclass(frozen=True)
class RightStanding:
    """`held` is None where it cannot be said; `told` is who holds the right, or why it cannot be said."""

    held: bool | None
    told: str


def standing_of(reply: RightsReply, owner: CarriedSids, right: str, group: str) -> RightStanding:
    """`group` is the SID of the stated group, empty where it is not known."""
    sids = owner.sids | CARRIED_BY_ALL
    local = {one.sid for one in reply.aliases if one.status == STATUS_SUCCESS and sids.intersection(one.members)}
    listed = next((one for one in reply.holders if one.right == right), None)
    if listed is None:
        return RightStanding(None, f"the holders of {right} were not asked for")
    if listed.status in (STATUS_SUCCESS, STATUS_NO_MORE_ENTRIES):
        holders = set(listed.sids)
    elif listed.denied:
        holders = {one.sid for one in reply.sids if right in one.rights}
    else:
        return RightStanding(None, f"the storage answers {ntstatus_name(listed.status)} when asked for {right}")
    told = f"held by {_names(sorted(holders))}" if holders else "held by nobody"
    if holders & (sids | local):
        return RightStanding(True, told)
    if group in holders:
        return RightStanding(
            None, f"{right} is held by the stated group, which the account is not in (see backup.group)"
        )
    if doubt := _doubt(reply, owner, listed, holders):
        return RightStanding(None, doubt)
    return RightStanding(False, told)


def _doubt(reply: RightsReply, owner: CarriedSids, listed: RightHolders, holders: set[str]) -> str:
    """Why a right that was not found may be held all the same; empty where it is not."""
    hidden = [one.sid for one in reply.aliases if one.sid in holders and one.status != STATUS_SUCCESS]
    if hidden:
        return f"{listed.right} is held by {_names(hidden)} of the storage, which does not tell its members"
    if not owner.complete:
        return f"{listed.right} is held by {_names(sorted(holders))}; the account's groups could not be read"
    if listed.denied:
        answered = {one.sid for one in reply.sids if one.status in (STATUS_SUCCESS, STATUS_OBJECT_NAME_NOT_FOUND)}
        if missing := owner.sids - answered:
            return f"the storage does not tell the rights of {_names(sorted(missing)[:5])}"
    return ""


def _names(sids: Iterable[str]) -> str:
    return ", ".join(f"{KNOWN[sid]} ({sid})" if sid in KNOWN else sid for sid in sids)
