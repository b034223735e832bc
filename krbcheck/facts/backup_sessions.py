"""Sessions of the accounts that back up: remote VSS (MS-FSRVP), and opens of share roots with backup intent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property

import msgspec

from krbcheck.facts.grouping import grouped
from krbcheck.facts.kerberos import TicketGrant, TicketPath
from krbcheck.facts.observation import Facts, Observation
from krbcheck.windows.hresult import E_ACCESSDENIED, hresult_name
from krbcheck.windows.ntstatus import STATUS_ACCESS_DENIED, STATUS_SUCCESS, ntstatus_name


class PathSupport(msgspec.Struct, frozen=True):
    """IsPathSupported (MS-FSRVP 3.1.4.9) of the share `share` at the data path of the session.

    `error` is the HRESULT, 0 for success; `supported` and `owner`, the server that the agent names for this share, are
    set only then.
    """

    share: str
    error: int
    supported: bool = False
    owner: str = ""

    @property
    def is_supported(self) -> bool:
        return not self.error and self.supported


class RemoteVss(msgspec.Struct, frozen=True):
    """The replies of the File Server Remote VSS agent. `refused` is the step that was rejected, with its `status`.

    `status` is an NTSTATUS, and an HRESULT for the step GetSupportedVersion (MS-FSRVP 3.1.4.1). `minimum` and
    `maximum` are the versions of the protocol. `sealed` if the RPC connection has packet privacy.
    """

    refused: str = ""
    status: int = 0
    minimum: int = 0
    maximum: int = 0
    paths: tuple[PathSupport, ...] = ()
    sealed: bool = False

    @property
    def serves(self) -> bool:
        """Whether the agent serves this account: it is an administrator or a backup operator of the server."""
        return not self.refused

    @property
    def denies(self) -> bool:
        """Whether there is an agent, which denies this account."""
        if self.refused == GET_SUPPORTED_VERSION:
            return self.status in (E_ACCESSDENIED, STATUS_ACCESS_DENIED)
        return self.refused in (PIPE, BIND) and self.status == STATUS_ACCESS_DENIED

    @property
    def absent(self) -> bool:
        """Whether there is no agent: its pipe or its interface does not exist."""
        return bool(self.refused) and not self.denies

    def path(self, share: str) -> PathSupport | None:
        return next((path for path in self.paths if path.share.lower() == share.lower()), None)

    def summary(self) -> str:
        if self.refused:
            named = hresult_name if self.refused == GET_SUPPORTED_VERSION else ntstatus_name
            return f"{self.refused}: {named(self.status)}"
        shown = ", ".join(
            f"{path.share} {'supported' if path.is_supported else hresult_name(path.error) if path.error else 'not'}"
            for path in self.paths
        )
        return f"FSRVP version {self.minimum} to {self.maximum}{f'; {shown}' if shown else ''}"


PIPE, BIND, GET_SUPPORTED_VERSION = "pipe FssagentRpc", "bind", "GetSupportedVersion"


class RootOpen(msgspec.Struct, frozen=True):
    """Opens of the root folder of a share, to list it: `tree` is the NTSTATUS of TREE_CONNECT.

    `plain` is the NTSTATUS of an open without, `backup` of one with FILE_OPEN_FOR_BACKUP_INTENT (MS-SMB2 2.2.13); None
    if there is no tree. Both are closed at once.
    """

    share: str
    tree: int
    plain: int | None = None
    backup: int | None = None

    @property
    def shows_right(self) -> bool:
        """Whether the right is in effect: backup intent opens what the permissions deny."""
        return self.backup == STATUS_SUCCESS and self.plain == STATUS_ACCESS_DENIED

    def summary(self) -> str:
        if self.tree != STATUS_SUCCESS or self.plain is None or self.backup is None:
            return f"{self.share}: {ntstatus_name(self.tree)}"
        return f"{self.share}: {ntstatus_name(self.plain)}, with backup intent {ntstatus_name(self.backup)}"


class WriteProbe(msgspec.Struct, frozen=True):
    """A file of krbcheck's own in a new folder `folder` of a share, whose DACL denies everyone to read it.

    `refused` is the step that was rejected, with its NTSTATUS `status`, or the reason if the server did not answer. The
    file has the DACL if `applied`. `plain` is the NTSTATUS of a read after an open without, `backup` of one with
    FILE_OPEN_FOR_BACKUP_INTENT. `left` is the name of the folder if it still existed at the end.
    """

    share: str
    folder: str
    refused: str = ""
    status: int = 0
    applied: bool = False
    plain: int | None = None
    backup: int | None = None
    left: str = ""

    @property
    def shows_right(self) -> bool:
        """Whether the right is in effect: the account reads a file that denies everyone."""
        return self.applied and STATUS_SUCCESS in (self.plain, self.backup)

    @property
    def denied(self) -> bool:
        """Whether the account cannot read it with backup intent either."""
        return self.applied and self.plain == self.backup == STATUS_ACCESS_DENIED

    def summary(self) -> str:
        if self.plain is None or self.backup is None:
            refused = f"{self.refused}: {ntstatus_name(self.status)}" if self.status else self.refused
            return f"file of krbcheck in {self.share}: {refused}"
        ignored = "" if self.applied else ", whose DACL the storage did not store"
        opened = f"{ntstatus_name(self.plain)}, with backup intent {ntstatus_name(self.backup)}"
        return f"file of krbcheck in {self.share}, which denies everyone{ignored}: {opened}"


class BackupReply(msgspec.Struct, frozen=True):
    """A session of an account that backs up; `refused` is the step that the storage rejected, with its NTSTATUS.

    `vss` is None only if the session was rejected. `write` is there only with --write-probes.
    """

    refused: str = ""
    status: int = 0
    vss: RemoteVss | None = None
    opens: tuple[RootOpen, ...] = ()
    write: WriteProbe | None = None

    @property
    def shows_right(self) -> bool:
        written = self.write is not None and self.write.shows_right
        return written or any(opened.shows_right for opened in self.opens)

    def summary(self) -> str:
        if self.refused or self.vss is None:
            return f"{self.refused}: {ntstatus_name(self.status)}"
        written = [self.write.summary()] if self.write is not None else []
        return "; ".join([self.vss.summary(), *(opened.summary() for opened in self.opens), *written])


class BackupSession(msgspec.Struct, frozen=True):
    """A session of `principal` at the data path `path` of `tenant`. `issued` and `logon` are the start time and the
    authtime of its service ticket; `cached` if the ticket is one of a credential cache that the site file states.
    """

    tenant: str
    principal: str
    path: str
    storage: str
    address: str
    seen: Observation[BackupReply]
    cached: bool = False
    issued: datetime | None = None
    logon: datetime | None = None


class BackupSessions(Facts, frozen=True, dict=True):
    """`grants` and `paths` are the TGTs and the service tickets of accounts that are no tenant's principals."""

    sessions: tuple[BackupSession, ...] = ()
    grants: tuple[TicketGrant, ...] = ()
    paths: tuple[TicketPath, ...] = ()

    def of(self, storage: str, principal: str) -> Sequence[BackupSession]:
        """Returns the sessions of an account at a storage."""
        return self._sessions.get((storage, principal.lower()), ())

    @cached_property
    def _sessions(self) -> Mapping[tuple[str, str], Sequence[BackupSession]]:
        return grouped(self.sessions, lambda session: (session.storage, session.principal.lower()))
