"""A tenant's own principals whom a share's lists give less than the site states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from krbcheck.site.expected_access import FOLDER_NEEDED, NEEDED
from krbcheck.site.stated import Principal, Share, Tenant
from krbcheck.views.access_lists import ShareLists
from krbcheck.views.computed_access import Computed, computed
from krbcheck.views.storage_people import PeopleAtStorage
from krbcheck.windows.access_check import DATA
from krbcheck.windows.access_masks import access_words


@dataclass(frozen=True)
class Lack:
    """What all of `principals` have instead of the stated access, and why, with the chain of the first.

    `in_share` and `in_folder` if the list of the share, or of its root folder, grants less than that.
    """

    principals: Sequence[Principal]
    found: str
    why: str
    in_share: bool
    in_folder: bool


def missing(
    lists: ShareLists, tenant: Tenant, share: Share, people: PeopleAtStorage, seen: Mapping[str, int]
) -> Iterator[Lack]:
    """Yields one result for all principals that lack the same access for the same reason; their groups are known."""
    lacking: dict[tuple[str, str, bool, bool], list[tuple[Principal, str]]] = {}
    by_name = {each.name: each for each in tenant.principals}
    for person in people.principals(tenant):
        answers = computed(lists.lists, person.sids, people.groups, lists.storage.name, people.administrators)
        if not person.doubt and not answers.doubt and (found := _found(answers, share, seen.get(person.name))):
            key = (found, answers.why.replace(person.chain_name, ""), *_lists(answers, share))
            lacking.setdefault(key, []).append((by_name[person.name], answers.why))
    for (found, _, in_share, in_folder), those in lacking.items():
        yield Lack([each for each, _ in those], found, those[0][1], in_share, in_folder)


def _lists(answers: Computed, share: Share) -> tuple[bool, bool]:
    """Whether the list of the share, and that of its root folder, grants less than the stated access."""
    needed, of_folder = NEEDED[share.access], FOLDER_NEEDED[share.access]
    return (
        answers.share_access & needed != needed,
        answers.folder_access is not None and answers.folder_access & of_folder != of_folder,
    )


def _found(answers: Computed, share: Share, observed: int | None) -> str:
    """Returns the access instead of the stated access; empty where it is sufficient."""
    needed, of_folder = NEEDED[share.access], FOLDER_NEEDED[share.access]
    held = answers.share_access if answers.share_access & DATA else 0
    by_lists = held & needed == needed
    if observed is not None and (observed & needed == needed) != by_lists:
        return f"{_words(held)} by its access list, but {_words(observed)} when tested"
    if not by_lists:
        return _words(held)
    if answers.folder_access is None or answers.folder_access & of_folder == of_folder:
        return ""
    return f"{_words(answers.folder_access)} in the root folder"


def _words(mask: int) -> str:
    return access_words(mask) if mask else "no access"
