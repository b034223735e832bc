"""A site with two tenants on one storage, and checks judged on hand-made facts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

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
def cloud(site: Site) -> Site:
    """What `judged` judges."""
    return site


@pytest.fixture
def lines(in_order: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """In the order in which the check says them."""
    return in_order
