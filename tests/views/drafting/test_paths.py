"""Data paths and tenants from the SPNs of the recorded lab, and from addresses in networks."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from krbcheck.facts.directory import Directories
from krbcheck.facts.names import Controller, Controllers, SpnHosts
from krbcheck.recording.encoding import decode
from krbcheck.site.draft import StorageDraft
from krbcheck.views.drafting.paths import (
    KnownNetwork,
    SpnHost,
    managements,
    network_of,
    spn_hosts,
    tenants,
    why_no_account,
)

RECORDED = Path(__file__).resolve().parents[3] / "fixtures/recorded/healthy/facts.json"
ACCOUNT = "VMSTORE$@TINTRI.COM"
ALICE, BOB = KnownNetwork(ip_network("10.77.11.0/24"), "VLAN 11"), KnownNetwork(ip_network("10.77.12.0/24"), "VLAN 12")
CORE = KnownNetwork(ip_network("10.77.0.0/24"), "core")


@pytest.fixture(scope="module")
def found() -> list[SpnHost]:
    _, facts = decode(RECORDED.read_bytes(), "facts")
    directories, answers = facts[Directories], facts[SpnHosts]
    assert isinstance(directories, Directories)
    assert isinstance(answers, SpnHosts)
    assert why_no_account(directories, ACCOUNT) == ""
    assert why_no_account(directories, "NONE$@TINTRI.COM").startswith("no domain controller was queried")
    return spn_hosts("vmstore", ACCOUNT, directories, answers)


def test_the_hosts_of_cifs_spns_are_found_with_their_addresses(found: list[SpnHost]) -> None:
    assert {host.name: host.address for host in found} == {
        "vmstore.tintri.com": "10.77.0.40",
        "vmstore-alice.tintri.com": "10.77.11.30",
        "vmstore-bob.tintri.com": "10.77.12.30",
    }


def test_the_host_beside_the_domain_controllers_is_for_administration(found: list[SpnHost]) -> None:
    storage = StorageDraft("vmstore", ACCOUNT)
    known = Controllers((Controller("vmlevel.com", "vmdc1", "10.77.0.10"),))
    managed = list(managements([storage], found, known, [ALICE, BOB, CORE]))
    assert [host.name for host in managed] == ["vmstore.tintri.com"]
    assert storage.management is not None
    assert "vmdc1" in storage.management.why


def test_each_network_with_a_data_path_is_a_tenant() -> None:
    hosts = [
        SpnHost("vmstore", f"vmstore-{name}.t.com", at) for name, at in [("a", "10.77.11.30"), ("b", "10.77.12.30")]
    ]
    hosts += [SpnHost("fab", "fab-a.f.com", "10.77.11.31"), SpnHost("fab", "gone.f.com", "", "no address")]
    drafts, notes = tenants(hosts, {"vmstore": "VMSTORE", "fab": "FAB"}, [ALICE])
    assert [(draft.name, [path.name for path in draft.paths]) for draft in drafts] == [
        ("a", ["vmstore-a.t.com", "fab-a.f.com"]),
        ("b", ["vmstore-b.t.com"]),
    ]
    assert [(draft.networks[0].value, draft.networks[0].todo) for draft in drafts] == [
        ("10.77.11.0/24", False),
        ("10.77.12.0/24", True),
    ]
    assert len(notes) == 1
    assert notes[0].startswith("TODO data path gone.f.com of fab: no address")


def test_tenants_with_the_same_name_get_a_number() -> None:
    hosts = [
        SpnHost("s", "s-x.t.com", "10.0.1.1"),
        SpnHost("s", "s-x.u.com", "10.0.2.1"),
        SpnHost("s", "o.t.com", "::1"),
    ]
    drafts, _ = tenants(hosts, {"s": "S"}, [])
    assert [draft.name for draft in drafts] == ["x", "x-2", "net---"]


def test_the_smallest_network_counts() -> None:
    large = KnownNetwork(ip_network("10.0.0.0/8"), "large")
    assert network_of("10.77.11.30", [large, ALICE]) == ALICE
