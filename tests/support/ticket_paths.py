"""Exchanges of a host with the KDCs of two realms, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec
import pytest

from krbcheck.facts.kerberos import (
    AsReply,
    Hop,
    KrbError,
    Reply,
    TicketFacts,
    TicketGrant,
    TicketPath,
)
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.site.stated import Site

T = TypeVar("T")
NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE = "alice-hv01$@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"
DC1, DC2, TIDC = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com", "tidc.tintri.com"


def seen(value: T | Gap, asked: str) -> Observation[T]:
    if isinstance(value, Gap):
        return Unobserved(value, "no answer within 2 s", asked, NOW, "alice")
    return Observed(value, asked, NOW, "alice", 0.01)


def ticket(service: str, realm: str) -> TicketFacts:
    return TicketFacts(
        "alice-hv01$", "VMLEVEL.COM", service, realm, 18, 18, 1, 0x40A10000, NOW, NOW + timedelta(hours=10)
    )


TGT = ticket("krbtgt/VMLEVEL.COM", "VMLEVEL.COM")
REFERRAL = ticket("krbtgt/TINTRI.COM", "VMLEVEL.COM")
SERVED = ticket(SPN, "TINTRI.COM")
UNKNOWN_SPN = KrbError(7, NOW)


@pytest.fixture
def alone(cloud: Site) -> Site:
    """With alice only."""
    return msgspec.structs.replace(cloud, tenants=cloud.tenants[:1])


@pytest.fixture
def unstated(alone: Site) -> Site:
    """With alice only, and no search order."""
    domains = tuple(msgspec.structs.replace(domain, forest_search_order=None) for domain in alone.domains)
    return msgspec.structs.replace(alone, domains=domains)


def grant(value: AsReply | Gap, kdc: str = DC1) -> TicketGrant:
    return TicketGrant("alice", ALICE, kdc, "10.77.0.10", seen(value, f"TGT of {ALICE} at {kdc}"))


def error(code: int) -> KrbError:
    return KrbError(code, NOW)


def ticket_path(
    *hops: tuple[str, str, str, Reply | Gap], kdc: str = DC1, forest: str = "", loop: bool = False
) -> TicketPath:
    """Each hop: the realm, its KDC, what it was asked for, what it said."""
    kept = tuple(
        Hop(realm, host, service, seen(value, f"ticket for {service} at {host}"))
        for realm, host, service, value in hops
    )
    return TicketPath("alice", ALICE, SPN, kdc, forest, kept, loop)


def direct(*values: Reply | Gap, kdc: str = DC1, loop: bool = False) -> TicketPath:
    places = [("VMLEVEL.COM", kdc), ("TINTRI.COM", TIDC), ("FABRIC.COM", "fadc.fabric.com")]
    return ticket_path(
        *((*position, SPN, value) for position, value in zip(places, values, strict=False)), kdc=kdc, loop=loop
    )


def searched(*values: Reply | Gap, kdc: str = DC1, forest: str = "tintri.com", loop: bool = False) -> TicketPath:
    realm = forest.upper()
    asked = [("VMLEVEL.COM", kdc, f"krbtgt/{realm}"), (realm, f"dc.{forest}", SPN), (realm, f"dc2.{forest}", SPN)]
    hops = [(*entry, value) for entry, value in zip(asked, values, strict=False)]
    return ticket_path(*hops, kdc=kdc, forest=forest, loop=loop)


REFUSED = direct(UNKNOWN_SPN)
BY_ORDER = searched(REFERRAL, SERVED)


def subjects(codes: list[str]) -> list[str]:
    return sorted(f"{code} alice {ALICE} for {SPN}" for code in codes)
