"""The replies of a VMstore's REST API: its firmware, addresses, SMB settings, shares, roles
and accounts.

Source: Tintri/tintri-rest-api, the reference of API v310. A member that the VMstore leaves out is None, or an empty
text or tuple where that has the same meaning. Texts of the VMstore are cut at `MOST_TEXT` characters.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from krbcheck.facts.observation import Facts, Observation

MOST_TEXT = 512
PRODUCT = "Tintri VMstore"
"""The product name of a VMstore; the other product that has this API is Tintri Global Center."""
SESSION_GONE, INVALID_CREDENTIALS = "ERR-API-0104", "ERR-API-0124"
SUPER_ADMIN_KIND = "AdminRole"
SUPER_ADMIN_NAMES = ("Admin", "Super Admin", "ADMIN")
"""The role with all rights: its class in the reference, and the names that the reference, the user interface and the
reply to a login have for it. No public source states the name in the list of roles.
"""
FULL_CONTROL, CHANGE, READ, OTHER = "FULL_CONTROL", "CHANGE", "READ", "OTHER"
ENCRYPTION_TYPES = "com.tintri.authd.encryption.type"
"""The internal property with the encryption types of Kerberos; its bits are those of msDS-SupportedEncryptionTypes."""


class RestRefusal(msgspec.Struct, frozen=True, tag="refusal", tag_field="reply"):
    """An HTTP reply with a status other than 200 to 299: `code` and `message` are those of its TintriError.

    `code` is empty for a reply that is not a TintriError; `message` then has the beginning of its text, or the
    location of a redirect, which krbcheck does not follow.
    """

    status: int
    code: str = ""
    message: str = ""

    @property
    def rejects_login(self) -> bool:
        """Whether this reply to a login rejects the password: 403 by the reference, which has a code for 400 too."""
        return self.status in (400, 401, 403)

    def summary(self) -> str:
        code = f" {self.code}" if self.code else ""
        return f"HTTP {self.status}{code}: {self.message}" if self.message else f"HTTP {self.status}{code}"

    def reason(self, storage: str) -> str:
        """Why a result is not determined: the same for all queries that the VMstore answers so."""
        return f"the REST API of {storage} returns {self.summary()}"


class RestApi(msgspec.Struct, frozen=True, tag="api", tag_field="reply"):
    """`GET /api/info`, without a login. `preferred_version` is such as v310.191."""

    product: str = ""
    preferred_version: str = ""
    supported_versions: tuple[str, ...] = ()

    def summary(self) -> str:
        return f"{self.product or 'no product name'}, API {self.preferred_version or 'without a version'}"


class LoggedIn(msgspec.Struct, frozen=True, tag="logged-in", tag_field="reply"):
    """The login was accepted; `role` is the text of the reply. `again` if the session was lost and opened again."""

    role: str = ""
    again: bool = False

    def summary(self) -> str:
        return f"logged in with role {self.role or 'not stated'}"


class SessionIdentity(msgspec.Struct, frozen=True, tag="session", tag_field="reply"):
    """The session as the VMstore has it (UserSession, since v310.51). `auth_type` is LOCAL, EXTERNAL or SSO."""

    user: str = ""
    roles: tuple[str, ...] = ()
    auth_type: str = ""

    def summary(self) -> str:
        return f"{self.user} with role {', '.join(self.roles) or 'not stated'}"


class Appliance(msgspec.Struct, frozen=True, tag="appliance", tag_field="reply"):
    """ApplianceInfo. `os_version` is `<version>-<build>`, such as 5.2.0.1-11342.55846.24813."""

    model: str = ""
    os_version: str = ""

    @property
    def firmware(self) -> tuple[int, ...]:
        """The leading numbers of `os_version`; empty if it has none."""
        numbers: list[int] = []
        for part in self.os_version.partition("-")[0].split("."):
            if not (part.isascii() and part.isdecimal()):
                break
            numbers.append(int(part[:9]))
        return tuple(numbers)

    def summary(self) -> str:
        return f"firmware {self.os_version or 'not stated'}"


class ApplianceAddress(msgspec.Struct, frozen=True):
    """An address of the VMstore. `service` is admin, data or replication, `prefix` the length of its network's prefix.

    `vlan` is the number of the VLAN, 0 for untagged frames; None if the VMstore does not state it.
    """

    service: str
    address: str
    prefix: int | None = None
    vlan: int | None = None
    host: str = ""


class ApplianceAddresses(msgspec.Struct, frozen=True, tag="addresses", tag_field="reply"):
    """The addresses; not `whole` if the list was cut before its end."""

    addresses: tuple[ApplianceAddress, ...] = ()
    whole: bool = True

    def of(self, service: str) -> tuple[ApplianceAddress, ...]:
        """The addresses of a service (admin, data, replication), without regard to letter case."""
        return tuple(address for address in self.addresses if address.service.lower() == service)

    def summary(self) -> str:
        return f"addresses {', '.join(f'{entry.address} ({entry.service})' for entry in self.addresses) or 'none'}"


class SmbSettings(msgspec.Struct, frozen=True, tag="smb-settings", tag_field="reply"):
    """DatastoreSmbSettings. `domain` is the domain that authenticates, `host` the host name of the data path, `sid` the
    SID of the VMstore's computer account. `encrypt` and `reject_unencrypted` are None on older firmware.
    """

    domain: str = ""
    host: str = ""
    sid: str = ""
    encrypt: bool | None = None
    reject_unencrypted: bool | None = None

    def summary(self) -> str:
        return f"SMB settings of {self.host} in {self.domain}"


class KerberosEncryption(msgspec.Struct, frozen=True, tag="kerberos-encryption", tag_field="reply"):
    """The encryption types that the VMstore uses: 4 is RC4, 8 is AES128, 16 is AES256; 28 is all of them.

    Source: an internal property that the reference does not list, and whose default is 4 (hoppyhedgehog's
    tintri-restapitool).
    """

    bits: int

    def summary(self) -> str:
        return f"encryption types {self.bits}"


class FileShare(msgspec.Struct, frozen=True):
    r"""A share: `path` is `\\host\share`, `kind` is REALSTORE, or SNAPSHOT for a share of backup software."""

    name: str
    path: str = ""
    kind: str = ""
    encrypt: bool | None = None


class FileShares(msgspec.Struct, frozen=True, tag="shares", tag_field="reply"):
    """The shares; not `whole` if the list was cut before its end."""

    shares: tuple[FileShare, ...] = ()
    whole: bool = True

    def summary(self) -> str:
        return listing("shares", [share.name for share in self.shares], self.whole)


class AclEntry(msgspec.Struct, frozen=True):
    r"""An entry of a share's ACL: it grants `access` to `user` (`DOMAIN\name`). `access` is FULL_CONTROL, CHANGE, READ
    or OTHER; `mask` is the access mask (MS-DTYP 2.4.3), None if the VMstore does not state it.
    """

    user: str
    sid: str
    access: str = ""
    mask: int | None = None


class Acl(msgspec.Struct, frozen=True, tag="acl", tag_field="reply"):
    """The ACL of a share. The reference has no member for entries that deny: all of them allow."""

    entries: tuple[AclEntry, ...] = ()

    def summary(self) -> str:
        shown = ", ".join(f"{entry.user or entry.sid}: {entry.access or entry.mask}" for entry in self.entries)
        return f"ACL {shown or 'without an entry'}"


class ShareAcl(msgspec.Struct, frozen=True):
    """The ACL of one share."""

    share: str
    seen: Observation[Acl | RestRefusal]


class RoleGroup(msgspec.Struct, frozen=True):
    """A group to which a role is granted. No public source states the form of its entry: a SID, a distinguished name, a
    name, an id of the VMstore, or an object with several of them. `texts` has every text of it, the id first.
    """

    texts: tuple[str, ...]


class Role(msgspec.Struct, frozen=True):
    """A role. `kind` is the last part of its typeId, such as AdminRole. `groups` is None if the reply has no list of
    groups, which does not mean that there is none.
    """

    id: str
    name: str = ""
    kind: str = ""
    groups: tuple[RoleGroup, ...] | None = None

    @property
    def is_super_admin(self) -> bool:
        """Whether it is the role with all rights, by its class, or by its name where the class is the general one."""
        return self.kind == SUPER_ADMIN_KIND or _folded(self.name) in {_folded(name) for name in SUPER_ADMIN_NAMES}


class Roles(msgspec.Struct, frozen=True, tag="roles", tag_field="reply"):
    """The roles; not `whole` if the list was cut before its end."""

    roles: tuple[Role, ...] = ()
    whole: bool = True

    def summary(self) -> str:
        return listing("roles", [role.name or role.id for role in self.roles], self.whole)


class ExternalGroup(msgspec.Struct, frozen=True):
    """A group of the directory as the VMstore lists it: `id` is what a role refers to, `texts` are all of its texts."""

    id: str
    texts: tuple[str, ...] = ()


class ExternalGroups(msgspec.Struct, frozen=True, tag="external-groups", tag_field="reply"):
    """The groups of the directory to which roles are granted; not `whole` if the list was cut before its end."""

    groups: tuple[ExternalGroup, ...] = ()
    whole: bool = True

    def texts(self, group: RoleGroup) -> tuple[str, ...]:
        """Every text of a role's group: its own, and those of the groups in this list with its id."""
        listed = [text for entry in self.groups if entry.id in group.texts for text in entry.texts]
        return tuple(dict.fromkeys((*group.texts, *listed)))

    def summary(self) -> str:
        return listing("groups", [group.id for group in self.groups], self.whole)


