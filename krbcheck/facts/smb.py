"""The replies of the storage over SMB and RPC: dialects, sessions and shares that it grants, holders of rights.

Numbers are as on the wire (MS-SMB2, MS-LSAD, MS-ERREF), so that unknown ones are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cached_property

import msgspec

from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Facts, Observation
from krbcheck.windows.ntstatus import STATUS_ACCESS_DENIED, STATUS_SUCCESS, ntstatus_name

SESSION_FLAG_GUEST = 0x1
SESSION_FLAG_NULL = 0x2
"""SessionFlags (MS-SMB2 2.2.6)."""
SMB_3_1_1 = 0x0311  # its keys cover the NEGOTIATE (MS-SMB2 3.2.5.3.1)
IPC_TREE, VALIDATE = "TREE_CONNECT IPC$", "FSCTL_VALIDATE_NEGOTIATE_INFO"  # the steps of a validation
NTLM = "1.3.6.1.4.1.311.2.2.10"
"""The mechanism of the sessions without a Kerberos ticket (MS-NLMP); they prove nothing about the server."""
BACKUP_RIGHT, RESTORE_RIGHT = "SeBackupPrivilege", "SeRestorePrivilege"
BACKUP_RIGHTS = (BACKUP_RIGHT, RESTORE_RIGHT)
"""The user rights with which an account reads and writes regardless of permissions (MS-LSAD 3.1.1.2.1)."""


class SmbNegotiated(msgspec.Struct, frozen=True):
    """The reply to an SMB2 NEGOTIATE that offered every dialect up to 3.1.1 (MS-SMB2 2.2.4).

    `status` is the NTSTATUS; the rest is set only if it is 0. `dialect` is the newest of both sides. `ciphers` and
    `signing_algorithms` are the server's choice in the negotiate contexts of 3.1.1, `mechs` the OIDs of its SPNEGO
    hint. `system_time` is the server's clock, UTC, None if it does not state it.
    """

    status: int
    dialect: int = 0
    security_mode: int = 0
    capabilities: int = 0
    ciphers: tuple[int, ...] = ()
    signing_algorithms: tuple[int, ...] = ()
    mechs: tuple[str, ...] = ()
    server_guid: str = ""
    system_time: datetime | None = None

    def summary(self) -> str:
        if self.status != STATUS_SUCCESS:
            return ntstatus_name(self.status)
        return f"SMB {dialect_name(self.dialect)}"


class SmbSpeech(msgspec.Struct, frozen=True):
    """The dialect of one of `tenant`'s data paths at `address`, queried from the tenant's source address."""

    tenant: str
    path: str
    storage: str
    address: str
    seen: Observation[SmbNegotiated]


class SmbOneReply(msgspec.Struct, frozen=True):
    """The reply to an SMB_COM_NEGOTIATE that offered "NT LM 0.12" alone (MS-CIFS 2.2.4.52).

    `closed` if the connection was closed without an answer, as a server without SMB 1 must do (MS-SMB2 3.3.5.3.2). Else
    `dialect_index` is the server's choice: 0 is the dialect offered, 0xFFFF none.
    """

    closed: bool
    status: int = 0
    dialect_index: int = 0xFFFF

    def summary(self) -> str:
        if self.closed:
            return "connection closed without an answer"
        return "NT LM 0.12 accepted" if self.dialect_index != 0xFFFF else "no SMB 1 dialect accepted"


class SmbOneSpeech(msgspec.Struct, frozen=True):
    tenant: str
    path: str
    storage: str
    address: str
    seen: Observation[SmbOneReply]


class SmbSpeeches(Facts, frozen=True, dict=True):
    speeches: tuple[SmbSpeech, ...] = ()
    ones: tuple[SmbOneSpeech, ...] = ()

    def newer(self, tenant: str, path: str) -> Sequence[SmbSpeech]:
        """Returns the replies of a data path to SMB 2 and 3."""
        return self._speeches.get((tenant, path), ())

    def one(self, tenant: str, path: str) -> Sequence[SmbOneSpeech]:
        """Returns the replies of a data path to SMB 1."""
        return self._ones.get((tenant, path), ())

    @cached_property
    def _speeches(self) -> Mapping[tuple[str, str], Sequence[SmbSpeech]]:
        return grouped(self.speeches, lambda speech: (speech.tenant, speech.path))

    @cached_property
    def _ones(self) -> Mapping[tuple[str, str], Sequence[SmbOneSpeech]]:
        return grouped(self.ones, lambda speech: (speech.tenant, speech.path))


class TreeReply(msgspec.Struct, frozen=True):
    """The reply to one TREE_CONNECT (MS-SMB2 2.2.10). What the share grants is set only if `status` is 0.

    `redirected` if BAD_NETWORK_NAME refers to another node (MS-SMB2 2.2.2.2.2): the share does exist. `root` is the
    NTSTATUS of an open of the share's root, with the access that the site file states for the tenant's own, else for
    listing; None without tree or answer. `listed` is that of a second open, for listing, if the first was denied.
    `root_access` is its MaximalAccess (MS-SMB2 2.2.14.2.5). `name` is set if the share exists by another name only.
    """

    share: str
    status: int
    redirected: bool = False
    maximal_access: int = 0
    share_flags: int = 0
    capabilities: int = 0
    root: int | None = None
    root_access: int | None = None
    listed: int | None = None
    name: str = ""


class Unproved(StrEnum):
    """What a successful SESSION_SETUP lacks as a proof that the server has the key of the service."""

    NO_AP_REP = "no-ap-rep"  # no AP-REP answers our AP-REQ (RFC 4120 3.2.4)
    WRONG_AP_REP = "wrong-ap-rep"  # the AP-REP was not made with the ticket's session key, or answers another AP-REQ
    NOT_SIGNED = "not-signed"  # a reply has no valid signature and is not encrypted (MS-SMB2 3.2.5.1.3)

    def summary(self) -> str:
        return UNPROVED_WORDS[self]


UNPROVED_WORDS = {
    Unproved.NO_AP_REP: "SESSION_SETUP succeeds without an AP-REP",
    Unproved.WRONG_AP_REP: "the AP-REP is not encrypted with the ticket's session key",
    Unproved.NOT_SIGNED: "a reply is not signed with the session's key",
}


class NegotiateInfo(msgspec.Struct, frozen=True):
    """The values on which both sides must agree (MS-SMB2 2.2.32.6); `server_guid` as in `SmbNegotiated`."""

    capabilities: int
    server_guid: str
    security_mode: int
    dialect: int


class Validation(msgspec.Struct, frozen=True):
    """The result of FSCTL_VALIDATE_NEGOTIATE_INFO on a connection below 3.1.1 (MS-SMB2 3.2.5.14.12).

    `negotiated` is what the NEGOTIATE response contained, `confirmed` what the signed reply contains, None if there is
    none. `step` is the step that the server rejected, with its `status`; else it is empty. `closed` if the server
    closed the connection instead of a reply, as it does if the request differs from the NEGOTIATE that it received.
    Clients continue after a signed error, as an older server returns it, except for STATUS_ACCESS_DENIED.
    """

    negotiated: NegotiateInfo
    confirmed: NegotiateInfo | None = None
    step: str = ""
    status: int = 0
    closed: bool = False

    @property
    def contradictions(self) -> tuple[str, ...]:
        """What the signed reply contradicts, as text; empty if it contradicts nothing."""
        if self.closed:
            return ("connection closed",)
        if self.step == VALIDATE and self.status == STATUS_ACCESS_DENIED:
            return (f"{VALIDATE} returns {ntstatus_name(self.status)}",)
        if self.confirmed is None:
            return ()
        pairs = (
            ("dialect", dialect_name(self.negotiated.dialect), dialect_name(self.confirmed.dialect)),
            ("capabilities", f"0x{self.negotiated.capabilities:X}", f"0x{self.confirmed.capabilities:X}"),
            ("security mode", f"0x{self.negotiated.security_mode:X}", f"0x{self.confirmed.security_mode:X}"),
            ("server GUID", self.negotiated.server_guid, self.confirmed.server_guid),
        )
        return tuple(f"{what} {before}, validated {after}" for what, before, after in pairs if before != after)


class SmbSetUp(msgspec.Struct, frozen=True, dict=True):
    """The result of SESSION_SETUP (MS-SMB2 2.2.6), and of a TREE_CONNECT to each of `trees` in the session.

    `mech` is the OID that the server's SPNEGO reply selects, empty if it selects none. `krb_error` is the code of the
    KRB-ERROR with which the server answered the ticket, None if it sent none. `flags` are the SessionFlags, `dialect`
    is the connection's (0 if the server rejected NEGOTIATE: then `status` is its). `cut` is why the answers end before
    the last share, empty if they do not; `stalled` if the storage stopped responding. `unproved` is what the server
    left out of the proof that it has the key, None if it left out nothing. `validation` is None for a connection of
    3.1.1, whose keys cover the NEGOTIATE, and if there was no query for it.
    """

    status: int
    mech: str = ""
    krb_error: int | None = None
    flags: int = 0
    dialect: int = 0
    trees: tuple[TreeReply, ...] = ()
    cut: str = ""
    stalled: bool = False
    unproved: Unproved | None = None
    validation: Validation | None = None

    @property
    def silence(self) -> str:
        """The timeout that ended the answers, empty if none did."""
        return self.cut if self.stalled else ""

    @property
    def accepted(self) -> bool:
        return self.status == STATUS_SUCCESS

    @cached_property
    def impersonal(self) -> bool:
        """Whether the session is Guest's or anonymous: it cannot be signed, and is no answer about the principal."""
        return self.accepted and bool(self.flags & (SESSION_FLAG_GUEST | SESSION_FLAG_NULL))

    @property
    def contradictions(self) -> tuple[str, ...]:
        return self.validation.contradictions if self.validation else ()

    @property
    def unconfirmed(self) -> str:
        """Why the NEGOTIATE may have been changed on the path; empty if the key holder confirmed it."""
        if self.dialect >= SMB_3_1_1 or not self.proved:
            return ""
        if self.validation is None:
            return f"SMB {dialect_name(self.dialect)} was not validated" + (f": {self.cut}" if self.cut else "")
        if self.contradictions:
            return f"{VALIDATE} contradicts the NEGOTIATE: {'; '.join(self.contradictions)}"
        failed = f"{IPC_TREE} ends with {ntstatus_name(self.validation.status)}"
        no_tree = self.validation.step == IPC_TREE
        return f"SMB {dialect_name(self.dialect)} was not validated: {failed}" if no_tree else ""

    @property
    def proved(self) -> bool:
        """Whether the server proved that it has the service's key, in the session and in every reply."""
        return self.accepted and not self.impersonal and self.unproved is None

    @cached_property
    def proved_trees(self) -> tuple[TreeReply, ...]:
        """The replies that are answers about the principal: none in a session that is not its own, or of a server
        without the key. Replies before the first unsigned one are included.
        """
        keyless = self.unproved in (Unproved.NO_AP_REP, Unproved.WRONG_AP_REP)
        return () if self.impersonal or keyless else self.trees

    def proved_tree(self, share: str) -> TreeReply | None:
        return self.tree(share) if self.proved_trees else None

    def tree(self, share: str) -> TreeReply | None:
        """Returns the server's reply, whatever the session's account is. Letter case of share names is ignored."""
        return self._trees.get(share.lower())

    @cached_property
    def _trees(self) -> Mapping[str, TreeReply]:
        return {tree.share.lower(): tree for tree in reversed(self.trees)}

    def summary(self) -> str:
        if not self.accepted:
            return ntstatus_name(self.status)
        kinds = ((SESSION_FLAG_GUEST, "guest session"), (SESSION_FLAG_NULL, "anonymous session"))
        if not self.impersonal and self.unproved is not None and self.mech != NTLM:
            return f"session without proof: {self.unproved.summary()}"
        return next((words for flag, words in kinds if self.flags & flag), "session")


