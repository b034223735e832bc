"""What a trace asks for: the service, its domain, its storage, and the address that it is asked from."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.trace_scope import ANYWHERE, spn, this_host_of, traced
from krbcheck.site.reading import read_site


@pytest.mark.parametrize("name", ["cifs/a.b", "HOST/A", "cifs/a.b:445", "cifs/a.b/dom.com", "krbtgt/REALM.COM"])
def test_a_service_name_has_two_parts_or_three(name: str) -> None:
    assert spn(name) == name


@pytest.mark.parametrize("name", ["", "cifs", "/a", "cifs/", "cifs/a b", "cifs/a/b/c", "cifs/\x1b[1m\n"])
def test_what_is_no_service_name_is_a_mistake(name: str) -> None:
    with pytest.raises(Mistake):
        spn(name)


@pytest.mark.parametrize(
    "typed", [r"\\nas.tintri.test\AliceVMs", "//nas.tintri.test/x", "nas.tintri.test", "cifs/nas.tintri.test@R.TEST"]
)
def test_a_path_a_host_name_and_a_realm_lead_to_the_service_name(typed: str) -> None:
    assert spn(typed) == "cifs/nas.tintri.test"


def test_an_address_has_no_service_name() -> None:
    with pytest.raises(Mistake, match="contains an address: Windows uses no Kerberos for it"):
        spn(r"\\10.77.11.30\AliceVMs")


@pytest.mark.parametrize(
    "typed",
    [r"VMLEVEL\alice-hv01$", r"vmlevel.test\ALICE-HV01", "alice-hv01", "alice-hv01.vmlevel.test", "alice-hv01@vmlevel"],
)
def test_a_principal_is_understood_in_every_form(site: Path, typed: str) -> None:
    assert traced(read_site(site), typed, "cifs/x.tintri.test").principal == "alice-hv01$@VMLEVEL.TEST"


def test_every_account_of_the_site_may_be_traced(site: Path) -> None:
    site.write_text(
        site.read_text()
        + "    administrators: ['VMLEVEL\\adm-bob']\n"
        + "backup:\n  - {product: veeam, storage: vmstore, accounts: [{name: svc-veeam@VMLEVEL.TEST, "
        + "secret: {env: KRBCHECK_TEST_READER}}]}\n"
    )
    stated = read_site(site)
    for typed, name in {
        "svc-veeam": "svc-veeam@VMLEVEL.TEST",
        r"VMLEVEL\adm-bob": "adm-bob@VMLEVEL.TEST",
        "vmstore$": "VMSTORE$@TINTRI.TEST",
    }.items():
        asked = traced(stated, typed, "cifs/vmstore-alice.tintri.test")
        assert asked.principal == name
        assert asked.tenant not in ("alice", "bob")
    ((_, veeam),) = traced(stated, "svc-veeam", "cifs/x.tintri.test").site.principals()
    assert veeam.secret is not None


def test_the_storage_is_asked_only_at_a_data_path_and_for_a_tenants_host(site: Path) -> None:
    stated = read_site(site)
    assert traced(stated, "alice-hv01$@VMLEVEL.TEST", "CIFS/vmstore-alice.tintri.test").answers
    assert not traced(stated, "alice-hv01$@VMLEVEL.TEST", "http/vmstore-alice.tintri.test").answers
    assert not traced(stated, "reader@VMLEVEL.TEST", "cifs/vmstore-alice.tintri.test").answers


def test_a_service_need_be_no_data_path(site: Path) -> None:
    asked = traced(read_site(site), "alice-hv01$@VMLEVEL.TEST", "http/web.tintri.test:8080")
    (path,) = asked.site.tenants[0].data_paths
    assert (path.spn, path.is_address, asked.order) == ("http/web.tintri.test:8080", False, ("tintri.test",))
    assert asked.site.storage(path.storage).domain == "tintri.test"


def test_a_data_path_keeps_its_storage(site: Path) -> None:
    asked = traced(read_site(site), "alice-hv01$@VMLEVEL.TEST", "CIFS/vmstore-alice.tintri.test")
    assert asked.site.tenants[0].data_paths[0].storage == "vmstore"


def test_the_storage_of_another_tenants_data_path_is_known(site: Path) -> None:
    asked = traced(read_site(site), "alice-hv01$@VMLEVEL.TEST", "cifs/vmstore-bob.tintri.test")
    assert [storage.account for storage in asked.site.storages] == ["VMSTORE$@TINTRI.TEST"]
    other = traced(read_site(site), "alice-hv01$@VMLEVEL.TEST", "cifs/other.tintri.test")
    assert [storage.account for storage in other.site.storages] == ["OWNER@TINTRI.TEST"]


def test_the_path_keeps_its_address_and_no_share_is_opened(site: Path) -> None:
    asked = traced(read_site(site), "alice-hv01$@VMLEVEL.TEST", "cifs/vmstore-alice.tintri.test")
    (tenant,) = asked.site.tenants
    assert [data_path.address for data_path in tenant.data_paths] == ["127.0.77.30"]
    assert tenant.shares == ()


def test_a_domain_is_a_names_suffix_at_a_dot(site: Path) -> None:
    asked = traced(read_site(site), "alice-hv01$@VMLEVEL.TEST", "http/nottintri.test")
    assert [storage.account for storage in asked.site.storages] == ["OWNER@VMLEVEL.TEST"]


def test_of_two_tenants_with_the_same_principal_the_one_that_is_here_counts(site: Path) -> None:
    stated = read_site(site)
    alice, bob = stated.tenants
    shared = replace(bob, principals=alice.principals)
    for tenants in ((shared, alice), (alice, shared)):
        asked = traced(replace(stated, tenants=tenants), "alice-hv01$@VMLEVEL.TEST", "cifs/vmstore-alice.tintri.test")
        assert asked.tenant == "alice"


def test_a_name_of_no_domain_is_taken_for_the_principals_own(site: Path) -> None:
    asked = traced(read_site(site), "alice-hv01$@VMLEVEL.TEST", "http/web.elsewhere.test")
    assert [storage.account for storage in asked.site.storages] == ["OWNER@VMLEVEL.TEST"]


def test_the_place_is_the_tenants_leg_or_this_hosts_own_way(site: Path) -> None:
    stated = read_site(site)
    host = this_host_of(traced(stated, "alice-hv01$@VMLEVEL.TEST", "cifs/x.tintri.test"))
    assert [(entry.tenant, entry.address) for entry in host.sources.values()] == [("alice", "127.0.0.1")]
    (source,) = this_host_of(traced(stated, "reader@VMLEVEL.TEST", "cifs/x.tintri.test")).sources.values()
    assert source.address == "127.0.0.1"
    bare = replace(stated, domains=tuple(replace(domain, name_servers=()) for domain in stated.domains))
    (source,) = this_host_of(traced(bare, "reader@VMLEVEL.TEST", "cifs/x.tintri.test")).sources.values()
    assert source.address == ANYWHERE


def test_an_account_that_reads_a_directory_asks_from_this_host(site: Path) -> None:
    asked = traced(read_site(site), "reader@VMLEVEL.TEST", "cifs/x.tintri.test")
    assert [principal.name for principal in asked.site.tenants[0].principals] == ["reader@VMLEVEL.TEST"]
    assert asked.tenant not in ("alice", "bob")


def test_no_secret_but_those_that_are_needed_is_opened(site: Path) -> None:
    asked = traced(read_site(site), "alice-hv01$@VMLEVEL.TEST", "cifs/x.tintri.test")
    assert [domain.name for domain in asked.site.domains if domain.secret] == ["vmlevel.test"]
    stated = read_site(site)
    readers = tuple(replace(domain, account=f"reader@{domain.realm}") for domain in stated.domains)
    third = replace(readers[1], name="third.test", account="reader@THIRD.TEST")
    asked = traced(
        replace(stated, domains=(*readers, third)), "alice-hv01$@VMLEVEL.TEST", "cifs/vmstore-alice.tintri.test"
    )
    assert [domain.name for domain in asked.site.domains if domain.account] == ["vmlevel.test", "tintri.test"]
