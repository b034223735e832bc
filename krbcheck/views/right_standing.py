"""Whether an account holds a right on a storage, by what the storage's LSA and SAM returned."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from krbcheck.facts.smb import RightHolders, RightsReply
from krbcheck.views.backup_accounts import CARRIED_BY_ALL, CarriedSids
from krbcheck.views.memberships import BUILTIN, OF_DOMAINS
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
    """`held` is None where it is not determined; `summary` names who holds the right, or why that is not determined."""

    held: bool | None
    summary: str


def standing_of(
    reply: RightsReply, owner: CarriedSids, right: str, group: str, named: Callable[[str], str] = str
) -> RightStanding:
    """Returns whether the account holds the right. `group` is the SID of the stated group, or empty; `named` returns
    the name of a SID, or the SID.
    """
    sids = owner.sids | CARRIED_BY_ALL
    local = {
        alias.sid for alias in reply.aliases if alias.status == STATUS_SUCCESS and sids.intersection(alias.members)
    }
    listed = next((holder for holder in reply.holders if holder.right == right), None)
    if listed is None:
        return RightStanding(None, f"the holders of {right} were not queried")
    if listed.status in (STATUS_SUCCESS, STATUS_NO_MORE_ENTRIES):
        holders = set(listed.sids)
    elif listed.denied:
        holders = {sid.sid for sid in reply.sids if right in sid.rights}
    else:
        return RightStanding(None, f"the storage returns {ntstatus_name(listed.status)} for the holders of {right}")
    description = f"held by {_names(sorted(holders), named)}" if holders else "held by no account"
    if holders & (sids | local):
        return RightStanding(True, description)
    if group in holders:
        return RightStanding(
            None, f"the stated group holds {right}, but the account is not a member of it (see backup.group)"
        )
    if doubt := _doubt(reply, owner, listed, holders, named):
        return RightStanding(None, doubt)
    return RightStanding(False, description)


def _doubt(
    reply: RightsReply, owner: CarriedSids, listed: RightHolders, holders: set[str], named: Callable[[str], str]
) -> str:
    """Returns why the account may hold a right that was not found; empty where it does not."""
    unasked = [sid for sid in holders if sid.startswith(BUILTIN)] if reply.aliases_left_out else []
    if unasked:
        return (
            f"{_names(unasked, named)} holds {listed.right}, and its members were not queried: {reply.aliases_left_out}"
        )
    hidden = [alias.sid for alias in reply.aliases if alias.sid in holders and alias.status != STATUS_SUCCESS]
    if hidden:
        return f"{_names(hidden, named)} holds {listed.right}, but the storage does not return its members"
    if not owner.complete:
        return f"{_names(sorted(holders), named)} holds {listed.right}, but the groups of the account could not be read"
    domain = owner.sid.rpartition("-")[0]
    others = [sid for sid in holders if sid.startswith(OF_DOMAINS) and sid.rpartition("-")[0] != domain]
    if owner.elsewhere and others:
        return f"{_names(sorted(others), named)} holds {listed.right}, and its members are not known: {owner.elsewhere}"
    if listed.denied:
        answered = {sid.sid for sid in reply.sids if sid.status in (STATUS_SUCCESS, STATUS_OBJECT_NAME_NOT_FOUND)}
        if missing := owner.sids - answered:
            return f"the storage does not return the rights of {_names(sorted(missing)[:5], named)}"
    return ""


def _names(sids: Iterable[str], named: Callable[[str], str]) -> str:
    return ", ".join(f"{KNOWN[sid]} ({sid})" if sid in KNOWN else named(sid) for sid in sids)
