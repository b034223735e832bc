"""The access that the site file states: what each principal is expected to have at each share. Queries and judges
nothing.
"""

from __future__ import annotations

from enum import StrEnum

from krbcheck.site.stated import Access, Principal, Share, Storage, Tenant
from krbcheck.windows.access_masks import ADD, CHANGE, FULL, LIST_ROOT, READ

NEEDED = {Access.READ: READ, Access.CHANGE: CHANGE, Access.FULL: FULL}
FOLDER_NEEDED = {Access.READ: READ, Access.CHANGE: READ | ADD, Access.FULL: READ | ADD}
"""Of the root folder itself: to list it, and to add files and folders; what is below has ACLs of its own."""

AS_EXPECTED = (
    "Access is as expected if a principal has at least the access that the site file states for its tenant's share, by "
    "the share permissions and by the NTFS permissions of the root folder, and if it has no access to the share of any "
    "other tenant. Accounts that the site file states as administrators of the storage may have any access. Sessions "
    "without an account must have none."
)
"""The one definition, for the matrix, the audit pack and the documentation of the checks."""


class Expected(StrEnum):
    READ = "read"
    CHANGE = "change"
    FULL = "full"
    REFUSED = "refused"  # another tenant's share
    ANY = "any"  # an administrator of the storage may reach every share


def expected(principal: Principal, tenant: Tenant, owner: Tenant, share: Share, storage: Storage) -> Expected:
    """What the site states for `tenant`'s principal at `owner`'s share."""
    if owner.name == tenant.name:
        return Expected(share.access)
    return expected_elsewhere(principal, storage)


def expected_elsewhere(principal: Principal, storage: Storage) -> Expected:
    """What the site states for a principal at every share of other tenants."""
    return Expected.ANY if administers(principal, storage) else Expected.REFUSED


def administers(principal: Principal, storage: Storage) -> bool:
    """Returns whether the site file names the account itself; the members of a stated group are in the directory."""
    account, realm = principal.account.casefold(), principal.realm.casefold()
    names = {rf"{realm}\{account}", rf"{realm.partition('.')[0]}\{account}", f"{account}@{realm}"}
    return any(administrator.casefold() in names for administrator in storage.administrators)


def root_access(stated: Expected) -> int:
    """With what access the root folder is opened, to see whether the folder grants it too."""
    if stated in (Expected.REFUSED, Expected.ANY):
        return LIST_ROOT
    return LIST_ROOT | FOLDER_NEEDED[Access(stated)]