class SessionKind(StrEnum):
    KERBEROS = "kerberos"
    MADE_UP = (
        "made-up"  # NTLM as a user that does not exist: accepted only by a server that maps unknown users to Guest
    )
    ANONYMOUS = "anonymous"  # NTLM without a user: the NULL session


class SmbSession(msgspec.Struct, frozen=True):
    """A session at the data path `path` of `tenant`, from the tenant's source address.

    `principal` and `realm`, which issued its ticket, are empty except for Kerberos.
    """

    tenant: str
    principal: str
    path: str
    storage: str
    address: str
    kind: SessionKind
    seen: Observation[SmbSetUp]
    realm: str = ""


class SmbSessions(Facts, frozen=True, dict=True):
    sessions: tuple[SmbSession, ...] = ()

    def kerberos(self, tenant: str, path: str, principal: str = "") -> Sequence[SmbSession]:
        """Returns the principals' own sessions at one data path, or those of one principal.

        There are several of the same if several collections were merged.
        """
        if principal:
            return self._of_principals.get((tenant, path, principal), ())
        return self._at_paths.get((SessionKind.KERBEROS, tenant, path), ())

    def uninvited(self, kind: SessionKind, tenant: str, path: str) -> Sequence[SmbSession]:
        """Returns the sessions without an account."""
        return self._at_paths.get((kind, tenant, path), ())

    @cached_property
    def _at_paths(self) -> Mapping[tuple[SessionKind, str, str], Sequence[SmbSession]]:
        return grouped(self.sessions, lambda session: (session.kind, session.tenant, session.path))

    @cached_property
    def _of_principals(self) -> Mapping[tuple[str, str, str], Sequence[SmbSession]]:
        return grouped(self.sessions, lambda session: (session.tenant, session.path, session.principal))


