"""Which groups a ticket carries, and when memberships were written: what tells that a ticket is older than they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from krbcheck.facts.kerberos import KrbError, TicketFacts
from krbcheck.facts.observation import Facts, Observation
from krbcheck.facts.smb import SmbSetUp
from krbcheck.windows.pac import Pac

CLAIMS_AND_COMPOUND = "S-1-5-21-0-0-0-"
"""Of tickets with claims or a device's identity (MS-DTYP 2.4.2.4); no directory holds them."""


def of_a_domain(sids: Iterable[str]) -> frozenset[str]:
    """The groups that some domain's directory holds: not the built-in ones, not those for the way of the logon."""
    return frozenset(one for one in sids if one.startswith("S-1-5-21-") and not one.startswith(CLAIMS_AND_COMPOUND))


class OwnTicket(msgspec.Struct, frozen=True):
    """A principal asked a KDC of its realm for a ticket to itself (user-to-user), which its TGT's session key opens."""

    tenant: str
    principal: str
    kdc: str
    seen: Observation[KrbError | Pac]


class OwnGroups(Facts, frozen=True):
    tickets: tuple[OwnTicket, ...] = ()


class CacheContent(msgspec.Struct, frozen=True):
    """The tickets of a credential cache, as the file tells of them."""

    tickets: tuple[TicketFacts, ...] = ()

    def told(self) -> str:
        return f"{len(self.tickets)} tickets"


class CredentialCache(msgspec.Struct, frozen=True):
    """The credential cache that the site names for a principal."""

    tenant: str
    principal: str
    seen: Observation[CacheContent]


class CredentialCaches(Facts, frozen=True):
    caches: tuple[CredentialCache, ...] = ()


class MemberWritten(msgspec.Struct, frozen=True):
    """One value of a group's `member` (msDS-ReplValueMetaData, MS-ADTS 3.1.1.4.5.21): `dn` was first written at
    `created` and last at `written`, as a removal if `removed`. UTC.
    """

    dn: str
    created: datetime
    written: datetime
    removed: bool = False


class Group(msgspec.Struct, frozen=True):
    """`changed` is whenChanged: nothing in the entry is newer at this controller, its members included.

    `members` is None where the directory does not tell when each was written (Samba), or was not asked; `cut` if it
    told the first values of a large group only.
    """

    dn: str
    name: str
    sid: str
    changed: datetime | None = None
    members: tuple[MemberWritten, ...] | None = None
    cut: bool = False


class Groups(msgspec.Struct, frozen=True):
    """All that a search found; empty is an answer."""

    found: tuple[Group, ...] = ()

    def told(self) -> str:
        return ", ".join(one.name or one.dn for one in self.found) or "no group"


class GroupsNamed(msgspec.Struct, frozen=True):
    """Groups looked up by their SIDs at one controller."""

    domain: str
    controller: str
    seen: Observation[Groups]


class GroupsChanged(msgspec.Struct, frozen=True):
    """The groups of a domain that one controller saw change at `since` or later."""

    domain: str
    controller: str
    since: datetime
    seen: Observation[Groups]


class GroupChanges(Facts, frozen=True):
    """Asked where the site names a credential cache, and (`named`) where a ticket and the directory differ."""

    named: tuple[GroupsNamed, ...] = ()
    changed: tuple[GroupsChanged, ...] = ()


class CachedSession(msgspec.Struct, frozen=True):
    """From `tenant`'s place: a session at its data path `path` with the service ticket that lay in the cache."""

    tenant: str
    principal: str
    path: str
    storage: str
    seen: Observation[SmbSetUp]


class CachedSessions(Facts, frozen=True):
    sessions: tuple[CachedSession, ...] = ()
