"""What each principal's sessions showed of the shares, and the words for access masks."""

from __future__ import annotations

from dataclasses import dataclass

from krbcheck.facts.directory import first_seen
from krbcheck.facts.place import Vantages
from krbcheck.facts.storage import SmbSessions, SmbSetUp, TreeReply
from krbcheck.model import Ground, Observation, Observed
from krbcheck.site import Access, DataPath, Principal, Share, Tenant

READ, CHANGE, FULL = 0x1200A9, 0x1301BF, 0x1F01FF
"""What the share permissions of these names grant (MS-SMB2 2.2.13.1.1)."""
NEEDED = {Access.READ: READ, Access.CHANGE: CHANGE, Access.FULL: FULL}
FOLDER_NEEDED = {Access.READ: READ, Access.CHANGE: READ | 0x6, Access.FULL: READ | 0x6}
"""Of the root folder itself: to list it, and to add files and folders; what is below has ACLs of its own."""
ACCESS_SYSTEM_SECURITY = 0x01000000
"""In a MaximalAccess: backup or restore rights are held, and open the share whatever its ACL says."""


@dataclass(frozen=True)
class Looked:
    """One principal's TREE_CONNECT to one share. Without `tree` the first of `why` says why there is none."""

    subject: str
    why: tuple[Ground, ...]
    seen: Observed[SmbSetUp] | None = None
    tree: TreeReply | None = None
    guest: bool = False


def looked(
    sessions: SmbSessions, vantages: Vantages, tenant: Tenant, principal: Principal, path: DataPath, share: Share
) -> Looked:
    subject = f"{principal.name} on \\\\{path.name}\\{share.name}"
    seen = first_seen(one.seen for one in sessions.kerberos(tenant.name, path.name, principal.name))
    if not isinstance(seen, Observed):
        return Looked(subject, (_no_session(seen, vantages, tenant, principal, path),))
    said = seen.value
    tree = said.tree(share.name)
    if not said.accepted:
        return Looked(subject, (f"the session is refused: {said.told()} (see smb.session)", seen))
    if tree is None:
        return Looked(subject, (f"{share.name} was not connected to", seen))
    return Looked(subject, (seen,), seen, tree, said.guest)


def _no_session(
    seen: Observation[SmbSetUp] | None, vantages: Vantages, tenant: Tenant, principal: Principal, path: DataPath
) -> Ground:
    if seen is not None:
        return seen
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


def account_of(principal: Principal) -> str:
    """As access lists take it."""
    return f"{principal.realm}\\{principal.account}"
