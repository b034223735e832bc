"""The access that the site states for a principal at a share."""

from __future__ import annotations

import pytest

from krbcheck.site.expected_access import Expected, administers, expected, root_access
from krbcheck.site.stated import Access, Principal, Share, Storage, Tenant


def test_whose_share_decides_what_is_expected() -> None:
    alice, bob = Tenant("alice"), Tenant("bob")
    share, storage = Share("A", Access.CHANGE, "vmstore"), Storage("vmstore", "V$@T.COM", (r"VM\root",))
    host, root = Principal("h$@VM.COM"), Principal("root@VM.COM")
    assert expected(host, alice, alice, share, storage) is Expected.CHANGE
    assert expected(host, bob, alice, share, storage) is Expected.REFUSED
    assert expected(root, bob, alice, share, storage) is Expected.ANY


@pytest.mark.parametrize("named", [r"VM\Root", r"vm.com\root", "ROOT@vm.com"])
def test_an_administrator_is_known_by_any_of_its_names(named: str) -> None:
    assert administers(Principal("root@VM.COM"), Storage("s", "S$@T.COM", (named,)))
    assert not administers(Principal("root@OTHER.COM"), Storage("s", "S$@T.COM", (named,)))


def test_folders_are_opened_with_what_is_stated_and_others_for_listing() -> None:
    assert [root_access(entry) & 0x6 for entry in Expected] == [0, 6, 6, 0, 0]
    assert root_access(Expected.REFUSED) == root_access(Expected.ANY) == 0x00100081
