"""The SIDs of a backup account, as the directories contain them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from krbcheck.facts.directory import Directories, GroupMembers
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.facts.reasons import Ground
from krbcheck.site.stated import Site
from krbcheck.views.memberships import OF_DOMAINS, GroupStanding
from krbcheck.views.view import View

CARRIED_BY_ALL = frozenset({"S-1-1-0", "S-1-5-2", "S-1-5-11"})
"""Everyone, Network, Authenticated Users (MS-DTYP 2.4.2.4)."""


@dataclass(frozen=True)
class CarriedSids:
    """`sids` are the account's own and those of its groups. If `sid` is empty, the first of `why` is the reason.

    `missing` if the directory has no such account; `complete` if it returned the account's groups. `elsewhere` is why
    the account can be in other groups of the storage's domain, empty if it cannot.
    """

    sid: str
    sids: frozenset[str]
    why: tuple[Ground, ...]
    missing: bool = False
    complete: bool = True
    elsewhere: str = ""


class BackupAccounts(View):
    """The accounts that back up, and the groups that are stated for them, as the directories return them."""

    def __init__(self, site: Site, directories: Directories, groups: GroupStanding) -> None:
        self._directories, self._standings = directories, groups
        self._groups = [
            (group.seen.value.sid, frozenset(group.seen.value.members))
            for group in directories.groups
            if isinstance(group.seen, Observed) and group.seen.value.sid
        ]
        self._names = {
            group.seen.value.sid: group.group
            for group in directories.groups
            if isinstance(group.seen, Observed) and group.seen.value.sid
        }
        self._tenants = {principal.name.lower(): tenant.name for tenant, principal in reversed(list(site.principals()))}
        self._known: dict[str, CarriedSids] = {}

    def of(self, account: str) -> CarriedSids:
        """The account's SIDs: its own, its token's groups, and every group whose members include one of them."""
        if account not in self._known:
            self._known[account] = self._of(account)
        return self._known[account]

    def at(self, account: str, storage: str) -> CarriedSids:
        """The account's SIDs with its groups in the storage's domain, where it is a member as a foreign account too."""
        carried = self.of(account)
        if not carried.sid:
            return carried
        standing = self._standings.standing(account, storage)
        groups = (sid for sid in standing.sids if sid.startswith(OF_DOMAINS))
        return replace(carried, sids=carried.sids.union(groups), elsewhere=standing.why_not)

    def _of(self, account: str) -> CarriedSids:
        seen = self._directories.account(account)
        if not isinstance(seen, Observed):
            return CarriedSids("", frozenset(), (_why(seen, account),))
        if not seen.value.found:
            return CarriedSids("", frozenset(), (f"no directory contains {account}", seen), missing=True)
        found = seen.value.found[0]
        sids = {found.sid, *(found.groups or ())}
        for group, members in self._groups:
            if not members.isdisjoint(sids):
                sids.add(group)
        return CarriedSids(found.sid, frozenset(sids), (seen,), complete=found.groups is not None)

    def group(self, name: str) -> Observation[GroupMembers] | str:
        """Returns the answer that contains the group; else the first answer; else the reason why there is none."""
        answers = [answer.seen for answer in self._directories.answers_of_group(name)]
        for seen in answers:
            if isinstance(seen, Observed) and seen.value.sid:
                return seen
        silent = [seen for seen in answers if isinstance(seen, Unobserved)]
        return next(iter(silent or answers), f"no directory was queried for the group {name}")

    def name(self, sid: str, storage: str = "") -> str:
        """Returns the name of an account or group, as the site file, its domain or the storage states it; else the
        SID.
        """
        return self._names.get(sid) or self._standings.name(sid, storage)

    def tenant_of(self, account: str) -> str:
        """The tenant whose principal the account is, or an empty string."""
        return self._tenants.get(account.lower(), "")


def _why(seen: Unobserved | None, account: str) -> Ground:
    return f"no directory was queried for {account}" if seen is None else seen


def plain(name: str) -> str:
    r"""The group's own name of `DOMAIN\group`."""
    return name.rpartition("\\")[2]
