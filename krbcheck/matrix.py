"""One cell of the access matrix: what the site expects of a principal at a share, and what was observed there.

Pure, and the one judgement of it: the isolation checks and `krbcheck matrix` both use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from krbcheck.facts.storage import SmbSetUp, TreeReply
from krbcheck.ntstatus_codes import (
    STATUS_ACCESS_DENIED,
    STATUS_BAD_NETWORK_NAME,
    STATUS_NETWORK_ACCESS_DENIED,
    STATUS_SUCCESS,
    ntstatus_name,
)
from krbcheck.site import Access, Principal, Share, Storage, Tenant

READ, CHANGE, FULL = 0x1200A9, 0x1301BF, 0x1F01FF
"""What the share permissions of these names grant (MS-SMB2 2.2.13.1.1)."""
WRITE = READ | 0x116
"""To read and to write (MS-SMB2 2.2.13.1.1, FILE_GENERIC_WRITE), but not to delete."""
WORDS = (("full", FULL), ("change", CHANGE), ("read and write", WRITE), ("read", READ))
ADD = 0x6
"""FILE_ADD_FILE and FILE_ADD_SUBDIRECTORY of a folder (MS-SMB2 2.2.13.1.2)."""
LIST_ROOT = 0x00100081
"""FILE_LIST_DIRECTORY, FILE_READ_ATTRIBUTES, SYNCHRONIZE (MS-SMB2 2.2.13.1.2)."""
NEEDED = {Access.READ: READ, Access.CHANGE: CHANGE, Access.FULL: FULL}
FOLDER_NEEDED = {Access.READ: READ, Access.CHANGE: READ | ADD, Access.FULL: READ | ADD}
"""Of the root folder itself: to list it, and to add files and folders; what is below has ACLs of its own."""
ACCESS_SYSTEM_SECURITY = 0x01000000
"""In a MaximalAccess: backup or restore rights are held, and open the share whatever its ACL says."""
DENIED = (STATUS_ACCESS_DENIED, STATUS_NETWORK_ACCESS_DENIED)
REFUSED = (*DENIED, STATUS_BAD_NETWORK_NAME)

NO_ROOM = (0xC0000017, 0xC000009A, 0xC00000CE, 0xC00000D0, 0xC000012D, 0xC0000196, 0xC0000205, 0xC0000246, 0xC0000259,
           0xC0000466)  # fmt: skip
"""STATUS_NO_MEMORY, INSUFFICIENT_RESOURCES, TOO_MANY_SESSIONS, REQUEST_NOT_ACCEPTED, COMMITMENT_LIMIT,
REMOTE_SESSION_LIMIT, INSUFF_SERVER_RESOURCES, CONNECTION_COUNT_LIMIT, LICENSE_QUOTA_EXCEEDED, SERVER_UNAVAILABLE
(MS-ERREF 2.3.1)."""


class Expected(StrEnum):
    READ = "read"
    CHANGE = "change"
    FULL = "full"
    REFUSED = "refused"  # another tenant's share
    ANY = "any"  # an administrator of the storage may reach every share


class Outcome(StrEnum):
    AS_EXPECTED = "as-expected"
    BREACH = "breach"
    LOCKED_OUT = "locked-out"
    LESS = "less-than-stated"
    UNKNOWN = "unknown"


class Wall(StrEnum):
    """What stands between a principal and a folder."""

    SESSION = "the session"
    SHARE = "the share permissions"
    FOLDER = "the root folder"


@dataclass(frozen=True)
class Judged:
    """`found` is the observed access in words; `wall` is what falls short; `says` is why nothing is known."""

    outcome: Outcome
    found: str = ""
    wall: Wall | None = None
    says: str = ""


def expected(principal: Principal, tenant: Tenant, owner: Tenant, share: Share, storage: Storage) -> Expected:
    """What the site states for `tenant`'s principal at `owner`'s share."""
    if owner.name == tenant.name:
        return Expected(share.access)
    return Expected.ANY if administers(principal, storage) else Expected.REFUSED


def administers(principal: Principal, storage: Storage) -> bool:
    """Whether the site names the account itself; who is in a stated group the directory tells."""
    account, realm = principal.account.casefold(), principal.realm.casefold()
    names = {rf"{realm}\{account}", rf"{realm.partition('.')[0]}\{account}", f"{account}@{realm}"}
    return any(one.casefold() in names for one in storage.administrators)


def root_access(stated: Expected) -> int:
    """With what access the root folder is opened, to see whether the folder grants it too."""
    if stated in (Expected.REFUSED, Expected.ANY):
        return LIST_ROOT
    return LIST_ROOT | FOLDER_NEEDED[Access(stated)]


def judged(stated: Expected, said: SmbSetUp, share: str) -> Judged:
    """What one principal's session says about one share."""
    if not said.accepted:
        return _without_session(stated, said)
    tree = said.tree(share)
    if tree is None:
        return Judged(Outcome.UNKNOWN, says=said.cut or f"{share} was not connected to")
    if stated is Expected.REFUSED and tree.status == STATUS_SUCCESS:
        return Judged(Outcome.BREACH, held(tree), Wall.SHARE)
    if says := _undecided(stated, tree, said):
        return Judged(Outcome.UNKNOWN, says=says)
    if stated in (Expected.REFUSED, Expected.ANY):
        return Judged(Outcome.AS_EXPECTED, held(tree))
    return _own(Access(stated), tree)


