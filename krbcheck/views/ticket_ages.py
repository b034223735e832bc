"""Whether a ticket is older than a membership of its client: by when each group was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from krbcheck.facts.directory import Directories
from krbcheck.facts.groups import Group, GroupChanges
from krbcheck.facts.observation import Observed
from krbcheck.views.ticket_groups import Chain
from krbcheck.views.view import View


@dataclass(frozen=True)
class Joined:
    """A group that the account, or a group of it, was added to at `at`. Not `exact` if the directory returns only when
    the group was changed last.
    """

    group: str
    at: datetime
    exact: bool = True


class TicketAges(View):
    def __init__(self, directories: Directories, changes: GroupChanges) -> None:
        self._directories, self._changes = directories, changes

    def joined_since(self, account: str, logon: datetime) -> Joined | None:
        """Returns the last group that the account was added to after `logon`; None if none is known."""
        seen = self._directories.account(account)
        if not (isinstance(seen, Observed) and seen.value.found):
            return None
        owner = seen.value.found[0]
        chain = Chain.of(owner, self._changes)
        groups = [
            group
            for changed in self._changes.changed
            if isinstance(changed.seen, Observed)
            for group in changed.seen.value.found
        ]
        exact = [
            Joined(group.name or group.dn, written.written)
            for group in groups
            for written in group.members or ()
            if chain.has(written) and not written.removed and written.written > logon
        ]
        carried = {owner.sid, *(owner.groups or ())}
        rough = [
            Joined(group.name or group.dn, group.changed, exact=False)
            for group in groups
            if _is_undated(group) and group.sid in carried and group.changed is not None and group.changed > logon
        ]
        return max(exact or rough, key=lambda joined: joined.at, default=None)


def _is_undated(group: Group) -> bool:
    """Whether the directory does not return when each member was written (Samba)."""
    return group.members is None
