"""The labels of a verdict: what its check states, and what follows from the site file."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.facts.observation import Gap, Unobserved
from krbcheck.judging.labels import SiteLabels, labels, of_silence, of_values
from krbcheck.judging.verdict import unknown
from krbcheck.site.stated import DataPath, Domain, Principal, SecretKind, SecretSource, Site, Storage, Tenant

AT = datetime(2026, 11, 25, tzinfo=UTC)
SECRET = SecretSource(SecretKind.ENV, "X")
ALICE = Tenant(
    "alice",
    data_paths=(DataPath("store-a.res.example", "store", "10.1.0.1"),),
    principals=(Principal("hv01$@HOSTS.EXAMPLE", SECRET), Principal("hv02$@HOSTS.EXAMPLE")),
)
SITE = Site(
    "s",
    (Domain("hosts.example", "reader@HOSTS.EXAMPLE"), Domain("res.example", "reader@RES.EXAMPLE")),
    (Storage("store", "STORE$@RES.EXAMPLE"),),
    (ALICE,),
)
OF_PATH: dict[str, tuple[str, ...]] = {
    "tenant": ("alice",),
    "path": ("store-a.res.example",),
    "service": ("cifs/store-a.res.example",),
    "address": ("10.1.0.1",),
    "storage": ("store",),
    "storage_domain": ("res.example",),
}


def test_an_spn_has_the_labels_of_its_data_path() -> None:
    assert SiteLabels(SITE).of("alice", "cifs/store-a.res.example", {}, determined=True) == OF_PATH


def test_what_is_given_is_completed_and_not_replaced() -> None:
    given = labels({"principal": "hv02$@HOSTS.EXAMPLE", "service": "cifs/store-a.res.example", "address": "10.9.9.9"})
    found = SiteLabels(SITE).of("alice", "hv02$@HOSTS.EXAMPLE for cifs/store-a.res.example", given, determined=True)
    assert found == {**OF_PATH, **given, "home": ("hosts.example",)}


def test_an_undetermined_result_of_a_data_path_needs_the_principals_with_a_secret_and_the_storages_directory() -> None:
    found = SiteLabels(SITE).of("alice", "store-a.res.example", {}, determined=False)
    assert found["principal"] == ("hv01$@HOSTS.EXAMPLE",)
    assert found["directory"] == ("res.example",)


def test_an_undetermined_result_of_a_storage_needs_the_directories_of_its_hosts_too() -> None:
    found = SiteLabels(SITE).of("", "store", {}, determined=False)
    assert found == {
        "storage": ("store",),
        "storage_domain": ("res.example",),
        "directory": ("hosts.example", "res.example"),
    }


def test_the_account_of_a_reader_stands_for_its_directory() -> None:
    assert SiteLabels(SITE).of("", "reader@RES.EXAMPLE", {}, determined=True) == {"directory": ("res.example",)}


def test_a_trust_has_the_domain_of_the_hosts_and_the_domain_of_the_storage() -> None:
    given = of_values({"hosts": "hosts.example", "storage": "res.example"})
    found = SiteLabels(SITE).of("", "res.example trusts hosts.example", given, determined=True)
    assert (found["home"], found["storage_domain"]) == (("hosts.example",), ("res.example",))
    assert "storage" not in found


def test_a_subject_that_the_site_does_not_contain_has_its_tenant_only() -> None:
    assert SiteLabels(SITE).of("alice", "something else", {}, determined=False) == {"tenant": ("alice",)}


def test_labels_have_each_value_once_and_none_that_is_empty() -> None:
    assert labels({"share": "", "path": ["a", "b", "a", ""]}) == {"path": ("a", "b")}


def test_a_silent_server_is_named_with_and_without_its_port() -> None:
    gaps = [
        (Gap.TIMED_OUT, "10.0.0.1:88"),
        (Gap.REFUSED, "dc.example (10.0.0.2):389"),
        (Gap.CLOSED, "[fd00::1]:445"),
        (Gap.NO_CREDENTIALS, "10.0.0.3:88"),
        (Gap.TIMED_OUT, ""),
    ]
    assert of_silence(gaps) == {
        "server": ("10.0.0.1", "10.0.0.2", "fd00::1"),
        "endpoint": ("10.0.0.1:88", "10.0.0.2:389", "[fd00::1]:445"),
    }


def test_an_undetermined_result_has_the_servers_whose_answers_are_missing() -> None:
    gap = Unobserved(Gap.TIMED_OUT, "no answer", "TGT", AT, "alice", of="10.0.0.1:88")
    assert unknown("s", gap).labels == {"server": ("10.0.0.1",), "endpoint": ("10.0.0.1:88",)}
    assert unknown("s", gap, "answered", says="for another reason").labels == {}
    assert unknown("s", "answered", says="why", missing=[gap]).labels["server"] == ("10.0.0.1",)
