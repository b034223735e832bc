"""The TCP ports that accept connections: of data paths, of management addresses, of controllers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property

import msgspec

from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Facts, Observation


class PortState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"  # RST: no service listens, or a firewall resets the connection
    FILTERED = "filtered"  # no response, or ICMP administratively prohibited
    UNREACHABLE = "unreachable"  # no route, no such host


class PortReply(msgspec.Struct, frozen=True):
    """The result of one TCP connect; `detail` is the text of the operating system's error."""

    state: PortState
    detail: str = ""

    def summary(self) -> str:
        return f"{self.state} ({self.detail})" if self.detail else str(self.state)


class PortAnswer(msgspec.Struct, frozen=True):
    """The result of a TCP connection from `tenant`'s source address to an address of the data path
    `path` of `owner`.
    """

    tenant: str
    owner: str
    path: str
    address: str
    port: int
    seen: Observation[PortReply]


class ManagementPort(msgspec.Struct, frozen=True):
    """The result of a TCP connection from `tenant`'s source address to the management address of `storage`.

    `address` is empty if the site file states a name that does not resolve.
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
        """Returns the results of `tenant` at the data path `path` of `owner`."""
        return self._by_path.get((tenant, owner, path), ())

    def at_management(self, tenant: str, storage: str) -> Sequence[ManagementPort]:
        """Returns the results of `tenant` at the management address of a storage."""
        return self._by_storage.get((tenant, storage), ())

    @cached_property
    def _by_storage(self) -> Mapping[tuple[str, str], Sequence[ManagementPort]]:
        return grouped(self.managements, lambda port: (port.tenant, port.storage))

    @cached_property
    def _by_path(self) -> Mapping[tuple[str, str, str], Sequence[PortAnswer]]:
        return grouped(self.ports, lambda answer: (answer.tenant, answer.owner, answer.path))


class ControllerPort(msgspec.Struct, frozen=True):
    """The result of a TCP connection to a controller. `port` is 88, 389, 445, or 3268 for a global catalog."""

    domain: str
    host: str
    address: str
    port: int
    seen: Observation[PortReply]


class ControllerPorts(Facts, frozen=True):
    ports: tuple[ControllerPort, ...] = ()
