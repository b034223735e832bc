"""Where a process stands: which tenants it can ask for, from which of its addresses."""

from __future__ import annotations

import msgspec
import pytest

from krbcheck.asking import this_host
from krbcheck.asking.this_host import OF_THE_ROUTE, SourceAddress, is_local, local_addresses, read_this_host, source_for
from krbcheck.site.stated import Site, Tenant

DOCUMENTATION = "203.0.113.0/24"
"""RFC 5737: nobody has an address in it."""


@pytest.mark.parametrize(("address", "local"), [("127.0.0.1", True), ("127.9.9.9", True), ("203.0.113.1", False)])
def test_an_address_is_ours_if_it_can_be_bound(address: str, local: bool) -> None:
    assert is_local(address) is local


@pytest.mark.parametrize(
    ("tenant", "source"),
    [
        pytest.param(Tenant("a", ("127.0.0.0/8",), source="127.0.0.7"), "127.0.0.7", id="stated"),
        pytest.param(Tenant("a", ("127.0.0.0/8",)), "127.0.0.1", id="found-in-its-network"),
        pytest.param(Tenant("a", (DOCUMENTATION, "127.0.0.0/8")), "127.0.0.1", id="found-in-the-second"),
        pytest.param(Tenant("a", ("127.0.0.1/32",)), "127.0.0.1", id="a-network-of-one"),
        pytest.param(Tenant("a", ("127.0.0.0/8",), source="203.0.113.1"), "127.0.0.1", id="stated-but-not-ours"),
        pytest.param(Tenant("a", (DOCUMENTATION,), source="203.0.113.1"), "", id="not-here"),
        pytest.param(Tenant("a"), "", id="no-network-stated"),
    ],
)
def test_a_source_is_the_stated_address_or_one_in_the_tenants_networks(tenant: Tenant, source: str) -> None:
    assert source_for(tenant).address == source


def test_the_address_of_the_other_family_stands_beside_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(this_host, "local_addresses", lambda: ["127.0.0.1", "::1", "fd00::9"])
    monkeypatch.setattr(this_host, "why_not_from", lambda address, network: "" if address == "::1" else "no route")
    dual = source_for(Tenant("a", ("127.0.0.0/8", "fd00::/64", "::1/128")))
    assert (dual.address, dual.beside) == ("127.0.0.1", "::1"), "nothing can be sent from fd00::9"
    assert source_for(Tenant("a", ("127.0.0.0/8",))).beside == ""
    here = this_host.ThisHost("station", {"a": dual})
    assert [here.source_towards("a", address) for address in ("192.0.2.1", "fd00::1")] == ["127.0.0.1", "::1"]


def test_a_query_leaves_from_the_address_of_its_family_and_fails_from_the_other_rather_than_from_any() -> None:
    dual = SourceAddress("a", "fd00::9", beside="10.0.0.9")
    assert [dual.towards(address) for address in ("fd00::1", "10.0.0.1")] == ["fd00::9", "10.0.0.9"]
    assert SourceAddress("a", "fd00::9").towards("10.0.0.1") == "fd00::9"
    assert OF_THE_ROUTE.towards("10.0.0.1") == ""


def test_where_there_is_no_source_the_reason_says_what_to_do() -> None:
    why = source_for(Tenant("carol", (DOCUMENTATION,))).why
    assert DOCUMENTATION in why
    assert "krbcheck collect SITE --vantage carol --save carol.json" in why


def test_only_the_named_tenants_are_asked_for(cloud: Site) -> None:
    local = tuple(msgspec.structs.replace(tenant, networks=("127.0.0.0/8",)) for tenant in cloud.tenants)
    site = msgspec.structs.replace(cloud, tenants=local)
    assert [tenant.name for tenant in read_this_host(site).tenants(site)] == ["alice", "bob"]
    of_bob = read_this_host(site, only=["bob"])
    assert [tenant.name for tenant in of_bob.tenants(site)] == ["bob"]
    assert of_bob.sources["alice"].why == "alice was left out of this collection"


def test_the_addresses_of_all_interfaces_are_found() -> None:
    assert "127.0.0.1" in local_addresses()
    assert all(is_local(address) for address in local_addresses())


def test_a_leg_that_routing_does_not_choose_is_found_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 is an address of this host, and a route to 127.1.0.0/16 chooses it; as the route is hidden, only the
    list of addresses is left.
    """
    monkeypatch.setattr(this_host, "local_address_towards", lambda _: "198.51.100.7")
    assert source_for(Tenant("a", (DOCUMENTATION, "127.0.0.0/8"))).address == "127.0.0.1"


def test_the_reason_names_a_leg_that_cannot_be_used_and_what_to_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(this_host, "local_addresses", lambda: ["10.9.9.9", "203.0.113.9"])
    found = source_for(Tenant("carol", (DOCUMENTATION,)))
    assert found.address == ""
    assert "has the address 203.0.113.9 in carol's network, but cannot send from it (Cannot assign" in found.why
    assert "at tenant carol of the site file (vantage: {source: ADDRESS})" in found.why


@pytest.mark.parametrize("data", [b"", b"\0" * 20, b"\x10\0\0\0\x14\0" + b"\0" * 10, b"\xff" * 40])
def test_a_strange_netlink_message_has_no_address(data: bytes) -> None:
    assert [address for _, body in this_host._messages(data) for address in this_host._address(body)] == []
