"""The groups in a ticket, and when memberships were written: they show that a ticket is older than a membership."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from krbcheck.facts.kerberos import KrbError, TicketFacts
from krbcheck.facts.observation import Facts, Observation
from krbcheck.facts.smb import SmbSetUp
from krbcheck.windows.pac import Pac

CLAIMS_AND_COMPOUND = "S-1-5-21-0-0-0-"
"""The prefix of SIDs in tickets with claims or a device's identity (MS-DTYP 2.4.2.4); no directory contains them."""


def of_a_domain(sids: Iterable[str]) -> frozenset[str]:
    """Returns the groups that the directory of a domain contains: without built-in groups and those
    of the logon type.
    """
    return frozenset(sid for sid in sids if sid.startswith("S-1-5-21-") and not sid.startswith(CLAIMS_AND_COMPOUND))


class OwnTicket(msgspec.Struct, frozen=True):
    """The ticket of a principal to itself (user-to-user), which its TGT's session key decrypts, from a KDC of its
    realm.
    """

    tenant: str
    principal: str
    kdc: str
    seen: Observation[KrbError | Pac]


class OwnGroups(Facts, frozen=True):
    tickets: tuple[OwnTicket, ...] = ()


class CacheContent(msgspec.Struct, frozen=True):
    """The metadata of the tickets in a credential cache.

    `undated` are the services whose tickets date from a logon that the list does not show: their `authtime` is their
    own start, and the logon was earlier (klist shows no authtime).
    """

    tickets: tuple[TicketFacts, ...] = ()
    undated: tuple[str, ...] = ()

    def summary(self) -> str:
        return f"{len(self.tickets)} tickets"


class CredentialCache(msgspec.Struct, frozen=True):
    """The credential cache of a principal's host, which the site file states, or the list of its tickets."""

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
    """A group. `changed` is whenChanged: nothing in the entry is newer at this controller, its members included.

    `members` is None if the directory does not return when each was written (Samba), or if it was not queried; `cut` if
    it returned only the first values of a large group.
    """

    dn: str
    name: str
    sid: str
    changed: datetime | None = None
    members: tuple[MemberWritten, ...] | None = None
    cut: bool = False


class Groups(msgspec.Struct, frozen=True):
    """All groups that a search returns; empty is an answer."""

    found: tuple[Group, ...] = ()

    def summary(self) -> str:
        return ", ".join(group.name or group.dn for group in self.found) or "no group"


class GroupsNamed(msgspec.Struct, frozen=True):
    """The groups that one controller returns for their SIDs."""

    domain: str
    controller: str
    seen: Observation[Groups]


class GroupsChanged(msgspec.Struct, frozen=True):
    """The groups of a domain that changed at one controller at `since` or later."""

    domain: str
    controller: str
    since: datetime
    seen: Observation[Groups]


class GroupChanges(Facts, frozen=True):
    """Changes of groups: queried if the site file states a credential cache, and (`named`) if a ticket and the
    directory differ.
    """

    named: tuple[GroupsNamed, ...] = ()
    changed: tuple[GroupsChanged, ...] = ()


class CachedSession(msgspec.Struct, frozen=True):
    """A session at `path`, a data path of `tenant`, with the service ticket in the credential cache."""

    tenant: str
    principal: str
    path: str
    storage: str
    seen: Observation[SmbSetUp]


class CachedSessions(Facts, frozen=True):
    sessions: tuple[CachedSession, ...] = ()
