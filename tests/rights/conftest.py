"""A site with two tenants on one storage, and checks judged on hand-made facts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from krbcheck import registry
from krbcheck.facts.place import VantagePoint, Vantages
from krbcheck.judge import judge
from krbcheck.model import Facts, Finding, Verdict
from krbcheck.site import (
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

KEYTAB = SecretSource(SecretKind.KEYTAB, "/alice-hv01.keytab")


def tenant(name: str, number: int, access: Access) -> Tenant:
    """The second principal has no secret."""
    return Tenant(
        name,
        networks=(f"10.77.{number}.0/24",),
        data_paths=(DataPath(f"vmstore-{name}.tintri.com", "vmstore", f"10.77.{number}.30"),),
        shares=(Share(f"{name.title()}VMs", access, "vmstore"),),
        principals=(Principal(f"{name}-hv01$@VMLEVEL.COM", KEYTAB), Principal(f"{name}-hv02$@VMLEVEL.COM")),
    )


@pytest.fixture
def site() -> Site:
    return Site(
        "lab",
        domains=(Domain("vmlevel.com"), Domain("tintri.com", account="krbcheck@TINTRI.COM")),
        storages=(Storage("vmstore", "VMSTORE$@TINTRI.COM"),),
        tenants=(tenant("alice", 11, Access.FULL), tenant("bob", 12, Access.CHANGE)),
        backups=(Backup("dpm-2016", "vmstore", ("alice-hv01$@VMLEVEL.COM",), "VMLEVEL\\Backup Hosts"),),
    )


@pytest.fixture
def vantages() -> Vantages:
    """From here alice is asked for, bob is not."""
    return Vantages(
        (VantagePoint("alice", "station", "10.77.11.9"), VantagePoint("bob", "station", "", "no leg on VLAN 12"))
    )


Judged = Callable[..., list[Verdict]]


@pytest.fixture
def judged(site: Site, vantages: Vantages) -> Judged:
    """The verdicts of a check on these families, those not given empty; a crash fails."""

    def verdicts(check: str, *families: Facts, of: Site = site, places: Vantages = vantages) -> list[Verdict]:
        one = registry.load()[check]
        facts: dict[type[Facts], Facts] = {kind: kind() for kind in one.needs.values() if kind is not Site}
        facts |= {type(family): family for family in (places, *families)}
        (report,) = judge(of, facts, [one])
        assert not report.crash
        return list(report.verdicts)

    return verdicts


def line(verdict: Verdict) -> str:
    """`code tenant subject`, with `fine` or `unknown` for a code."""
    kind = verdict.code if isinstance(verdict, Finding) else type(verdict).__name__.lower()
    return f"{kind} {verdict.tenant or '-'} {verdict.subject}"


@pytest.fixture
def lines(judged: Judged) -> Callable[..., list[str]]:
    def said(check: str, *families: Facts, **more: Site | Vantages) -> list[str]:
        return [line(one) for one in judged(check, *families, **more)]

    return said
