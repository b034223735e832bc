"""The grants of a VMstore's role Super Admin to an account that backs up: to the account, or to one of its groups."""

from __future__ import annotations

from krbcheck.views.backup_accounts import BackupAccounts, CarriedSids
from krbcheck.views.memberships import GroupStanding
from krbcheck.views.view import View
from krbcheck.views.vmstore_roles import SuperAdmins, VmstoreRoles


class BackupRoles(View):
    def __init__(self, roles: VmstoreRoles, groups: GroupStanding, accounts: BackupAccounts) -> None:
        self._roles, self._groups, self._accounts = roles, groups, accounts

    def super_admins(self, storage: str) -> SuperAdmins | None:
        """Returns the holders of the role; None if the site states no REST API of the storage."""
        return self._roles.super_admins(storage)

    def by_group(self, storage: str, account: str, owner: CarriedSids) -> str:
        """Returns the name of the group of the account to which the role is granted, also one of the storage's domain;
        empty if none is known.
        """
        above = self._groups.standing(account, storage).sids
        return self._through(storage, sorted({*owner.sids, *above} - {owner.sid}))

    def doubt(self, storage: str, account: str, owner: CarriedSids) -> str:
        """Returns why the account may hold the role by a group that is not known; empty if it cannot."""
        supers = self._roles.super_admins(storage)
        if supers is None or supers.why_not:
            return supers.why_not if supers else f"the REST API of {storage} was not queried"
        if not owner.complete:
            return f"tokenGroups of {account} could not be read"
        return self._groups.standing(account, storage).why_not

    def by_itself(self, storage: str, owner: CarriedSids) -> bool:
        """Returns whether the role is granted to the account itself."""
        return bool(owner.sid and self._through(storage, [owner.sid]))

    def granted(self, storage: str) -> str:
        """Returns the names of all holders, of those that have none their SIDs."""
        supers = self._roles.super_admins(storage)
        return ", ".join(self._accounts.name(holder.shown, storage) for holder in supers.holders) if supers else ""

    def _through(self, storage: str, sids: list[str]) -> str:
        supers = self._roles.super_admins(storage)
        found = supers.through(sids) if supers else None
        return self._accounts.name(found[0], storage) if found else ""
