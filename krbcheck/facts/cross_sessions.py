"""Sessions that a tenant's principals opened at the data paths of other tenants, where the network lets them."""

from __future__ import annotations

import msgspec

from krbcheck.facts.observation import Facts, Observation
from krbcheck.facts.smb import SmbSetUp


class CrossSession(msgspec.Struct, frozen=True):
    """From `tenant`'s place `principal` asked for a session at `owner`'s data path `path`, at `address`."""

    tenant: str
    owner: str
    principal: str
    path: str
    storage: str
    address: str
    seen: Observation[SmbSetUp]


class CrossSessions(Facts, frozen=True):
    sessions: tuple[CrossSession, ...] = ()