class LocalAccount(msgspec.Struct, frozen=True):
    """An account of the VMstore itself, with the names of its roles."""

    user: str
    roles: tuple[str, ...] = ()
    disabled: bool = False


class LocalAccounts(msgspec.Struct, frozen=True, tag="local-accounts", tag_field="reply"):
    accounts: tuple[LocalAccount, ...] = ()
    whole: bool = True

    def summary(self) -> str:
        return listing("local accounts", [account.user for account in self.accounts], self.whole)


class VmstoreAnswer(msgspec.Struct, frozen=True):
    """The replies of the VMstore of `storage` at `url` to `account`. `acls` has an entry for each share of `shares`."""

    storage: str
    url: str
    account: str
    api: Observation[RestApi | RestRefusal]
    login: Observation[LoggedIn | RestRefusal]
    session: Observation[SessionIdentity | RestRefusal]
    appliance: Observation[Appliance | RestRefusal]
    addresses: Observation[ApplianceAddresses | RestRefusal]
    smb_settings: Observation[SmbSettings | RestRefusal]
    encryption_types: Observation[KerberosEncryption | RestRefusal]
    shares: Observation[FileShares | RestRefusal]
    roles: Observation[Roles | RestRefusal]
    external_groups: Observation[ExternalGroups | RestRefusal]
    local_accounts: Observation[LocalAccounts | RestRefusal]
    acls: tuple[ShareAcl, ...] = ()


class VmstoreAnswers(Facts, frozen=True):
    """Of each storage with a REST API in the site file, from each host that queried it."""

    storages: tuple[VmstoreAnswer, ...] = ()

    def of(self, storage: str) -> Iterator[VmstoreAnswer]:
        """The answers of a storage; several if several hosts queried it."""
        return (answer for answer in self.storages if answer.storage == storage)


def _folded(name: str) -> str:
    return "".join(name.lower().split())


def listing(what: str, names: list[str], whole: bool) -> str:
    """Returns one line for a list of the VMstore."""
    shown = f"{what} {', '.join(names[:20])}" if names else f"no {what}"
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"{shown}{more}{'' if whole else ' (the list is not complete)'}"
