"""How the storage speaks: each SMB dialect by itself, in the clear, and which interfaces it offers for more channels.

Numbers are as on the wire (MS-SMB2), since one that nobody knows yet must survive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec

from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Facts, Observation
from krbcheck.facts.smb import SmbNegotiated, SmbSetUp, dialect_name
from krbcheck.windows.ntstatus import STATUS_SUCCESS, ntstatus_name

DIALECTS = (0x0202, 0x0210, 0x0300, 0x0302, 0x0311)
"""2.0.2, 2.1, 3.0, 3.0.2, 3.1.1 (MS-SMB2 2.2.3)."""
SIGNING_ENABLED, SIGNING_REQUIRED = 0x1, 0x2
"""SecurityMode (MS-SMB2 2.2.4)."""
CAP_LEASING, CAP_PERSISTENT_HANDLES, CAP_ENCRYPTION = 0x02, 0x10, 0x40
"""Capabilities (MS-SMB2 2.2.4). The last is told by 3.0 and 3.0.2; 3.1.1 has a context for it."""
SESSION_FLAG_ENCRYPT = 0x4
"""SessionFlags (MS-SMB2 2.2.6)."""
SHARE_FLAG_ENCRYPT = 0x8000
"""ShareFlags (MS-SMB2 2.2.10)."""
CAP_CONTINUOUS, CAP_SCALE_OUT, CAP_CLUSTER = 0x10, 0x20, 0x40
"""Capabilities of a share (MS-SMB2 2.2.10)."""


class DialectReplies(msgspec.Struct, frozen=True):
    """The replies to one NEGOTIATE a dialect, each of which offered it alone, in the order of DIALECTS."""

    replies: tuple[SmbNegotiated, ...] = ()

    @property
    def spoken(self) -> tuple[SmbNegotiated, ...]:
        """Those that were agreed on, the oldest first."""
        return tuple(one for one in self.replies if one.status == STATUS_SUCCESS)

    def told(self) -> str:
        return f"SMB {', '.join(dialect_name(one.dialect) for one in self.spoken) or 'of no dialect'}"


class DialectAnswer(msgspec.Struct, frozen=True):
    """Asked from `tenant`'s place: which dialects one of its data paths speaks at `address`."""

    tenant: str
    path: str
    storage: str
    address: str
    seen: Observation[DialectReplies]


class SmbDialects(Facts, frozen=True, dict=True):
    answers: tuple[DialectAnswer, ...] = ()

    def of(self, tenant: str, path: str) -> Sequence[DialectAnswer]:
        return self._by_path.get((tenant, path), ())

    @cached_property
    def _by_path(self) -> Mapping[tuple[str, str], Sequence[DialectAnswer]]:
        return grouped(self.answers, lambda one: (one.tenant, one.path))


class ClearSession(msgspec.Struct, frozen=True):
    """`principal` asked for a session as a client that cannot encrypt, and for its tenant's shares within it."""

    tenant: str
    principal: str
    path: str
    storage: str
    address: str
    seen: Observation[SmbSetUp]


class ClearSessions(Facts, frozen=True, dict=True):
    """One for each data path: the storage's settings are the same for everybody."""

    sessions: tuple[ClearSession, ...] = ()

    def of(self, tenant: str, path: str) -> Sequence[ClearSession]:
        return self._by_path.get((tenant, path), ())

    @cached_property
    def _by_path(self) -> Mapping[tuple[str, str], Sequence[ClearSession]]:
        return grouped(self.sessions, lambda one: (one.tenant, one.path))


class Interface(msgspec.Struct, frozen=True):
    """One NETWORK_INTERFACE_INFO (MS-SMB2 2.2.32.5). `link_speed` is in bits a second.

    `address` is empty where the family is neither IPv4 nor IPv6.
    """

    index: int
    address: str
    link_speed: int
    rss: bool = False
    rdma: bool = False

    def told(self) -> str:
        kinds = "".join(word for held, word in ((self.rss, ", RSS"), (self.rdma, ", RDMA")) if held)
        return f"{self.address or 'of another family'} ({self.link_speed / 1e9:g} Gbit/s{kinds})"


class InterfaceReply(msgspec.Struct, frozen=True):
    """What FSCTL_QUERY_NETWORK_INTERFACE_INFO gave; `refused` names the step that was refused, with its `status`."""

    refused: str = ""
    status: int = 0
    interfaces: tuple[Interface, ...] = ()

    def told(self) -> str:
        if self.refused:
            return f"{self.refused}: {ntstatus_name(self.status)}"
        return "; ".join(one.told() for one in self.interfaces) or "no interfaces"


class InterfaceAnswer(msgspec.Struct, frozen=True):
    """In a session of `principal` the storage was asked for the interfaces that it offers for more channels."""

    tenant: str
    principal: str
    path: str
    storage: str
    address: str
    seen: Observation[InterfaceReply]


class NetworkInterfaces(Facts, frozen=True, dict=True):
    answers: tuple[InterfaceAnswer, ...] = ()

    def of(self, tenant: str, path: str) -> Sequence[InterfaceAnswer]:
        return self._by_path.get((tenant, path), ())

    @cached_property
    def _by_path(self) -> Mapping[tuple[str, str], Sequence[InterfaceAnswer]]:
        return grouped(self.answers, lambda one: (one.tenant, one.path))
