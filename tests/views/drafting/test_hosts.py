"""Hosts and shares go to the tenant that their addresses, else their names show; the rest is a TODO."""

from __future__ import annotations

from krbcheck.site.draft import Guess, PathDraft, TenantDraft
from krbcheck.views.drafting.access import ShareGrants
from krbcheck.views.drafting.hosts import settle, without_tenant


def drafts() -> list[TenantDraft]:
    return [
        TenantDraft(name, networks=[Guess(f"10.0.{number}.0/24")], paths=[PathDraft(f"s-{name}.t.com", "s")])
        for number, name in ((1, "alice"), (2, "bob"))
    ]


def share(name: str, *hosts: str) -> ShareGrants:
    return ShareGrants("s", name, "full", {host: "T\\Hosts" for host in hosts}, {"T\\Admins": "full access"})


def test_addresses_decide() -> None:
    tenants = drafts()
    known = {"a$@T.COM": "10.0.1.7", "b$@T.COM": "10.0.2.7"}
    assert settle(tenants, [share("One", "a$@T.COM"), share("Two", "b$@T.COM")], known, {"a$@t.com": "{env: A}"}) == []
    alice, bob = tenants
    assert [entry.name for entry in alice.shares] == ["One"]
    assert [(entry.name, entry.secret) for entry in alice.principals] == [("a$@T.COM", "{env: A}")]
    assert [entry.name for entry in bob.principals] == ["b$@T.COM"]
    assert without_tenant(tenants) == []


def test_a_share_that_hosts_of_two_tenants_reach_is_a_todo() -> None:
    tenants = drafts()
    known = {"a$@T.COM": "10.0.1.7", "b$@T.COM": "10.0.2.7"}
    (note,) = settle(tenants, [share("Both", "a$@T.COM", "b$@T.COM")], known, {})
    assert note == "TODO share Both of s: hosts of alice and bob have access to it; state it for its owner"
    assert without_tenant(tenants) == ["alice", "bob"]


def test_a_name_decides_where_no_address_is_known() -> None:
    tenants = drafts()
    notes = settle(tenants, [share("BobVMs", "x$@T.COM"), share("Other")], {}, {})
    assert [entry.name for entry in tenants[1].shares] == ["BobVMs"]
    assert "no address was found" in tenants[1].principals[0].why
    assert notes == ["TODO share Other of s: neither the addresses of its hosts nor its name show its tenant"]


def test_a_host_outside_all_networks_is_marked() -> None:
    tenants = drafts()
    settle(tenants, [share("AliceVMs", "x$@T.COM")], {"x$@T.COM": "192.0.2.1"}, {})
    assert "TODO confirm" in tenants[0].principals[0].why
