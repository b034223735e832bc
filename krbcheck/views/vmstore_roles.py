"""Who holds the role Super Admin of a VMstore, by its REST API, and why that may not be known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.facts.vmstore import (
    ExternalGroups,
    RestRefusal,
    Role,
    RoleGroup,
    Roles,
    VmstoreAnswer,
    VmstoreAnswers,
)
from krbcheck.site.stated import Site
from krbcheck.views.memberships import GroupStanding
from krbcheck.views.view import View


@dataclass(frozen=True)
class RoleHolder:
    """A group or an account to which a role is granted: `shown` is how the VMstore names it, `keys` are its forms for a
    comparison.
    """

    role: str
    shown: str
    keys: frozenset[str]


@dataclass(frozen=True)
class SuperAdmins:
    """The holders of the role Super Admin on a storage. `why_not` is why there may be others; empty where there are
    none. `grounds` are the replies that contain them.
    """

    BY_HAND: ClassVar = (
        "Settings > Management Access on {storage} shows who holds the role Super Admin: compare it with the site "
        "file, or grant the account under vmstore_api a role that reads all of it"
    )

    storage: str
    holders: tuple[RoleHolder, ...]
    why_not: str
    grounds: tuple[Observation[object], ...]
    _groups: GroupStanding = field(repr=False)

    def next_step(self, doubt: str) -> str:
        """What to do where `doubt` is that of the holders, and no reply states an error; else empty."""
        refused = any(isinstance(seen, Observed) and isinstance(seen.value, RestRefusal) for seen in self.grounds)
        silent = any(isinstance(seen, Unobserved) for seen in self.grounds)
        return self.BY_HAND.format(storage=self.storage) if doubt == self.why_not and not (refused or silent) else ""

    def through(self, sids: Iterable[str]) -> tuple[str, RoleHolder] | None:
        """Returns the first of the SIDs to which the role is granted, with the holder; None if there is none."""
        if not self.holders:
            return None
        for sid in sids:
            keys = self._keys(sid)
            for holder in self.holders:
                if not keys.isdisjoint(holder.keys):
                    return sid, holder
        return None

    def _keys(self, sid: str) -> set[str]:
        name, home = self._groups.name(sid, self.storage), self._groups.home(sid)
        own = name.rpartition("\\")[2]
        return {sid.lower(), name.lower()} | ({_of_domain(own, home), f"{own}@{home}".lower()} if home else set())


class VmstoreRoles(View):
    """The holders of the role Super Admin on each storage whose REST API the site states."""

    def __init__(self, site: Site, answers: VmstoreAnswers, groups: GroupStanding) -> None:
        self._site, self._answers, self._groups = site, answers, groups

    def super_admins(self, storage: str) -> SuperAdmins | None:
        """Returns the holders; None if the site states no REST API of the storage. Of the replies to several hosts, the
        first that states all holders counts.
        """
        return self._found.get(storage)

    @cached_property
    def _found(self) -> dict[str, SuperAdmins]:
        stated = (storage.name for storage in self._site.storages if storage.vmstore_api is not None)
        return {storage: self._of(storage) for storage in stated}

    def _of(self, storage: str) -> SuperAdmins:
        found = [self._read(answer) for answer in self._answers.of(storage)]
        none = SuperAdmins(storage, (), f"the REST API of {storage} was not queried", (), self._groups)
        whole = next((each for each in found if not each.why_not), None)
        return whole or next((each for each in found if each.holders), None) or next(iter(found), none)

    def _read(self, answer: VmstoreAnswer) -> SuperAdmins:
        grounds: tuple[Observation[object], ...] = (answer.roles,)
        match answer.roles:
            case Unobserved(detail=detail):
                return SuperAdmins(answer.storage, (), detail, grounds, self._groups)
            case Observed(value=RestRefusal() as refusal):
                return SuperAdmins(answer.storage, (), refusal.reason(answer.storage), grounds, self._groups)
            case Observed(value=Roles() as roles):
                holders = tuple(_holders(roles, answer))
                if any(role.groups for role in roles.roles if role.is_super_admin) and _queried(answer):
                    grounds = (*grounds, answer.external_groups)
                return SuperAdmins(answer.storage, holders, _doubt(roles, holders, answer), grounds, self._groups)
        raise AssertionError(answer.roles)


def _holders(roles: Roles, answer: VmstoreAnswer) -> Iterator[RoleHolder]:
    for role in roles.roles:
        for group in (role.groups or ()) if role.is_super_admin else ():
            texts = _texts(group, answer)
            shown = next((text for text in texts if "\\" in text), "") or next(iter(texts), "")
            yield RoleHolder(_named(role), shown, frozenset(key for text in texts for key in _keys(text)))


def _queried(answer: VmstoreAnswer) -> bool:
    """Whether the list of external groups was needed: it is empty if no role refers to a group by its id."""
    known = answer.external_groups
    return not (isinstance(known, Observed) and isinstance(known.value, ExternalGroups) and not known.value.groups)


def _texts(group: RoleGroup, answer: VmstoreAnswer) -> Sequence[str]:
    known = answer.external_groups
    if isinstance(known, Observed) and isinstance(known.value, ExternalGroups):
        return known.value.texts(group)
    return group.texts


def _keys(text: str) -> Iterator[str]:
    yield text.lower()
    parts = [part.strip() for part in re.split(r"(?<!\\),", text)]
    if len(parts) > 1 and parts[0].lower().startswith("cn="):
        domain = ".".join(part[3:] for part in parts if part.lower().startswith("dc="))
        yield _of_domain(parts[0][3:].replace("\\", ""), domain)


def _of_domain(account: str, domain: str) -> str:
    """The key of an account by the name of its entry: a distinguished name has no account name."""
    return f"{account.lower()} of {domain.lower()}"


def _named(role: Role) -> str:
    return role.name or role.kind or role.id


def _doubt(roles: Roles, holders: Sequence[RoleHolder], answer: VmstoreAnswer) -> str:
    """Why there may be holders of the role that are not known."""
    supers = [role for role in roles.roles if role.is_super_admin]
    if not roles.whole:
        return f"the list of the roles of {answer.storage} is not complete"
    if not supers:
        return f"no role of {answer.storage} is known as Super Admin: {roles.summary()}"
    hidden = [role for role in supers if role.groups is None]
    if hidden:
        return f"{answer.storage} does not return the groups of the role {_named(hidden[0])} to {answer.account}"
    opaque = next((holder for holder in holders if not any(_names(key) for key in holder.keys)), None)
    if opaque is not None:
        return f"{answer.storage} states a group with the role {opaque.role} by the id {opaque.shown} alone"
    return ""


def _names(key: str) -> bool:
    return key.startswith("s-1-") or any(sign in key for sign in ("\\", "=", "@"))
