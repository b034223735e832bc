"""Entries of a share's access list that apply to no account of the site file."""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.observation import Observed
from krbcheck.facts.share_access import GROUP
from krbcheck.views.access_lists import ShareLists
from krbcheck.views.storage_people import PeopleAtStorage, is_wide

OF_THE_SYSTEM = ("S-1-3-0", "S-1-3-1", "S-1-3-4", "S-1-5-18", "S-1-5-32-544", "S-1-5-32-551")
"""CREATOR OWNER and GROUP, OWNER RIGHTS, SYSTEM, the storage's Administrators and Backup Operators."""


def unused(lists: ShareLists, people: PeopleAtStorage) -> Iterator[tuple[str, str, bool]]:
    """Yields the name of each unused entry, why it is unused, and whether it is a group without members.

    An entry for another tenant is a foreign grant instead.
    """
    storage = lists.storage.name
    named = dict.fromkeys(entry.sid for entry in lists.allowed)
    unread_groups = people.groups.unread_groups(named, storage)
    for sid in named:
        if sid in people.known_sids or sid in OF_THE_SYSTEM or sid in unread_groups or is_wide(sid):
            continue
        name = people.groups.name(sid, storage)
        trustee = people.groups.known.get(sid)
        if trustee is None:
            if _is_nobody(sid, storage, people):
                yield sid, "no account or group has this SID", False
            elif name != sid:
                yield name, "the group contains no account of the site file", False
        elif trustee.empty:
            yield name, "the group has no members", True
        elif trustee.kind == GROUP:
            yield name, "the group contains no account of the site file", False
        else:
            yield name, "the site file does not contain this account", False


def _is_nobody(sid: str, storage: str, people: PeopleAtStorage) -> bool:
    """Returns whether neither the storage nor the domain of the SID, if that was queried, contains it."""
    reply = people.groups.lists_of(storage)
    looked_up = [name for name in (reply.sids if reply else ()) if name.sid == sid]
    if looked_up:
        return not looked_up[0].known
    answers = [domain.seen for domain in people.groups.memberships.domains]
    return any(isinstance(seen, Observed) and sid in seen.value.asked for seen in answers)
