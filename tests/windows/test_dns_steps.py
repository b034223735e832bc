"""Records are added and removed so that each reverts the other."""

from __future__ import annotations

import pytest

from krbcheck.windows.dns_steps import add_address, clear_resolver_cache, remove_record
from krbcheck.windows.remedy import Platform, selected

KNOWN = {"x.com": (Platform.SAMBA, "vendorName")}


@pytest.mark.parametrize("known", [{}, KNOWN])
def test_adding_and_removing_an_address_revert_each_other(known: dict[str, tuple[Platform, str]]) -> None:
    (add,) = selected(add_address("x.com", "nas", "10.0.0.1", "10.0.0.53"), known)
    (remove,) = selected(remove_record("x.com", "nas", "A", "10.0.0.1", "10.0.0.53"), known)
    assert (add.command, add.undo) == (remove.undo, remove.command)


@pytest.mark.parametrize(
    ("kind", "undo"),
    [
        ("AAAA", "Add-DnsServerResourceRecordAAAA -ZoneName z -Name 'r' -IPv6Address d -ComputerName s"),
        ("CNAME", "Add-DnsServerResourceRecordCName -ZoneName z -Name 'r' -HostNameAlias d -ComputerName s"),
        ("PTR", "Add-DnsServerResourceRecordPtr -ZoneName z -Name 'r' -PtrDomainName d -ComputerName s"),
    ],
)
def test_the_undo_adds_a_record_of_the_same_type(kind: str, undo: str) -> None:
    assert remove_record("z", "r", kind, "d", "s")[0].undo == undo


def test_a_reverse_zone_is_on_the_platform_of_its_owner() -> None:
    (step,) = selected(remove_record("1.10.in-addr.arpa", "1", "PTR", "a.x.com", "s", owner="x.com"), KNOWN)
    assert step.command.startswith("samba-tool dns delete s 1.10.in-addr.arpa '1' PTR")


def test_a_cache_needs_no_undo_command() -> None:
    assert clear_resolver_cache("hv01").undo_says
