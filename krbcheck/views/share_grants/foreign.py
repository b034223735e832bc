"""Another tenant's people whom a share's entries let in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from krbcheck.site.stated import Tenant
from krbcheck.views.access_lists import ShareLists
from krbcheck.views.computed_access import reasoned
from krbcheck.views.memberships import Chain
from krbcheck.views.storage_people import PeopleAtStorage, Person, is_wide
from krbcheck.windows.access_check import DATA, Granted, maximum
from krbcheck.windows.access_masks import access_words


@dataclass(frozen=True)
class LetIn:
    """Access through one entry for `entry`, whose SID is `sid`; `why` names the membership chain of the first "
    "of `people`."""

    tenant: str
    entry: str
    people: Sequence[str]
    found: str
    why: str
    sid: str


def foreign(
    lists: ShareLists, owners: Sequence[Tenant], people: PeopleAtStorage, seen: Mapping[str, int]
) -> Iterator[LetIn]:
    """Yields one result for each entry and tenant. Entries for everyone and for the storage's administrators are left
    to other checks.
    """
    own = people.administrators | {person.own for tenant in owners for person in people.all_of(tenant)}
    let_in: dict[str, dict[str, list[tuple[Person, str]]]] = {}
    for person in _concerned(lists, people, seen):
        if person.tenant in owners or person.own in own:
            continue
        if found := _entry(lists, people, person, seen.get(person.name, 0)):
            let_in.setdefault(person.tenant.name, {}).setdefault(found[0], []).append((person, found[1]))
    for tenant, by_entry in let_in.items():
        for sid, those in by_entry.items():
            first, why = those[0]
            yield LetIn(
                tenant,
                people.groups.name(sid, lists.storage.name) if sid else first.name,
                list(dict.fromkeys(each.name for each, _ in those)),
                compared(lists.access(first.sids), seen.get(first.name)),
                why,
                sid,
            )


def _concerned(lists: ShareLists, people: PeopleAtStorage, seen: Mapping[str, int]) -> Sequence[Person]:
    """Those whom the lists may treat differently from an account that no entry is for, and those who were let in.

    Where such an account gets in, that is everyone.
    """
    if lists.access(()) & DATA:
        return people.everyone
    return people.carrying(lists.lists.named, (name for name, access in seen.items() if access))


def _entry(lists: ShareLists, people: PeopleAtStorage, person: Person, observed: int) -> tuple[str, str] | None:
    """Returns the SID of the entry and how it applies to the account; without a SID, access was observed that no entry
    grants.
    """
    sids = {sid: chain for sid, chain in person.alone.items() if sid not in people.administrators}
    granted = maximum(lists.lists.share, sids) if lists.lists.share else Granted(0)
    why = reasoned(granted, lists.lists.share, sids, people.groups, lists.storage.name, "the share")
    reached = lists.access(person.sids) & DATA
    if granted.opens and granted.allowed and reached:
        return granted.allowed[0].sid, why
    if reached and (found := _in_folder(lists, people, person, sids)):
        return found
    by_itself = observed and not reached and not lists.doubt(person.sids)
    return ("", why) if by_itself else None


def _in_folder(
    lists: ShareLists, people: PeopleAtStorage, person: Person, sids: Mapping[str, Chain]
) -> tuple[str, str] | None:
    """Returns the entry of the root folder, where the share grants access to everyone and the folder does not."""
    folder = lists.lists.folder
    if folder is None or lists.access(sid for sid in person.sids if is_wide(sid)) & DATA:
        return None
    granted = maximum(folder, sids)
    if not (granted.opens and granted.allowed):
        return None
    why = reasoned(granted, folder, sids, people.groups, lists.storage.name, "its root folder")
    return granted.allowed[0].sid, f"the share grants access to Everyone; {why}"


def compared(by_lists: int, observed: int | None) -> str:
    """Returns what the access lists grant, and what was observed where it differs."""
    words = access_words(by_lists) if by_lists else "no access"
    if observed is None or bool(observed & DATA) == bool(by_lists & DATA):
        return words
    return f"{words} by its access lists, but {access_words(observed) if observed else 'no access'} when tested"
