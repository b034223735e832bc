"""Facts about tickets and groups that are made by hand, as Windows' directories would return them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec
import pytest

from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories
from krbcheck.facts.groups import (
    CacheContent,
    CredentialCache,
    CredentialCaches,
    Group,
    GroupChanges,
    Groups,
    GroupsChanged,
    GroupsNamed,
    MemberWritten,
    OwnGroups,
    OwnTicket,
)
from krbcheck.facts.kerberos import TicketFacts
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.site.stated import Principal, SecretKind, SecretSource, Site, TicketSource
from krbcheck.windows.pac import Pac

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
LOGON = NOW - timedelta(hours=2)
BEFORE, AFTER = LOGON - timedelta(days=3), LOGON + timedelta(hours=1)
ALICE, DC1, DC2 = "alice-hv01$@VMLEVEL.COM", "vmdc1.vmlevel.com", "vmdc2.vmlevel.com"
HOME = "S-1-5-21-1-2-3"
SELF, COMPUTERS, HOSTS, BACKUP = f"{HOME}-1104", f"{HOME}-515", f"{HOME}-1111", f"{HOME}-1116"
DN, HOSTS_DN = "CN=alice-hv01,OU=Hosts,DC=vmlevel,DC=com", "CN=Alice Hosts,CN=Users,DC=vmlevel,DC=com"
FULL = 0x1F01FF
SILENCE = Unobserved(Gap.TIMED_OUT, "no answer", "asked", NOW, "alice")
T = TypeVar("T")


def seen(value: T) -> Observation[T]:
    return Observed(value, "asked", NOW, "alice")


@pytest.fixture
def alone(cloud: Site) -> Site:
    """With alice's host only, whose keytab is stated."""
    host = Principal(ALICE, SecretSource(SecretKind.KEYTAB, "alice-hv01.keytab"))
    return msgspec.structs.replace(cloud, tenants=(msgspec.structs.replace(cloud.tenants[0], principals=(host,)),))


def with_tickets(site: Site) -> Site:
    """Its host's klist is stated beside the keytab."""
    host = msgspec.structs.replace(site.tenants[0].principals[0], tickets=TicketSource(klist=("x",), time_zone="UTC"))
    return msgspec.structs.replace(site, tenants=(msgspec.structs.replace(site.tenants[0], principals=(host,)),))


def own(*groups: str, extra: tuple[str, ...] = ("S-1-18-1",), resource: tuple[str, ...] = ()) -> OwnGroups:
    pac = Pac(SELF, "alice-hv01$", "VMLEVEL", COMPUTERS, groups, extra, resource, LOGON)
    return OwnGroups((OwnTicket("alice", ALICE, DC1, seen(pac)),))


def directory(*controllers: tuple[str, ...] | None) -> Directories:
    """The groups that each controller gives; None for one that does not tell."""
    accounts = (Account(DN, "alice-hv01$", SELF, groups=groups) for groups in controllers)
    hosts = (DC1, DC2, "vmdc3.vmlevel.com")
    return Directories(
        accounts=tuple(
            AccountAnswer("vmlevel.com", host, ALICE, seen(Accounts((entry,))))
            for host, entry in zip(hosts, accounts, strict=False)
        )
    )


BOTH = (COMPUTERS, HOSTS)


def cached(service: str, realm: str, logon: datetime = LOGON, end: datetime = NOW + timedelta(hours=8)) -> TicketFacts:
    return TicketFacts("alice-hv01$", "VMLEVEL.COM", service, realm, 18, 18, 1, 0, logon, end)


TGT = cached("krbtgt/VMLEVEL.COM", "VMLEVEL.COM")
SPN = "cifs/vmstore-alice.tintri.com"
SERVICE = cached(SPN, "TINTRI.COM")


def cache(*tickets: TicketFacts) -> CredentialCaches:
    return CredentialCaches((CredentialCache("alice", ALICE, seen(CacheContent(tickets))),))


def group(
    *members: MemberWritten,
    written: bool = True,
    changed: datetime = AFTER,
    cut: bool = False,
    name: str = "Alice Hosts",
) -> Group:
    dn, sid = f"CN={name},CN=Users,DC=vmlevel,DC=com", HOSTS if name == "Alice Hosts" else BACKUP
    return Group(dn, name, sid, changed, members if written else None, cut)


NAMED = (
    GroupsNamed(
        "vmlevel.com",
        DC1,
        seen(Groups((Group(HOSTS_DN, "Alice Hosts", HOSTS), Group("CN=DC", "Domain Computers", COMPUTERS)))),
    ),
)
THERE = GroupsChanged("tintri.com", "tidc", LOGON, seen(Groups()))
"""No group of the storage's domain changed."""


def changes(*groups: Group, domain: str = "vmlevel.com", controllers: int = 1) -> GroupChanges:
    """Those of one domain, and none in the storage's."""
    answers = (GroupsChanged(domain, f"dc{number}", LOGON, seen(Groups(groups))) for number in range(controllers))
    return GroupChanges(NAMED, (*answers, *(() if domain == THERE.domain else (THERE,))))


def member(created: datetime, written: datetime, *, removed: bool = False, dn: str = DN) -> MemberWritten:
    return MemberWritten(dn, created, written, removed)


JOINED, LEFT = member(AFTER, AFTER), member(BEFORE, AFTER, removed=True)
