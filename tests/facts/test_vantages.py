"""Which tenants were queried from their own source address, and why the others were not."""

from __future__ import annotations

from krbcheck.facts.vantages import VantagePoint, Vantages

WHY = "this host has no address in 10.77.12.0/24"
VANTAGES = Vantages((VantagePoint("alice", "station", "10.77.11.9"), VantagePoint("bob", "station", "", WHY)))


def test_a_tenant_without_a_source_address_was_not_queried() -> None:
    assert VANTAGES.asked("alice")
    assert not VANTAGES.asked("bob")
    assert VANTAGES.why_not("bob") == WHY


def test_a_tenant_that_no_host_collected_for_was_not_queried() -> None:
    assert not VANTAGES.asked("carol")
    assert VANTAGES.why_not("carol") == "nothing was queried from a host of carol"


def test_one_host_with_a_source_address_is_enough() -> None:
    both = Vantages((*VANTAGES.points, VantagePoint("bob", "bob-hv01", "10.77.12.101")))
    assert both.asked("bob")
