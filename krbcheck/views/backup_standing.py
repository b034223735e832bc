"""Whether an account that backs up was granted the backup and restore rights, whatever its tickets contain."""

from __future__ import annotations

from dataclasses import dataclass

from krbcheck.facts.directory import first_seen
from krbcheck.facts.observation import Observed
from krbcheck.facts.reasons import Ground
from krbcheck.facts.smb import BACKUP_RIGHTS, AccountRights
from krbcheck.facts.vantages import Vantages
from krbcheck.site.stated import Backup, Site
from krbcheck.views.backup_accounts import BackupAccounts
from krbcheck.views.backup_roles import BackupRoles
from krbcheck.views.right_standing import standing_of
from krbcheck.views.view import View


@dataclass(frozen=True)
class Standing:
    """`held` is None if it is not determined; `summary` names who holds the rights, or why that is not determined."""

    held: bool | None
    summary: str
    why: tuple[Ground, ...] = ()


class BackupStandings(View):
    """The rights as the storage's LSA returns them (LSARPC), and as the role Super Admin of a VMstore grants them."""

    def __init__(self, rights: AccountRights, accounts: BackupAccounts, roles: BackupRoles) -> None:
        self._rights, self._accounts, self._roles = rights, accounts, roles

    def serves_rpc(self, storage: str) -> bool:
        """Whether the storage answered over RPC: then a named pipe that does not exist is an answer."""
        return any(
            isinstance(entry.seen, Observed) and not entry.seen.value.refused
            for entry in self._rights.storages
            if entry.storage == storage
        )

    def of(self, backup: Backup, account: str) -> Standing:
        """Returns whether the account holds both rights: the role decides where it is known, else LSARPC."""
        return self.by_role(backup.storage, account) or self._by_rights(backup, account)

    def by_role(self, storage: str, account: str) -> Standing | None:
        """Returns whether the account holds the role Super Admin; None if the site states no REST API, or if it is not
        determined.
        """
        supers, owner = self._roles.super_admins(storage), self._accounts.of(account)
        if supers is None or not owner.sid:
            return None
        holder = self._roles.by_group(storage, account, owner) or (
            "it" if self._roles.by_itself(storage, owner) else ""
        )
        grounds: tuple[Ground, ...] = (*supers.grounds, *owner.why)
        if holder:
            return Standing(True, f"the role Super Admin is granted to {holder}", grounds)
        if self._roles.doubt(storage, account, owner):
            return None
        return Standing(False, "the role Super Admin is granted to none of its groups", grounds)

    def _by_rights(self, backup: Backup, account: str) -> Standing:
        seen = first_seen(entry.seen for entry in self._rights.storages if entry.storage == backup.storage)
        if seen is None:
            return Standing(None, f"{backup.storage} was not queried for the holders of backup rights")
        if not isinstance(seen, Observed) or seen.value.refused:
            return Standing(None, f"{backup.storage} does not return the holders of backup rights", (seen,))
        owner = self._accounts.at(account, backup.storage)
        if not owner.sid:
            return Standing(None, f"the SID of {account} is not known", (seen, *owner.why))
        each = [standing_of(seen.value, owner, right, "", self._accounts.name) for right in BACKUP_RIGHTS]
        states = {entry.held for entry in each}
        held = False if False in states else None if None in states else True
        summary = next(entry.summary for entry in each if entry.held is held)
        return Standing(held, summary, (seen, *owner.why))


def why_untested(site: Site, storage: str, vantages: Vantages) -> str:
    """Returns why there is no session: no host has an address of the tenants, or no data path has a name."""
    for tenant, path in site.named_paths():
        if path.storage == storage and not vantages.asked(tenant.name):
            return vantages.why_not(tenant.name)
    return f"{storage} has no data path with a name, so no session was tested"
