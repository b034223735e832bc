"""Where --write-probes writes: one share of each data path that an account backs up."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from krbcheck.site.reading import read_site
from krbcheck.site.stated import Backup, Site
from krbcheck.site.write_probes import planned_writes, probed_share

SITE = Path(__file__).with_name("site.yaml")

ALICE, BOB, SERVICE = "alice-hv01$@VMLEVEL.COM", "bob-hv01$@VMLEVEL.COM", "backup@VMLEVEL.COM"


def stated(*accounts: str) -> Site:
    """Bob has a share too; `accounts` back up."""
    site = read_site(SITE)
    alice, bob = site.tenants
    tenants = (alice, replace(bob, shares=(replace(alice.shares[0], name="BobVMs"),)))
    return replace(site, tenants=tenants, backups=(Backup("veeam", "vmstore", accounts, ""),))


def test_a_tenants_host_writes_in_its_own_share_alone() -> None:
    assert list(planned_writes(stated(ALICE))) == [(ALICE, r"\\vmstore-alice.tintri.com\AliceVMs")]


def test_a_service_account_writes_at_every_data_path() -> None:
    alices, bobs = r"\\vmstore-alice.tintri.com\AliceVMs", r"\\vmstore-bob.tintri.com\BobVMs"
    assert list(planned_writes(stated(SERVICE))) == [(SERVICE, alices), (SERVICE, bobs)]


def test_an_account_of_two_products_writes_once() -> None:
    site = stated(ALICE)
    assert len(list(planned_writes(replace(site, backups=site.backups * 2)))) == 1


def test_without_a_share_nothing_is_written() -> None:
    site = stated(SERVICE)
    bare = replace(site, tenants=tuple(replace(tenant, shares=()) for tenant in site.tenants))
    assert list(planned_writes(bare)) == []
    assert probed_share(bare.tenants[0], "vmstore") == ""
    assert list(planned_writes(replace(site, backups=()))) == []
