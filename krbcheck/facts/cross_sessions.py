"""SMB sessions of a tenant's principals at the data paths of other tenants, where the network lets them connect."""

from __future__ import annotations

import msgspec

from krbcheck.facts.observation import Facts, Observation
from krbcheck.facts.smb import SmbSetUp


class CrossSession(msgspec.Struct, frozen=True):
    """A session of `principal` of `tenant` at the data path `path` of `owner`, at `address`."""

    tenant: str
    owner: str
    principal: str
    path: str
    storage: str
    address: str
    seen: Observation[SmbSetUp]


class CrossSessions(Facts, frozen=True):
    sessions: tuple[CrossSession, ...] = ()
