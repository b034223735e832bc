"""Which TCP ports let us in: of data paths, of management addresses, of controllers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property

import msgspec

from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Facts, Observation


class PortState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"  # refused: the host is there, nothing listens, or a firewall rejects
    FILTERED = "filtered"  # silence, or a router says administratively prohibited
    UNREACHABLE = "unreachable"  # no route, no such host


class PortReply(msgspec.Struct, frozen=True):
    """What came of one TCP connect; `detail` is what the system said."""

    state: PortState
    detail: str = ""

    def told(self) -> str:
        return f"{self.state} ({self.detail})" if self.detail else str(self.state)


class PortAnswer(msgspec.Struct, frozen=True):
    """From `tenant`'s place a TCP connection to an address of the data path `path` of `owner` was tried."""

    tenant: str
    owner: str
    path: str
    address: str
    port: int
    seen: Observation[PortReply]


class ManagementPort(msgspec.Struct, frozen=True):
    """From `tenant`'s place a TCP connection to the management address of `storage` was tried.

    `address` is empty where the site states a name that no name server knows.
    """

    tenant: str
    storage: str
    address: str
    port: int
    seen: Observation[PortReply]


class PortAnswers(Facts, frozen=True, dict=True):
    ports: tuple[PortAnswer, ...] = ()
    managements: tuple[ManagementPort, ...] = ()

    def of(self, tenant: str, owner: str, path: str) -> Sequence[PortAnswer]:
        """What `tenant` met at the data path `path` of `owner`."""
        return self._by_path.get((tenant, owner, path), ())

    def at_management(self, tenant: str, storage: str) -> Sequence[ManagementPort]:
        """What `tenant` met at the management address of a storage."""
        return self._by_storage.get((tenant, storage), ())

    @cached_property
    def _by_storage(self) -> Mapping[tuple[str, str], Sequence[ManagementPort]]:
        return grouped(self.managements, lambda one: (one.tenant, one.storage))

    @cached_property
    def _by_path(self) -> Mapping[tuple[str, str, str], Sequence[PortAnswer]]:
        return grouped(self.ports, lambda one: (one.tenant, one.owner, one.path))


class ControllerPort(msgspec.Struct, frozen=True):
    """A TCP connection to a controller was tried. `port` is 88, 389, 445, or 3268 for a global catalogue."""

    domain: str
    host: str
    address: str
    port: int
    seen: Observation[PortReply]


class ControllerPorts(Facts, frozen=True):
    ports: tuple[ControllerPort, ...] = ()
