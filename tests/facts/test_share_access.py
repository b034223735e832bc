"""Permissions of a storage as it returns them, and what a directory hides."""

from __future__ import annotations

import pytest

from krbcheck.facts.share_access import Listing, ShareInfo, SidName, StorageLists, Trustee, Trustees
from krbcheck.windows.descriptor import Descriptor

DENIED = 0xC0000022


@pytest.mark.parametrize(
    ("use", "known"), [(1, True), (2, True), (4, True), (5, True), (6, False), (7, False), (8, False)]
)
def test_a_deleted_invalid_or_unknown_sid_names_no_account(use: int, known: bool) -> None:
    """SID_NAME_USE, MS-LSAT 2.2.13."""
    assert SidName("S-1-5-21-1-1-1-1104", "VMLEVEL\\alice-hv01$", use).known is known


def test_a_directory_that_returns_nothing_of_what_was_searched_for_hides_it() -> None:
    assert not Trustees((), ("S-1-5-21-1-1-1-1104",)).readable
    assert Trustees((Trustee("S-1", "VMLEVEL\\Hosts", "group"),), ("S-1",)).readable
    assert Trustees().readable


def test_a_share_is_summarized_by_its_descriptor_or_status() -> None:
    assert ShareInfo("AliceVMs", 0, Descriptor()).summary() == "descriptor of AliceVMs"
    assert ShareInfo("AliceVMs", 0).summary() == "no descriptor of AliceVMs"
    denied = ShareInfo("AliceVMs", DENIED).summary()
    assert denied == "descriptor of AliceVMs: STATUS_ACCESS_DENIED (0xC0000022)"
    lists = StorageLists(shares=(ShareInfo("AliceVMs", 0, Descriptor()), ShareInfo("BobVMs", 0)))
    assert lists.summary() == "the access lists of AliceVMs"


def test_a_listing_that_is_denied_is_not_an_empty_one() -> None:
    assert Listing(names=("AliceVMs", "IPC$")).summary() == "shown AliceVMs, IPC$"
    assert Listing().summary() == "shown no shares"
    assert Listing("NetrShareEnum", DENIED).summary() == "NetrShareEnum: STATUS_ACCESS_DENIED (0xC0000022)"
