"""The names and the TCP ports of the backup servers that the site file states, as the hosts of each tenant see them."""

from __future__ import annotations

import msgspec

from krbcheck.facts.names import DnsAnswer
from krbcheck.facts.observation import Facts, Observation
from krbcheck.facts.ports import PortReply


class BackupServerName(msgspec.Struct, frozen=True):
    """The A or AAAA (`kind`) records of a backup server at a name server of the domain of its accounts."""

    server: str
    kind: str
    name_server: str
    seen: Observation[DnsAnswer]


class BackupServerPort(msgspec.Struct, frozen=True):
    """The result of a TCP connection from `tenant`'s source address to a backup server; `tenant` is empty for a
    connection from the host that runs krbcheck.
    """

    tenant: str
    server: str
    address: str
    port: int
    seen: Observation[PortReply]


class BackupServers(Facts, frozen=True):
    names: tuple[BackupServerName, ...] = ()
    ports: tuple[BackupServerPort, ...] = ()
