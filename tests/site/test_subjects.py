"""What two versions of a site file are compared by: every subject that is queried, and no secret."""

from __future__ import annotations

from msgspec.structs import replace

from krbcheck.site.stated import (
    Access,
    Backup,
    DataPath,
    Principal,
    SecretKind,
    SecretSource,
    Share,
    Site,
    Storage,
    Tenant,
)
from krbcheck.site.subjects import digest, stated_names, subjects

PATH = DataPath("vmstore-alice.tintri.com", "vmstore", "10.77.11.30")
ALICE = Tenant(
    "alice",
    data_paths=(PATH,),
    shares=(Share("AliceVMs", Access.FULL, "vmstore"),),
    principals=(Principal("alice-hv01$@VMLEVEL.COM"), Principal("alice-hv02$@VMLEVEL.COM")),
)
SITE = Site("lab", (), (Storage("vmstore", "VMSTORE$@TINTRI.COM"),), (ALICE,))


def with_alice(**changed: object) -> Site:
    return replace(SITE, tenants=(replace(ALICE, **changed),))


def test_a_subject_has_its_tenant_and_the_terms_of_its_queries() -> None:
    rows = subjects(SITE)
    assert ("data path", "vmstore-alice.tintri.com", "alice", ("vmstore", "10.77.11.30")) in rows
    assert ("storage", "vmstore", "", ("VMSTORE$@TINTRI.COM",)) in rows
    assert [name for kind, name, *_ in rows if kind == "principal"] == [
        "alice-hv01$@VMLEVEL.COM",
        "alice-hv02$@VMLEVEL.COM",
    ]


def test_the_order_of_the_file_and_its_secrets_change_nothing() -> None:
    first, second = ALICE.principals
    secret = replace(second, secret=SecretSource(SecretKind.KEYTAB, "/alice.keytab"))
    assert digest(with_alice(principals=(secret, first))) == digest(SITE)


def test_another_address_share_or_account_is_another_site() -> None:
    others = (
        with_alice(data_paths=(replace(PATH, address="10.77.11.31"),)),
        with_alice(shares=(*ALICE.shares, Share("More", Access.READ, "vmstore"))),
        with_alice(principals=ALICE.principals[:1]),
        replace(SITE, storages=(Storage("vmstore", "OTHER$@TINTRI.COM"),)),
    )
    assert len({digest(site) for site in (SITE, *others)}) == 5


def test_the_names_that_are_stated() -> None:
    backup = Backup("dpm-2016", "vmstore", ("DPM01$@vm.com",), "VM\\Backup Hosts")
    assert stated_names(replace(SITE, backups=(backup,))) == (
        "alice",
        "alice-hv01$@vmlevel.com",
        "alice-hv02$@vmlevel.com",
        "alicevms",
        "dpm01$@vm.com",
        "vm\\backup hosts",
        "vmstore",
        "vmstore$@tintri.com",
        "vmstore-alice.tintri.com",
    )
