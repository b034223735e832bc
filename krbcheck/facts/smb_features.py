"""The SMB features of the storage: each dialect individually, sessions without encryption, interfaces for SMB
Multichannel.

Numbers are as on the wire (MS-SMB2), so that unknown ones are kept.
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
"""Capabilities (MS-SMB2 2.2.4). 3.0 and 3.0.2 have the last; 3.1.1 has a negotiate context for it."""
SESSION_FLAG_ENCRYPT = 0x4
"""SessionFlags (MS-SMB2 2.2.6)."""
SHARE_FLAG_ENCRYPT = 0x8000
"""ShareFlags (MS-SMB2 2.2.10)."""
CAP_CONTINUOUS, CAP_SCALE_OUT, CAP_CLUSTER = 0x10, 0x20, 0x40
"""Capabilities of a share (MS-SMB2 2.2.10)."""


class DialectReplies(msgspec.Struct, frozen=True):
    """The replies to one NEGOTIATE for each dialect, which offered it alone, in the order of DIALECTS."""

    replies: tuple[SmbNegotiated, ...] = ()

    @property
    def spoken(self) -> tuple[SmbNegotiated, ...]:
        """The replies that accept the dialect, the oldest first."""
        return tuple(reply for reply in self.replies if reply.status == STATUS_SUCCESS)

    def summary(self) -> str:
        return f"SMB {', '.join(dialect_name(negotiated.dialect) for negotiated in self.spoken) or 'of no dialect'}"


class DialectAnswer(msgspec.Struct, frozen=True):
    """The dialects of one of `tenant`'s data paths at `address`, queried from the tenant's source address."""

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
        return grouped(self.answers, lambda answer: (answer.tenant, answer.path))


class ClearSession(msgspec.Struct, frozen=True):
    """A session of `principal` as a client that cannot encrypt, with a TREE_CONNECT to each of its tenant's shares."""

    tenant: str
    principal: str
    path: str
    storage: str
    address: str
    seen: Observation[SmbSetUp]


class ClearSessions(Facts, frozen=True, dict=True):
    """One session for each data path: the settings of the storage are the same for every account."""

    sessions: tuple[ClearSession, ...] = ()

    def of(self, tenant: str, path: str) -> Sequence[ClearSession]:
        return self._by_path.get((tenant, path), ())

    @cached_property
    def _by_path(self) -> Mapping[tuple[str, str], Sequence[ClearSession]]:
        return grouped(self.sessions, lambda session: (session.tenant, session.path))


class Interface(msgspec.Struct, frozen=True):
    """One NETWORK_INTERFACE_INFO (MS-SMB2 2.2.32.5). `link_speed` is in bits per second.

    `address` is empty if the family is neither IPv4 nor IPv6.
    """

    index: int
    address: str
    link_speed: int
    rss: bool = False
    rdma: bool = False

    def summary(self) -> str:
        kinds = "".join(word for held, word in ((self.rss, ", RSS"), (self.rdma, ", RDMA")) if held)
        return f"{self.address or 'of another family'} ({self.link_speed / 1e9:g} Gbit/s{kinds})"


class InterfaceReply(msgspec.Struct, frozen=True):
    """The reply to FSCTL_QUERY_NETWORK_INTERFACE_INFO; `refused` is the step that the storage rejected, with its
    `status`.
    """

    refused: str = ""
    status: int = 0
    interfaces: tuple[Interface, ...] = ()

    def summary(self) -> str:
        if self.refused:
            return f"{self.refused}: {ntstatus_name(self.status)}"
        return "; ".join(interface.summary() for interface in self.interfaces) or "no interfaces"


class InterfaceAnswer(msgspec.Struct, frozen=True):
    """The interfaces that the storage offers for SMB Multichannel, in a session of `principal`."""

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
        return grouped(self.answers, lambda answer: (answer.tenant, answer.path))
