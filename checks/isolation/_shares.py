"""What each principal's sessions showed of the shares, and the words for access masks and for who has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from krbcheck.facts.directory import first_seen
from krbcheck.facts.place import Vantages
from krbcheck.facts.storage import SmbSessions, SmbSetUp, TreeReply
from krbcheck.model import Observation, Observed, Unknown, unknown, why
from krbcheck.site import Access, DataPath, Principal, Share, Tenant

READ, CHANGE, FULL = 0x1200A9, 0x1301BF, 0x1F01FF
"""What the share permissions of these names grant (MS-SMB2 2.2.13.1.1)."""
NEEDED = {Access.READ: READ, Access.CHANGE: CHANGE, Access.FULL: FULL}
FOLDER_NEEDED = {Access.READ: READ, Access.CHANGE: READ | 0x6, Access.FULL: READ | 0x6}
"""Of the root folder itself: to list it, and to add files and folders; what is below has ACLs of its own."""
ACCESS_SYSTEM_SECURITY = 0x01000000
"""In a MaximalAccess: backup or restore rights are held, and open the share whatever its ACL says."""
MOST_NAMED = 4
"""Accounts that a remedy names one by one; more are a group's matter."""


@dataclass(frozen=True)
class Looked:
    """One principal's TREE_CONNECT to one share, `says` why there is none. `guest` if the session was not its own."""

    principal: Principal
    subject: str
    says: str = ""
    seen: Observation[SmbSetUp] | None = None
    tree: TreeReply | None = None
    guest: bool = False

    def in_the_dark(self, tenant: Tenant, says: str = "") -> Unknown:
        grounds = () if self.seen is None else (self.seen,)
        return unknown(self.subject, *grounds, tenant=tenant.name, says=says or self.says)


def all_looked(sessions: SmbSessions, vantages: Vantages, tenant: Tenant, path: DataPath, share: Share) -> list[Looked]:
    """One for each principal of the tenant."""
    return [_looked(sessions, vantages, tenant, one, path, share) for one in tenant.principals]


def _looked(
    sessions: SmbSessions, vantages: Vantages, tenant: Tenant, principal: Principal, path: DataPath, share: Share
) -> Looked:
    subject = f"{principal.name} on \\\\{path.name}\\{share.name}"
    seen = first_seen(one.seen for one in sessions.kerberos(tenant.name, path.name, principal.name))
    if seen is None:
        return Looked(principal, subject, _not_asked(vantages, tenant, principal, path))
    if not isinstance(seen, Observed):
        return Looked(principal, subject, why(seen), seen)
    said = seen.value
    if not said.accepted:
        return Looked(principal, subject, f"the session is refused: {said.told()} (see smb.session)", seen)
    tree = said.tree(share.name)
    says = "" if tree else f"{share.name} was not connected to"
    return Looked(principal, subject, says, seen, tree, said.guest)


def _not_asked(vantages: Vantages, tenant: Tenant, principal: Principal, path: DataPath) -> str:
    if principal.secret is None:
        return f"the site names no secret for {principal.name}"
    if path.is_address:
        return f"{path.name} is an address: there is no Kerberos ticket for it (see backup.path)"
    return vantages.why_not(tenant.name)


def access_words(mask: int) -> str:
    """The access as the permissions dialog names it, and in hex."""
    plain = mask & ~ACCESS_SYSTEM_SECURITY
    held = (name for name, bits in (("full", FULL), ("change", CHANGE), ("read", READ)) if plain & bits == bits)
    words = next(held, "less than read")
    backup = ", with backup or restore rights" if mask & ACCESS_SYSTEM_SECURITY else ""
    return f"{words}{backup} (0x{mask:08X})"


def accounts_of(tenant: Tenant, principals: Sequence[Principal]) -> list[str]:
    """As access lists take them: the same words for all who share a fault, so that a report folds it."""
    if len(principals) > MOST_NAMED:
        return [f"<group of {tenant.name}'s hosts>"]
    return [f"{one.realm}\\{one.account}" for one in principals]