def _without_session(stated: Expected, said: SmbSetUp) -> Judged:
    """A storage that has no room, or speaks no dialect of ours, says nothing about the principal."""
    if not said.dialect:
        return Judged(Outcome.UNKNOWN, says=f"NEGOTIATE is refused with {said.told()} (see smb.dialect)")
    says = f"the session is refused: {said.told()} (see smb.session)"
    if stated in (Expected.REFUSED, Expected.ANY) or said.status in NO_ROOM:
        return Judged(Outcome.UNKNOWN, says=says)
    return Judged(Outcome.LOCKED_OUT, said.told(), Wall.SESSION, says)


def _undecided(stated: Expected, tree: TreeReply, said: SmbSetUp) -> str:
    """Why the answers say nothing about what the principal may do; empty where they do."""
    if said.guest:
        return "the session is a guest's, not the principal's (see smb.session)"
    others = stated in (Expected.REFUSED, Expected.ANY)
    if tree.redirected:
        return "the storage sends to another node, which was not asked"
    if tree.status == STATUS_BAD_NETWORK_NAME and not others:
        return "there is no such share (see smb.share)"
    if tree.status not in (STATUS_SUCCESS, *REFUSED):
        return f"TREE_CONNECT ends with {ntstatus_name(tree.status)}"
    if tree.root is None and tree.status == STATUS_SUCCESS and said.cut and not others:
        return said.cut
    if tree.root not in (STATUS_SUCCESS, *DENIED, None) and not others:
        return f"the root folder does not open: {ntstatus_name(tree.root)}"
    return ""


def _own(stated: Access, tree: TreeReply) -> Judged:
    if tree.status in DENIED:
        return Judged(Outcome.LOCKED_OUT, ntstatus_name(tree.status), Wall.SHARE)
    if tree.maximal_access & NEEDED[stated] != NEEDED[stated]:
        return Judged(Outcome.LESS, access_words(tree.maximal_access), Wall.SHARE)
    if tree.root in DENIED and tree.listed != STATUS_SUCCESS:
        return Judged(Outcome.LOCKED_OUT, ntstatus_name(tree.root or 0), Wall.FOLDER)
    granted = tree.root_access
    if tree.root in DENIED or (granted is not None and granted & FOLDER_NEEDED[stated] != FOLDER_NEEDED[stated]):
        words = "listing alone" if granted is None else access_words(granted)
        return Judged(Outcome.LESS, words, Wall.FOLDER)
    return Judged(Outcome.AS_EXPECTED, held(tree))


def held(tree: TreeReply) -> str:
    """What a tree grants, in words; the root folder is named where it refuses or grants less than the share."""
    if tree.status != STATUS_SUCCESS:
        return ntstatus_name(tree.status)
    if tree.root is not None and tree.root != STATUS_SUCCESS and tree.listed != STATUS_SUCCESS:
        share = access_words(tree.maximal_access)
        return f"{share} by the share, the root folder refuses ({ntstatus_name(tree.root)})"
    return both_words(tree.maximal_access, None if tree.root is None else tree.root_access)


def both_words(share: int, folder: int | None) -> str:
    """What the share grants; the root folder (None: not known) is named where it grants less than goes with that."""
    words = access_words(share)
    if folder is not None and _falls_short(share, folder):
        return f"{words} by the share, {access_words(folder)} by the root folder"
    return words


def _falls_short(share: int, folder: int) -> bool:
    granted = next((access for access in (Access.FULL, Access.CHANGE, Access.READ)
                    if share & NEEDED[access] == NEEDED[access]), None)  # fmt: skip
    return granted is not None and folder & FOLDER_NEEDED[granted] != FOLDER_NEEDED[granted]


def access_words(mask: int) -> str:
    """The access as the permissions dialog names it, and in hex."""
    backup = ", with backup or restore rights" if mask & ACCESS_SYSTEM_SECURITY else ""
    return f"{access_word(mask)}{backup} (0x{mask:08X})"


def access_word(mask: int) -> str:
    return next((name for name, bits in WORDS if mask & bits == bits), "less than read")