class RightHolders(msgspec.Struct, frozen=True):
    """EnumerateAccountsWithUserRight (MS-LSAD 3.1.4.5.9): the SIDs that have `right` directly, not through groups.

    `status` 0x8000001A means no holder, 0xC0000022 that the reader has no access.
    """

    right: str
    status: int
    sids: tuple[str, ...] = ()

    @property
    def denied(self) -> bool:
        return self.status == STATUS_ACCESS_DENIED


class SidRights(msgspec.Struct, frozen=True):
    """EnumerateAccountRights (MS-LSAD 3.1.4.5.10) for one SID; `status` 0xC0000034 means no rights at all."""

    sid: str
    status: int
    rights: tuple[str, ...] = ()


class AliasMembers(msgspec.Struct, frozen=True):
    """SamrGetMembersInAlias (MS-SAMR 3.1.5.8.3) for a local group of the storage, such as `S-1-5-32-551`."""

    sid: str
    status: int
    members: tuple[str, ...] = ()


class RightsReply(msgspec.Struct, frozen=True):
    """The replies of LSARPC on a storage. `refused` is the step that it rejected, with its `status`, else it is empty.

    `sids` were queried individually if the holders could not be listed. `aliases` are holders that are its local
    groups; `aliases_left_out` is why their members were not queried, empty if they were.
    """

    refused: str = ""
    status: int = 0
    holders: tuple[RightHolders, ...] = ()
    sids: tuple[SidRights, ...] = ()
    aliases: tuple[AliasMembers, ...] = ()
    aliases_left_out: str = ""

    def summary(self) -> str:
        if self.refused:
            return f"{self.refused}: {ntstatus_name(self.status)}"
        listed = [
            f"{holder.right} held by {', '.join(holder.sids) or 'nobody'}"
            for holder in self.holders
            if not holder.denied
        ]
        return "; ".join(listed) or f"rights of {len(self.sids)} SIDs"


class StorageRights(msgspec.Struct, frozen=True):
    """The holders of backup rights that a storage returned to `account`, the reader of its domain, at a data path."""

    storage: str
    path: str
    address: str
    account: str
    seen: Observation[RightsReply]


class AccountRights(Facts, frozen=True):
    storages: tuple[StorageRights, ...] = ()


def dialect_name(dialect: int) -> str:
    """Returns the name of a dialect: 0x0311 is 3.1.1."""
    major, minor, patch = dialect >> 8, dialect >> 4 & 0xF, dialect & 0xF
    return f"{major}.{minor}.{patch}" if patch else f"{major}.{minor}"
