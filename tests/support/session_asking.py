"""Collectors of sessions that are driven by hand: no thread, no network."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from krbcheck.asking.answering import answered
from krbcheck.asking.ask import Asking
from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.credentials.wallet import Credential, Secret, Ticket, Wallet
from krbcheck.facts.observation import Facts, Observed
from krbcheck.site.stated import (
    Access,
    Backup,
    DataPath,
    Domain,
    Principal,
    SecretKind,
    SecretSource,
    Share,
    Site,
    Storage,
    Tenant,
)
from tests.support.by_hand import AnyAsk, by_hand

AT = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = SecretSource(SecretKind.ENV, "X")
HOST, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@TINTRI.COM"
ALICE, SPN = "vmstore-alice.tintri.com", "cifs/vmstore-alice.tintri.com"
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg on VLAN 12")}
)


def tenant(name: str, number: int, *principals: Principal) -> Tenant:
    return Tenant(
        name,
        data_paths=(DataPath(f"vmstore-{name}.tintri.com", "vmstore", f"10.77.{number}.30"),),
        shares=(Share(f"{name.title()}VMs", Access.FULL, "vmstore"),),
        principals=principals,
    )


@pytest.fixture
def site() -> Site:
    return Site(
        "lab",
        domains=(Domain("vmlevel.com"), Domain("tintri.com", READER, SOURCE)),
        storages=(Storage("vmstore", "VMSTORE$@TINTRI.COM"),),
        tenants=(tenant("alice", 11, Principal(HOST, SOURCE), Principal("alice-hv02$@VMLEVEL.COM")), tenant("bob", 12)),
        backups=(Backup("dpm-2016", "vmstore", (HOST,)),),
    )


def wallet(ticket: Ticket | None = None, *principals: str) -> Wallet:
    credentials = {name: Credential(name, SOURCE, Secret("x")) for name in (HOST, READER)}
    return Wallet(credentials, tickets={(principal, SPN, ""): ticket for principal in principals if ticket})


def run(collector: Asking[Facts], *values: object) -> tuple[list[AnyAsk], Facts]:
    """The asks of the only round, and the family when they are answered with `values`; with the asks' own if none."""
    driven = by_hand(collector)
    asks = next(driven)
    seen: list[Answer] = [answered(ask) for ask in asks]
    if values:
        seen = [Observed(value, ask.asked, AT, ask.vantage) for value, ask in zip(values, asks, strict=True)]
    try:
        driven.send(seen)
    except StopIteration as ended:
        family: Facts = ended.value
        return asks, family
    raise AssertionError("a second round")
