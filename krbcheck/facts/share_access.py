"""The permissions of a storage, its visible shares, and the members of groups: the sources of computed access.

Numbers are as on the wire: an NTSTATUS, or a Win32 error of SRVSVC (MS-SRVS 2.2.2.9; 5 is recorded as 0xC0000022).
"""

from __future__ import annotations

import msgspec

from krbcheck.facts.observation import Facts, Observation
from krbcheck.windows.descriptor import Descriptor
from krbcheck.windows.ntstatus import STATUS_SUCCESS, ntstatus_name

ENUMERATION_BY_ACCESS = 0x0800
"""SHI1005_FLAGS_ACCESS_BASED_DIRECTORY_ENUM (MS-SRVS 2.2.4.29), and the same bit in TREE_CONNECT's ShareFlags."""
FOREIGN, GROUP, ACCOUNT = "foreign", "group", "account"


class FolderReply(msgspec.Struct, frozen=True):
    """The root folder of a share: its descriptor, or None and the `status` with which the storage denied it."""

    share: str
    status: int
    descriptor: Descriptor | None = None


class Listing(msgspec.Struct, frozen=True):
    """The shares that a principal's session can see: NetrShareEnum's names (level 1), and the root folders of its
    shares.

    `refused` is the step that the storage rejected, with its `status`; then the names are unknown.
    """

    refused: str = ""
    status: int = 0
    names: tuple[str, ...] = ()
    folders: tuple[FolderReply, ...] = ()

    def summary(self) -> str:
        if self.refused:
            return f"{self.refused}: {ntstatus_name(self.status)}"
        return f"shown {', '.join(self.names) or 'no shares'}"


class PrincipalListing(msgspec.Struct, frozen=True):
    """The listing of a principal of `tenant` at a data path."""

    tenant: str
    principal: str
    path: str
    storage: str
    seen: Observation[Listing]


class ShareInfo(msgspec.Struct, frozen=True):
    """NetrShareGetInfo level 502. Without `descriptor` and with `status` 0 the storage returned none.

    `flags` are those of level 1005 (MS-SRVS 2.2.4.29), None if the storage returned none.
    """

    share: str
    status: int
    descriptor: Descriptor | None = None
    flags: int | None = None

    def summary(self) -> str:
        if self.status != STATUS_SUCCESS:
            return f"descriptor of {self.share}: {ntstatus_name(self.status)}"
        return f"descriptor of {self.share}" if self.descriptor else f"no descriptor of {self.share}"


class SidName(msgspec.Struct, frozen=True):
    r"""LsarLookupSids2 (MS-LSAT 3.1.4.10). `use` is SID_NAME_USE: 1 user, 2 group, 4 alias, 5 well-known, 6 deleted, 7
    invalid, 8 unknown, 9 computer. `name` is `DOMAIN\name`, empty if there is none.
    """

    sid: str
    name: str
    use: int

    @property
    def known(self) -> bool:
        return self.use not in (6, 7, 8)


class LocalGroup(msgspec.Struct, frozen=True):
    """A local group of the storage, and its direct members (MS-SAMR 3.1.5.8.3)."""

    sid: str
    name: str
    status: int
    members: tuple[str, ...] = ()


class StorageLists(msgspec.Struct, frozen=True):
    """The permissions that a storage returned to its domain's reader. `refused` is the step that it rejected, with its
    `status`.

    `aliases` are its built-in groups, `aliases_status` why there are none. `aliases_left_out` is why they were not
    queried, empty if they were.
    """

    refused: str = ""
    status: int = 0
    shares: tuple[ShareInfo, ...] = ()
    sids: tuple[SidName, ...] = ()
    aliases: tuple[LocalGroup, ...] = ()
    aliases_status: int = 0
    aliases_left_out: str = ""

    def summary(self) -> str:
        if self.refused:
            return f"{self.refused}: {ntstatus_name(self.status)}"
        answers = [share.share for share in self.shares if share.descriptor]
        return f"the access lists of {', '.join(answers) or 'no share'}"


class StorageAccess(msgspec.Struct, frozen=True):
    """The reply of a storage to `account` (the reader of its domain) at one of its data paths."""

    storage: str
    path: str
    address: str
    account: str
    seen: Observation[StorageLists]


class ShareAccess(Facts, frozen=True):
    storages: tuple[StorageAccess, ...] = ()
    listings: tuple[PrincipalListing, ...] = ()


class Trustee(msgspec.Struct, frozen=True):
    """An entry of a directory that access lists and groups contain. `kind` is account, group, or foreign (a SID of
    another domain, as a member here). `member_of` are the SIDs of the groups of which it is a direct member, its
    primary group too; `scope` is groupType (MS-ADTS 2.2.12), `empty` if a group has no member. `disabled` accounts
    cannot log on. `outside` are the DNs of members in other domains of the forest, which this directory cannot resolve.
    """

    sid: str
    name: str
    kind: str
    member_of: tuple[str, ...] = ()
    scope: int = 0
    empty: bool = False
    disabled: bool = False
    outside: tuple[str, ...] = ()


class Trustees(msgspec.Struct, frozen=True):
    """All entries that the searches returned, and the SIDs and names that were searched for."""

    found: tuple[Trustee, ...] = ()
    asked: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether the reader can see entries: a directory that returns nothing of what was searched for hides it."""
        return bool(self.found or not self.asked)

    def summary(self) -> str:
        return f"{len(self.found)} accounts and groups"


class DomainTrustees(msgspec.Struct, frozen=True):
    r"""The entries of `domain` at one of its controllers; names are `NETBIOS\name`."""

    domain: str
    controller: str
    seen: Observation[Trustees]


class Memberships(Facts, frozen=True):
    domains: tuple[DomainTrustees, ...] = ()
